/* SPDX-License-Identifier: MIT */
/* cuPointerGetAttribute(s) of device, pinned and unknown memory */
#include "ptx.h"

int main(void)
{
	CUcontext context = ptx_context(), owner;
	CUpointer_attribute names[] = { CU_POINTER_ATTRIBUTE_MEMORY_TYPE,
					CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL };
	unsigned type = 99;
	int ordinal = 99;
	void *values[] = { &type, &ordinal }, *host, *pinned;
	CUdeviceptr dev, start;
	size_t size;

	CU(cuMemAlloc(&dev, 5000));
	CU(cuMemAllocHost(&pinned, 5000));
	CU(cuPointerGetAttribute(&owner, CU_POINTER_ATTRIBUTE_CONTEXT, dev + 7));
	CHECK(owner == context);
	CU(cuPointerGetAttribute(&start, CU_POINTER_ATTRIBUTE_RANGE_START_ADDR, dev + 77));
	CHECK(start == dev);
	CU(cuPointerGetAttribute(&size, CU_POINTER_ATTRIBUTE_RANGE_SIZE, dev + 77));
	CHECK(size == 5000);
	CU(cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, (CUdeviceptr)pinned));
	CHECK(type == CU_MEMORYTYPE_HOST);
	CU(cuPointerGetAttribute(&host, CU_POINTER_ATTRIBUTE_HOST_POINTER, (CUdeviceptr)pinned));
	CHECK(host == pinned);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE,
		  cuPointerGetAttribute(&host, CU_POINTER_ATTRIBUTE_HOST_POINTER, dev));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE,
		  cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, (CUdeviceptr)&type));
	CU(cuPointerGetAttributes(2, names, values, dev));
	CHECK(type == CU_MEMORYTYPE_DEVICE && ordinal == 0);
	CU(cuPointerGetAttributes(2, names, values, (CUdeviceptr)&type));
	CHECK(type == 0);
	CU(cuMemFree(dev));
	CU(cuMemFreeHost(pinned));
	return finish();
}
