/* SPDX-License-Identifier: MIT */
/* cuGetProcAddress finds functions by name and version, and says why it does not */
#include "ptx.h"

typedef CUresult (*count_fn)(int *);
typedef CUresult (*alloc_fn)(CUdeviceptr *, size_t);

int main(void)
{
	CUdriverProcAddressQueryResult why;
	count_fn count;
	alloc_fn alloc;
	CUdeviceptr dev;
	void *address;
	int n = 0;

	ptx_context();
	CU(cuGetProcAddress("cuDeviceGetCount", (void **)&count, 12000, 0, &why));
	CHECK(why == CU_GET_PROC_ADDRESS_SUCCESS);
	CU(count(&n));
	CHECK(n >= 1);
	CU(cuGetProcAddress("cuMemAlloc", (void **)&alloc, 12000, 0, &why));
	CHECK(why == CU_GET_PROC_ADDRESS_SUCCESS);
	CU(alloc(&dev, 1000));
	CU(cuMemFree(dev));
	EXPECT_CU(CUDA_SUCCESS, cuGetProcAddress("cuNoSuchCall", &address, 12000, 0, &why));
	CHECK(why == CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND && !address);
	EXPECT_CU(CUDA_SUCCESS, cuGetProcAddress("cuLibraryLoadData", &address, 11040, 0, &why));
	CHECK(why == CU_GET_PROC_ADDRESS_VERSION_NOT_SUFFICIENT && !address);
	/* Why not is optional */
	CU(cuGetProcAddress("cuInit", &address, 12000, 0, NULL));
	CHECK(address);
	cuGetProcAddress("cuNoSuchCall", &address, 12000, 0, NULL);
	CHECK(!address);
	CU(cuGetProcAddress("cuMemPrefetchBatchAsync", &address, 13000, 0, &why));
	CHECK(why == CU_GET_PROC_ADDRESS_SUCCESS && address);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGetProcAddress("cuInit", &address, 99000, 0, &why));
	return finish();
}
