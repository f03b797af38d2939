/* SPDX-License-Identifier: MIT */
/* needs: CUDA 13 */
/*
 * Pools and allocations whose location is the host: what the device's attributes offer can be had,
 * and is memory of the program and of the device; what they do not is refused.  What no GPU takes
 * is an invalid value: a pool or memory of the host's current node, and memory of the host for other
 * processes.  The current node has no pool that could be asked for.
 */
#include "check.h"

#define INTS 1024
#define BYTES (INTS * sizeof(unsigned int))

static CUdevice device;
static CUmemLocation nowhere = { CU_MEM_LOCATION_TYPE_NONE, 0 };
static CUmemLocation here = { CU_MEM_LOCATION_TYPE_DEVICE, 0 };
static CUmemLocation host = { CU_MEM_LOCATION_TYPE_HOST, 0 };
static CUmemLocation node = { CU_MEM_LOCATION_TYPE_HOST_NUMA, 0 };
static CUmemLocation current = { CU_MEM_LOCATION_TYPE_HOST_NUMA_CURRENT, 0 };

static int attribute(CUdevice_attribute which)
{
	int value;

	CU(cuDeviceGetAttribute(&value, which, device));
	return value;
}

/* What is not offered: any of the errors that say so */
static int refused(CUresult rc)
{
	return rc == CUDA_ERROR_NOT_SUPPORTED || rc == CUDA_ERROR_INVALID_VALUE ||
	       rc == CUDA_ERROR_INVALID_DEVICE;
}

/* The device writes what the program reads, and the other way round */
static void both_use(CUdeviceptr p)
{
	unsigned int *words = (unsigned int *)p, value = (unsigned int)rng(), back;

	CU(cuMemsetD32(p, value, INTS));
	CU(cuCtxSynchronize());
	for (int i = 0; i < INTS; i++)
		CHECK(words[i] == value);
	words[INTS / 2] = ~value;
	/* As host memory, which is what its attribute says it is */
	CU(cuMemcpy((CUdeviceptr)&back, p + BYTES / 2, sizeof(back)));
	CHECK(back == ~value);
}

static CUresult pool_create(CUmemLocation location, CUmemAllocationHandleType types, CUmemoryPool *pool)
{
	CUmemPoolProps props = { .allocType = CU_MEM_ALLOCATION_TYPE_PINNED, .handleTypes = types,
				 .location = location };

	return cuMemPoolCreate(pool, &props);
}

static void pool_of(CUmemLocation location, int offered)
{
	CUmemAccessDesc both_ways = { here, CU_MEM_ACCESS_FLAGS_PROT_READWRITE };
	CUmemoryPool pool;
	CUdeviceptr p;

	if (!offered) {
		CHECK(refused(pool_create(location, CU_MEM_HANDLE_TYPE_NONE, &pool)));
		return;
	}
	CU(pool_create(location, CU_MEM_HANDLE_TYPE_NONE, &pool));
	CU(cuMemPoolSetAccess(pool, &both_ways, 1));
	CU(cuMemAllocFromPoolAsync(&p, BYTES, pool, NULL));
	CU(cuStreamSynchronize(NULL));
	both_use(p);
	CU(cuMemFreeAsync(p, NULL));
	CU(cuStreamSynchronize(NULL));
	CU(cuMemPoolDestroy(pool));
}

static CUresult create(CUmemLocation location, CUmemAllocationHandleType types,
		       CUmemGenericAllocationHandle *handle, size_t *size)
{
	CUmemAllocationProp prop = { .type = CU_MEM_ALLOCATION_TYPE_PINNED,
				     .requestedHandleTypes = types, .location = location };
	CUmemAllocationProp of_device = { .type = CU_MEM_ALLOCATION_TYPE_PINNED, .location = here };

	if (cuMemGetAllocationGranularity(size, &prop, CU_MEM_ALLOC_GRANULARITY_MINIMUM))
		CU(cuMemGetAllocationGranularity(size, &of_device, CU_MEM_ALLOC_GRANULARITY_MINIMUM));
	return cuMemCreate(handle, *size, &prop, 0);
}

