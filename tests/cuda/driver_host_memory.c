/* SPDX-License-Identifier: MIT */
/* cuMemHostAlloc, cuMemAllocHost, cuMemHostRegister: flags, device pointers, and back to plain */
#include "ptx.h"

int main(void)
{
	char *host, *plain = malloc(20000);
	CUdeviceptr dev;
	unsigned flags;

	CHECK(plain);
	ptx_context();
	CU(cuMemAllocHost((void **)&host, 1000));
	memset(host, 'x', 1000);
	CU(cuMemFreeHost(host));
	CU(cuMemHostAlloc((void **)&host, 5000, CU_MEMHOSTALLOC_DEVICEMAP));
	CU(cuMemHostGetDevicePointer(&dev, host, 0));
	CU(cuMemHostGetFlags(&flags, host));
	CHECK(flags & CU_MEMHOSTALLOC_DEVICEMAP);
	CU(cuMemsetD8(dev + 10, 'y', 100));
	CU(cuCtxSynchronize());
	CHECK(host[10] == 'y' && host[109] == 'y');
	CU(cuMemFreeHost(host));
	memset(plain, 'p', 20000);
	CU(cuMemHostRegister(plain + 5, 19000, CU_MEMHOSTREGISTER_DEVICEMAP));
	CU(cuMemHostGetDevicePointer(&dev, plain + 5, 0));
	CU(cuMemsetD8(dev, 'q', 19000));
	CU(cuCtxSynchronize());
	CHECK(plain[4] == 'p' && plain[5] == 'q' && plain[19004] == 'q' && plain[19005] == 'p');
	EXPECT_CU(CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED, cuMemHostRegister(plain + 5, 19000, 0));
	CU(cuMemHostUnregister(plain + 5));
	EXPECT_CU(CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED, cuMemHostUnregister(plain + 5));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemHostGetDevicePointer(&dev, plain + 5, 0));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemFreeHost(plain));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemHostAlloc((void **)&host, 100, 0x1000));
	CHECK(plain[5] == 'q');
	free(plain);
	return finish();
}
