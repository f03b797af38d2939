/* SPDX-License-Identifier: MIT */
/*
 * Managed memory through the driver: advice that names the host is remembered by the range, one
 * address on both sides, and attributes of what is no managed memory are refused
 */
#include "ptx.h"

static int attribute(CUdeviceptr p, size_t bytes, CUmem_range_attribute which)
{
	int value = -77;

	CU(cuMemRangeGetAttribute(&value, sizeof(value), which, p, bytes));
	return value;
}

int main(void)
{
	const CUmemLocation host = { CU_MEM_LOCATION_TYPE_HOST, 0 };
	CUmem_range_attribute two[] = { CU_MEM_RANGE_ATTRIBUTE_READ_MOSTLY,
					CU_MEM_RANGE_ATTRIBUTE_PREFERRED_LOCATION };
	const size_t bytes = 2 * MIB;
	int mostly = 9, preferred = 9, by[4], off = 0;
	void *data[] = { &mostly, &preferred };
	size_t sizes[] = { sizeof(mostly), sizeof(preferred) };
	CUdeviceptr p, plain;
	CUstream stream;

	ptx_context();
	CU(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
	CU(cuMemAllocManaged(&p, bytes, CU_MEM_ATTACH_GLOBAL));
	CHECK(attribute(p, bytes, CU_MEM_RANGE_ATTRIBUTE_READ_MOSTLY) == 0);
	CHECK(attribute(p, bytes, CU_MEM_RANGE_ATTRIBUTE_PREFERRED_LOCATION) == CU_DEVICE_INVALID);

	CU(cuMemAdvise(p, bytes, CU_MEM_ADVISE_SET_READ_MOSTLY, host));
	CHECK(attribute(p, bytes, CU_MEM_RANGE_ATTRIBUTE_READ_MOSTLY) == 1);
	CHECK(attribute(p + MIB, 4096, CU_MEM_RANGE_ATTRIBUTE_READ_MOSTLY) == 1);
	CU(cuMemAdvise(p, bytes, CU_MEM_ADVISE_UNSET_READ_MOSTLY, host));
	CHECK(attribute(p, bytes, CU_MEM_RANGE_ATTRIBUTE_READ_MOSTLY) == 0);
	CU(cuMemAdvise(p, bytes, CU_MEM_ADVISE_SET_PREFERRED_LOCATION, host));
	CHECK(attribute(p, bytes, CU_MEM_RANGE_ATTRIBUTE_PREFERRED_LOCATION) == CU_DEVICE_CPU);
	CU(cuMemRangeGetAttributes(data, sizes, two, 2, p, bytes));
	CHECK(mostly == 0 && preferred == CU_DEVICE_CPU);
	CU(cuMemAdvise(p, bytes, CU_MEM_ADVISE_UNSET_PREFERRED_LOCATION, host));
	CHECK(attribute(p, bytes, CU_MEM_RANGE_ATTRIBUTE_PREFERRED_LOCATION) == CU_DEVICE_INVALID);
	CU(cuMemAdvise(p, bytes, CU_MEM_ADVISE_SET_ACCESSED_BY, host));
	CU(cuMemRangeGetAttribute(by, sizeof(by), CU_MEM_RANGE_ATTRIBUTE_ACCESSED_BY, p, bytes));
	CHECK(by[0] == CU_DEVICE_CPU && by[1] == CU_DEVICE_INVALID);
	CU(cuMemAdvise(p, bytes, CU_MEM_ADVISE_UNSET_ACCESSED_BY, host));
	CU(cuMemRangeGetAttribute(by, sizeof(by), CU_MEM_RANGE_ATTRIBUTE_ACCESSED_BY, p, bytes));
	CHECK(by[0] == CU_DEVICE_INVALID);

	/* A part of it has advice of its own; a range that differs has none */
	CU(cuMemAdvise(p, MIB, CU_MEM_ADVISE_SET_READ_MOSTLY, host));
	CHECK(attribute(p, MIB, CU_MEM_RANGE_ATTRIBUTE_READ_MOSTLY) == 1);
	CHECK(attribute(p + MIB, MIB, CU_MEM_RANGE_ATTRIBUTE_READ_MOSTLY) == 0);
	CHECK(attribute(p, bytes, CU_MEM_RANGE_ATTRIBUTE_READ_MOSTLY) == 0);

	CU(cuMemPrefetchAsync(p, bytes, host, 0, stream));
	CU(cuStreamSynchronize(stream));
	CHECK(attribute(p, bytes, CU_MEM_RANGE_ATTRIBUTE_LAST_PREFETCH_LOCATION) == CU_DEVICE_CPU);
	CU(cuStreamAttachMemAsync(stream, p, 0, CU_MEM_ATTACH_SINGLE));
	CU(cuStreamSynchronize(stream));
	CU(cuMemsetD8Async(p, 5, bytes, stream));
	CU(cuStreamSynchronize(stream));
	CHECK(((unsigned char *)p)[bytes - 1] == 5);

	CU(cuMemAlloc(&plain, 4096));
	EXPECT_CU(CUDA_SUCCESS, cuPointerSetAttribute(&off, CU_POINTER_ATTRIBUTE_SYNC_MEMOPS, plain));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE,
		  cuPointerSetAttribute(NULL, CU_POINTER_ATTRIBUTE_SYNC_MEMOPS, plain));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemAdvise(plain, 4096, CU_MEM_ADVISE_SET_READ_MOSTLY,
							host));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE,
		  cuMemRangeGetAttribute(&mostly, sizeof(mostly), two[0], plain, 4096));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemRangeGetAttribute(&mostly, 3, two[0], p, bytes));
	CU(cuMemFree(plain));
	CU(cuMemFree(p));
	CU(cuStreamDestroy(stream));
	return finish();
}
