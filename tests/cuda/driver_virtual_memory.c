/* SPDX-License-Identifier: MIT */
/* cuMemAddressReserve, cuMemCreate, cuMemMap: a buffer that grows in place, and two views of one memory */
#include "ptx.h"

static CUmemAllocationProp prop = { .type = CU_MEM_ALLOCATION_TYPE_PINNED,
				    .location = { CU_MEM_LOCATION_TYPE_DEVICE, 0 } };
static CUmemAccessDesc both_ways = { { CU_MEM_LOCATION_TYPE_DEVICE, 0 },
				     CU_MEM_ACCESS_FLAGS_PROT_READWRITE };
static size_t grain;

/* Contents written and read back through the range [at, at + bytes) */
static void write_and_read(CUdeviceptr at, size_t bytes)
{
	unsigned char *want = rng_bytes(bytes), *got = malloc(bytes);

	CU(cuMemcpyHtoD(at, want, bytes));
	CU(cuMemcpyDtoH(got, at, bytes));
	CHECK_SAME(got, want, bytes);
	free(want);
	free(got);
}

static void grows_in_place(void)
{
	CUmemGenericAllocationHandle parts[3];
	CUdeviceptr base;
	unsigned value = 0;

	CU(cuMemAddressReserve(&base, 8 * grain, 0, 0, 0));
	CHECK(base % grain == 0);
	for (int i = 0; i < 3; i++) {
		CU(cuMemCreate(&parts[i], grain, &prop, 0));
		CU(cuMemMap(base + i * grain, grain, 0, parts[i], 0));
		CU(cuMemSetAccess(base + i * grain, grain, &both_ways, 1));
		/* The mapping keeps the memory. */
		CU(cuMemRelease(parts[i]));
	}
	write_and_read(base, 3 * grain);
	write_and_read(base + grain - 1000, 5000);
	CU(cuMemsetD32(base + grain - 8, 0x12345678, 4));
	CU(cuMemcpyDtoH(&value, base + grain + 4, 4));
	CHECK(value == 0x12345678);
	CU(cuMemUnmap(base, 3 * grain));
	CU(cuMemAddressFree(base, 8 * grain));
}

static void two_views(void)
{
	CUmemGenericAllocationHandle memory, again;
	CUdeviceptr base;
	unsigned out;

	CU(cuMemCreate(&memory, 2 * grain, &prop, 0));
	CU(cuMemAddressReserve(&base, 4 * grain, 0, 0, 0));
	CU(cuMemMap(base, 2 * grain, 0, memory, 0));
	CU(cuMemMap(base + 2 * grain, 2 * grain, 0, memory, 0));
	CU(cuMemSetAccess(base, 4 * grain, &both_ways, 1));
	CU(cuMemsetD32(base, 77, 4096));
	CU(cuMemcpyDtoH(&out, base + 2 * grain + 400, 4));
	CHECK(out == 77);
	CU(cuMemUnmap(base, 2 * grain));
	CU(cuMemcpyDtoH(&out, base + 2 * grain + 400, 4));
	CHECK(out == 77);
	CU(cuMemRetainAllocationHandle(&again, (void *)(base + 3 * grain)));
	CHECK(again == memory);
	CU(cuMemRelease(again));
	CU(cuMemRelease(memory));
	CU(cuMemUnmap(base + 2 * grain, 2 * grain));
	CU(cuMemAddressFree(base, 4 * grain));
}

static void what_is_known(void)
{
	CUmemLocation here = { CU_MEM_LOCATION_TYPE_DEVICE, 0 };
	CUmemGenericAllocationHandle memory;
	CUmemAllocationProp got;
	unsigned long long flags = 99;
	unsigned type;
	int ordinal;
	CUcontext context;
	CUdeviceptr base;

	CU(cuMemCreate(&memory, grain, &prop, 0));
	CU(cuMemGetAllocationPropertiesFromHandle(&got, memory));
	CHECK(got.type == CU_MEM_ALLOCATION_TYPE_PINNED && got.location.id == 0 &&
	      got.location.type == CU_MEM_LOCATION_TYPE_DEVICE);
	CU(cuMemAddressReserve(&base, grain, 0, 0, 0));
	CU(cuMemMap(base, grain, 0, memory, 0));
	CU(cuMemGetAccess(&flags, &here, base));
	CHECK(flags == CU_MEM_ACCESS_FLAGS_PROT_NONE);
	CU(cuMemSetAccess(base, grain, &both_ways, 1));
	CU(cuMemGetAccess(&flags, &here, base));
	CHECK(flags == CU_MEM_ACCESS_FLAGS_PROT_READWRITE);
	CU(cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, base + 5));
	CHECK(type == CU_MEMORYTYPE_DEVICE);
	CU(cuPointerGetAttribute(&ordinal, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, base + 5));
	CHECK(ordinal == 0);
	CU(cuPointerGetAttribute(&context, CU_POINTER_ATTRIBUTE_CONTEXT, base + 5));
	CHECK(!context);
	CU(cuMemUnmap(base, grain));
	CU(cuMemAddressFree(base, grain));
	CU(cuMemRelease(memory));
}

static void refused(void)
{
	CUmemAllocationProp wrong = prop;
	CUmemGenericAllocationHandle memory;
	CUdeviceptr base;

	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemAddressReserve(&base, 1000, 0, 0, 0));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemAddressReserve(NULL, grain, 0, 0, 0));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemCreate(&memory, grain + 1, &prop, 0));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemCreate(&memory, grain, NULL, 0));
	wrong.type = CU_MEM_ALLOCATION_TYPE_INVALID;
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemCreate(&memory, grain, &wrong, 0));
	wrong = prop;
	wrong.location.id = 9999;
	EXPECT_CU(CUDA_ERROR_INVALID_DEVICE, cuMemCreate(&memory, grain, &wrong, 0));
	CU(cuMemAddressReserve(&base, 2 * grain, 0, 0, 0));
	CU(cuMemCreate(&memory, grain, &prop, 0));
	EXPECT_CU(CUDA_ERROR_NOT_SUPPORTED, cuMemMap(base, 2 * grain, 0, memory, 0));
	CU(cuMemMap(base, grain, 0, memory, 0));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemMap(base, grain, 0, memory, 0));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemSetAccess(base, 2 * grain, &both_ways, 1));
	CU(cuMemUnmap(base, grain));
	CU(cuMemUnmap(base, grain));
	CU(cuMemAddressFree(base, 2 * grain));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemAddressFree(base, 2 * grain));
	CU(cuMemRelease(memory));
}

int main(void)
{
	int offered;

	ptx_context();
	CU(cuDeviceGetAttribute(&offered,
				CU_DEVICE_ATTRIBUTE_VIRTUAL_MEMORY_MANAGEMENT_SUPPORTED, 0));
	if (!offered)
		skip("the device has no virtual memory management");
	CU(cuMemGetAllocationGranularity(&grain, &prop, CU_MEM_ALLOC_GRANULARITY_MINIMUM));
	CHECK(grain && !(grain & (grain - 1)));
	grows_in_place();
	two_views();
	what_is_known();
	refused();
	return finish();
}
