/* SPDX-License-Identifier: MIT */
/* cuPointerGetAttribute(s) of device, pinned and unknown memory */
#include <stdbool.h>
#include "ptx.h"

/* What is copied to or from such memory is there, or gone, when a synchronous call returns */
static void sync_memops(CUdeviceptr dev, void *pinned)
{
	unsigned int on = 1, off = 0;
	bool is = true;

	CU(cuPointerGetAttribute(&is, CU_POINTER_ATTRIBUTE_SYNC_MEMOPS, dev));
	CHECK(!is);
	CU(cuPointerSetAttribute(&on, CU_POINTER_ATTRIBUTE_SYNC_MEMOPS, dev + 8));
	CU(cuPointerGetAttribute(&is, CU_POINTER_ATTRIBUTE_SYNC_MEMOPS, dev));
	CHECK(is);
	CU(cuMemcpyHtoD(dev, pinned, 5000));
	CU(cuMemsetD8(dev, 0, 5000));
	CU(cuPointerSetAttribute(&off, CU_POINTER_ATTRIBUTE_SYNC_MEMOPS, dev));
	CU(cuPointerGetAttribute(&is, CU_POINTER_ATTRIBUTE_SYNC_MEMOPS, dev));
	CHECK(!is);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE,
		  cuPointerSetAttribute(&on, CU_POINTER_ATTRIBUTE_SYNC_MEMOPS, (CUdeviceptr)&on));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE,
		  cuPointerSetAttribute(&on, CU_POINTER_ATTRIBUTE_BUFFER_ID, dev));
}

/* Mapped memory may leave the process if it was created so */
static void handle_types(CUdevice device)
{
	CUmemAllocationProp prop = {
		.type = CU_MEM_ALLOCATION_TYPE_PINNED,
		.location = { .type = CU_MEM_LOCATION_TYPE_DEVICE, .id = device },
	};
	CUmemAccessDesc access = { .location = prop.location,
				   .flags = CU_MEM_ACCESS_FLAGS_PROT_READWRITE };

	for (int shared = 0; shared < 2; shared++) {
		unsigned long long types = 99, bytes;
		CUmemGenericAllocationHandle handle;
		CUdeviceptr at, base;
		size_t size;

		prop.requestedHandleTypes =
			shared ? CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR : CU_MEM_HANDLE_TYPE_NONE;
		CU(cuMemGetAllocationGranularity(&size, &prop,
						 CU_MEM_ALLOC_GRANULARITY_MINIMUM));
		CU(cuMemCreate(&handle, size, &prop, 0));
		CU(cuMemAddressReserve(&at, size, 0, 0, 0));
		CU(cuMemMap(at, size, 0, handle, 0));
		CU(cuMemSetAccess(at, size, &access, 1));
		CU(cuPointerGetAttribute(&types, CU_POINTER_ATTRIBUTE_ALLOWED_HANDLE_TYPES, at));
		CHECK(types == (unsigned long long)prop.requestedHandleTypes);
		CU(cuPointerGetAttribute(&base, CU_POINTER_ATTRIBUTE_MAPPING_BASE_ADDR, at + 9));
		CU(cuPointerGetAttribute(&bytes, CU_POINTER_ATTRIBUTE_MAPPING_SIZE, at + 9));
		CHECK(base == at && bytes == size);
		CU(cuMemUnmap(at, size));
		CU(cuMemAddressFree(at, size));
		CU(cuMemRelease(handle));
	}
}

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
	sync_memops(dev, pinned);
	handle_types(0);
	CU(cuMemFree(dev));
	CU(cuMemFreeHost(pinned));
	return finish();
}