static void allocation_of(CUmemLocation location, int offered)
{
	CUmemAccessDesc access[2] = { { here, CU_MEM_ACCESS_FLAGS_PROT_READWRITE },
				      { location, CU_MEM_ACCESS_FLAGS_PROT_READWRITE } };
	CUmemGenericAllocationHandle handle;
	CUdeviceptr p;
	size_t size;

	if (!offered) {
		CHECK(refused(create(location, CU_MEM_HANDLE_TYPE_NONE, &handle, &size)));
		return;
	}
	CU(create(location, CU_MEM_HANDLE_TYPE_NONE, &handle, &size));
	CU(cuMemAddressReserve(&p, size, 0, 0, 0));
	CU(cuMemMap(p, size, 0, handle, 0));
	CU(cuMemSetAccess(p, size, access, 2));
	both_use(p);
	CU(cuMemUnmap(p, size));
	CU(cuMemAddressFree(p, size));
	CU(cuMemRelease(handle));
}

static void as_the_attributes_say(void)
{
	int id = attribute(CU_DEVICE_ATTRIBUTE_HOST_NUMA_ID);

	node.id = id < 0 ? 0 : id;
	pool_of(host, attribute(CU_DEVICE_ATTRIBUTE_HOST_MEMORY_POOLS_SUPPORTED));
	pool_of(node, attribute(CU_DEVICE_ATTRIBUTE_HOST_NUMA_MEMORY_POOLS_SUPPORTED));
	allocation_of(host, attribute(CU_DEVICE_ATTRIBUTE_HOST_VIRTUAL_MEMORY_MANAGEMENT_SUPPORTED));
	allocation_of(node, attribute(CU_DEVICE_ATTRIBUTE_HOST_NUMA_VIRTUAL_MEMORY_MANAGEMENT_SUPPORTED));
}

/* The pool that comes with a location is there if pools of it are. */
static void default_pool(void)
{
	CUmemoryPool pool;

	if (attribute(CU_DEVICE_ATTRIBUTE_HOST_MEMORY_POOLS_SUPPORTED))
		CU(cuMemGetDefaultMemPool(&pool, &host, CU_MEM_ALLOCATION_TYPE_PINNED));
	else
		CHECK(refused(cuMemGetDefaultMemPool(&pool, &host, CU_MEM_ALLOCATION_TYPE_PINNED)));
}

static void invalid_anywhere(void)
{
	const CUmemAllocationHandleType fd = CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR;
	struct cudaMemPoolProps props = { .allocType = cudaMemAllocationTypePinned,
					  .location = { cudaMemLocationTypeHostNumaCurrent, 0 } };
	CUmemGenericAllocationHandle handle;
	cudaMemPool_t made;
	CUmemoryPool pool;
	size_t size;

	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, pool_create(current, CU_MEM_HANDLE_TYPE_NONE, &pool));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, pool_create(host, fd, &pool));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, create(current, CU_MEM_HANDLE_TYPE_NONE, &handle, &size));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, create(host, fd, &handle, &size));
	EXPECT_CU(CUDA_ERROR_NOT_SUPPORTED,
		  cuMemGetDefaultMemPool(&pool, &current, CU_MEM_ALLOCATION_TYPE_PINNED));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE,
		  cuMemGetDefaultMemPool(&pool, &nowhere, CU_MEM_ALLOCATION_TYPE_PINNED));
	EXPECT_CU(CUDA_ERROR_NOT_SUPPORTED,
		  cuMemGetMemPool(&pool, &current, CU_MEM_ALLOCATION_TYPE_PINNED));
	EXPECT(cudaErrorInvalidValue, cudaMemPoolCreate(&made, &props));
	EXPECT(cudaErrorInvalidValue, cudaGetLastError());
}

int main(void)
{
	CUDA(cudaFree(NULL));
	CU(cuCtxGetDevice(&device));
	as_the_attributes_say();
	default_pool();
	invalid_anywhere();
	return finish();
}
