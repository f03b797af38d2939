/* SPDX-License-Identifier: MIT */
/* cuMemAlloc and family: ranges, pitch, free, errors */
#include "ptx.h"

int main(void)
{
	CUdeviceptr dev, base;
	size_t bytes, pitch, available, total;
	int ordinal;
	unsigned type;

	ptx_context();
	CU(cuMemGetInfo(&available, &total));
	CHECK(available <= total);
	CU(cuMemAlloc(&dev, 12345));
	CHECK(dev % 256 == 0);
	CU(cuMemGetAddressRange(&base, &bytes, dev + 12344));
	CHECK(base == dev && bytes == 12345);
	CU(cuMemGetAddressRange(NULL, &bytes, dev));
	CHECK(bytes == 12345);
	CU(cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, dev));
	CHECK(type == CU_MEMORYTYPE_DEVICE);
	CU(cuPointerGetAttribute(&ordinal, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, dev));
	CHECK(ordinal == 0);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemAlloc(&base, 0));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemAlloc(NULL, 10));
	EXPECT_CU(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc(&base, total + GIB));
	CU(cuMemFree(dev));
	EXPECT_CU(CUDA_SUCCESS, cuMemFree(0));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemFree(0x1234));
	CU(cuMemAllocPitch(&dev, &pitch, 1001, 17, 4));
	CHECK(pitch >= 1001 && pitch % 16 == 0);
	CU(cuMemGetAddressRange(&base, &bytes, dev));
	CHECK(bytes >= pitch * 17);
	CU(cuMemFree(dev));
	return finish();
}
