/* SPDX-License-Identifier: MIT */
/*
 * Descriptors of allocations and of pools, exported and closed many times: none keeps anything alive
 * once it is closed, and one of an allocation that is open stays good, whatever became of the others,
 * and of the handle.
 */
#include "ptx.h"

#define FD CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR
#define TIMES 150
#define OPEN 20
#define BYTES (64 * MIB)

static CUmemAllocationProp prop = { .type = CU_MEM_ALLOCATION_TYPE_PINNED,
				    .requestedHandleTypes = FD,
				    .location = { CU_MEM_LOCATION_TYPE_DEVICE, 0 } };

static int export_new(size_t bytes)
{
	CUmemGenericAllocationHandle memory;
	int fd = -1;

	CU(cuMemCreate(&memory, bytes, &prop, 0));
	CU(cuMemExportToShareableHandle(&fd, memory, FD, 0));
	CU(cuMemRelease(memory));
	CHECK(fd >= 0);
	return fd;
}

static void import(int fd)
{
	CUmemGenericAllocationHandle memory;

	CU(cuMemImportFromShareableHandle(&memory, (void *)(intptr_t)fd, FD));
	CU(cuMemRelease(memory));
}

static void allocations(size_t grain)
{
	int kept = export_new(grain), open[OPEN];

	for (int i = 0; i < TIMES; i++)
		close(export_new(BYTES));
	for (int i = 0; i < OPEN; i++)
		open[i] = export_new(grain);
	for (int i = 0; i < OPEN; i++) {
		import(open[i]);
		close(open[i]);
	}
	import(kept);
	import(kept);
	close(kept);
}

static int pool_export(CUmemoryPool pool)
{
	int fd = -1;

	CU(cuMemPoolExportToShareableHandle(&fd, pool, FD, 0));
	CHECK(fd >= 0);
	return fd;
}

static void pools(void)
{
	CUmemPoolProps props = { .allocType = CU_MEM_ALLOCATION_TYPE_PINNED, .handleTypes = FD,
				 .location = { CU_MEM_LOCATION_TYPE_DEVICE, 0 } };
	CUmemoryPool pool;
	int supported;

	CU(cuDeviceGetAttribute(&supported, CU_DEVICE_ATTRIBUTE_MEMPOOL_SUPPORTED_HANDLE_TYPES, 0));
	if (!(supported & FD))
		return;
	CU(cuMemPoolCreate(&pool, &props));
	for (int i = 0; i < TIMES; i++)
		close(pool_export(pool));
	CU(cuMemPoolDestroy(pool));
}

int main(void)
{
	size_t grain;
	int offered;

	ptx_context();
	CU(cuDeviceGetAttribute(
		&offered, CU_DEVICE_ATTRIBUTE_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR_SUPPORTED, 0));
	if (!offered)
		skip("the device's memory cannot be shared by file descriptor");
	CU(cuMemGetAllocationGranularity(&grain, &prop, CU_MEM_ALLOC_GRANULARITY_MINIMUM));
	allocations(grain);
	pools();
	return finish();
}
