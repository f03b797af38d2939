/* SPDX-License-Identifier: MIT */
/* pool.c - cuMemPool*: memory pools and their settings */
#include "softgpu/pool.h"

#include <stdlib.h>
#include <string.h>

#include "softgpu/driver.h"

static void pool_destroy(struct handle *handle)
{
	free(CONTAINER_OF(handle, struct pool, handle));
}

struct pool *pool_new(struct device *device, uint64_t most)
{
	static unsigned long long last_id;
	struct pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return NULL;
	handle_init(&pool->handle, HANDLE_POOL, NULL, pool_destroy);
	pool->device = device;
	pool->most = most;
	pool->id = __atomic_add_fetch(&last_id, 1, __ATOMIC_RELAXED);
	for (size_t i = 0; i < ARRAY_SIZE(pool->reuse); i++)
		pool->reuse[i] = 1;
	handle_publish(&pool->handle);
	return pool;
}

struct pool *pool_default(struct device *device)
{
	struct pool *pool;

	pthread_mutex_lock(&device->lock);
	if (!device->default_pool)
		device->default_pool = pool_new(device, 0);
	if (!device->current_pool && device->default_pool)
		device->current_pool = handle_ref(&device->default_pool->handle);
	pool = device->default_pool;
	pthread_mutex_unlock(&device->lock);
	return pool;
}

/* check_type() - pinned memory; pools of managed memory are not supported */
static CUresult check_type(CUmemAllocationType type)
{
	switch (type) {
	case CU_MEM_ALLOCATION_TYPE_PINNED:
		return CUDA_SUCCESS;
	case CU_MEM_ALLOCATION_TYPE_MANAGED:
		return CUDA_ERROR_NOT_SUPPORTED;
	default:
		return CUDA_ERROR_INVALID_VALUE;
	}
}

CUresult cuMemPoolCreate(CUmemoryPool *pool, const CUmemPoolProps *poolProps)
{
	struct pool *made;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!pool || !poolProps)
		return CUDA_ERROR_INVALID_VALUE;
	result = check_type(poolProps->allocType);
	if (!result)
		result = device_of_memory(&poolProps->location, poolProps->handleTypes);
	if (result)
		return result;
	if (poolProps->handleTypes & ~CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR)
		return CUDA_ERROR_NOT_SUPPORTED;
	made = pool_new(device_get(poolProps->location.id), poolProps->maxSize);
	if (!made)
		return CUDA_ERROR_OUT_OF_MEMORY;
	made->types = poolProps->handleTypes;
	*pool = (CUmemoryPool)made;
	handle_put(&made->handle);
	return CUDA_SUCCESS;
}

CUresult pool_find(CUmemoryPool value, struct pool **pool)
{
	CUresult result = driver_enter();

	if (result)
		return result;
	*pool = handle_get(value, HANDLE_POOL);
	return *pool ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

/* What came from it stays valid; a device that used it goes back to its default pool. */
CUresult cuMemPoolDestroy(CUmemoryPool pool)
{
	struct pool *found, *was = NULL;
	struct device *device;
	CUresult result = pool_find(pool, &found);

	if (result)
		return result;
	device = found->device;
	pthread_mutex_lock(&device->lock);
	if (found == device->default_pool) {
		result = CUDA_ERROR_INVALID_VALUE;
	} else if (found == device->current_pool) {
		was = found;
		device->current_pool = device->default_pool ?
					       handle_ref(&device->default_pool->handle) : NULL;
	}
	pthread_mutex_unlock(&device->lock);
	if (was)
		handle_put(&was->handle);
	if (!result && !handle_retire(&found->handle))
		result = CUDA_ERROR_INVALID_VALUE;
	handle_put(&found->handle);
	return result;
}

CUresult cuDeviceGetDefaultMemPool(CUmemoryPool *pool_out, CUdevice dev)
{
	struct device *device;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!pool_out)
		return CUDA_ERROR_INVALID_VALUE;
	device = device_get(dev);
	if (!device)
		return CUDA_ERROR_INVALID_DEVICE;
	*pool_out = (CUmemoryPool)pool_default(device);
	return *pool_out ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

CUresult cuDeviceGetMemPool(CUmemoryPool *pool, CUdevice dev)
{
	struct device *device;
	CUresult result = cuDeviceGetDefaultMemPool(pool, dev);

	if (result)
		return result;
	device = device_get(dev);
	pthread_mutex_lock(&device->lock);
	*pool = (CUmemoryPool)device->current_pool;
	pthread_mutex_unlock(&device->lock);
	return CUDA_SUCCESS;
}

CUresult cuDeviceSetMemPool(CUdevice dev, CUmemoryPool pool)
{
	struct device *device = device_get(dev);
	struct pool *found, *was;
	CUresult result = pool_find(pool, &found);

	if (result)
		return result;
	if (!device || found->device != device || found->imported) {
		handle_put(&found->handle);
		return device ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_INVALID_DEVICE;
	}
	pthread_mutex_lock(&device->lock);
	was = device->current_pool;
	device->current_pool = found;
	pthread_mutex_unlock(&device->lock);
	if (was)
		handle_put(&was->handle);
	return CUDA_SUCCESS;
}

/* Pools of pinned memory of a device are all there are. */
static CUresult check_place(const CUmemLocation *location, CUmemAllocationType type)
{
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!location)
		return CUDA_ERROR_INVALID_VALUE;
	result = check_type(type);
	if (!result && location->type == CU_MEM_LOCATION_TYPE_HOST_NUMA_CURRENT)
		result = CUDA_ERROR_NOT_SUPPORTED;
	return result ? result : device_of_location(location);
}

CUresult cuMemGetDefaultMemPool(CUmemoryPool *pool_out, CUmemLocation *location,
				CUmemAllocationType type)
{
	CUresult result = check_place(location, type);

	return result ? result : cuDeviceGetDefaultMemPool(pool_out, location->id);
}

CUresult cuMemGetMemPool(CUmemoryPool *pool, CUmemLocation *location, CUmemAllocationType type)
{
	CUresult result = check_place(location, type);

	return result ? result : cuDeviceGetMemPool(pool, location->id);
}

CUresult cuMemSetMemPool(CUmemLocation *location, CUmemAllocationType type, CUmemoryPool pool)
{
	CUresult result = check_place(location, type);

	return result ? result : cuDeviceSetMemPool(location->id, pool);
}

CUresult cuMemPoolTrimTo(CUmemoryPool pool, size_t minBytesToKeep)
{
	struct pool *found;
	CUresult result = pool_find(pool, &found);

	if (!result)
		handle_put(&found->handle);
	return result;
}

static CUresult get_attribute(const struct pool *pool, CUmemPool_attribute which, void *value)
{
	const uint64_t *from;

	switch (which) {
	case CU_MEMPOOL_ATTR_REUSE_FOLLOW_EVENT_DEPENDENCIES:
	case CU_MEMPOOL_ATTR_REUSE_ALLOW_OPPORTUNISTIC:
	case CU_MEMPOOL_ATTR_REUSE_ALLOW_INTERNAL_DEPENDENCIES:
		*(int *)value = pool->reuse[which - 1];
		return CUDA_SUCCESS;
	case CU_MEMPOOL_ATTR_RELEASE_THRESHOLD:
		from = &pool->threshold;
		break;
	case CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT:
	case CU_MEMPOOL_ATTR_USED_MEM_CURRENT:
		from = &pool->used;
		break;
	case CU_MEMPOOL_ATTR_RESERVED_MEM_HIGH:
	case CU_MEMPOOL_ATTR_USED_MEM_HIGH:
		from = &pool->used_high;
		break;
	default:
		return CUDA_ERROR_INVALID_VALUE;
	}
	*(cuuint64_t *)value = __atomic_load_n(from, __ATOMIC_RELAXED);
	return CUDA_SUCCESS;
}

static CUresult set_attribute(struct pool *pool, CUmemPool_attribute which, const void *value)
{
	switch (which) {
	case CU_MEMPOOL_ATTR_REUSE_FOLLOW_EVENT_DEPENDENCIES:
	case CU_MEMPOOL_ATTR_REUSE_ALLOW_OPPORTUNISTIC:
	case CU_MEMPOOL_ATTR_REUSE_ALLOW_INTERNAL_DEPENDENCIES:
		pool->reuse[which - 1] = *(const int *)value != 0;
		return CUDA_SUCCESS;
	case CU_MEMPOOL_ATTR_RELEASE_THRESHOLD:
		__atomic_store_n(&pool->threshold, *(const cuuint64_t *)value, __ATOMIC_RELAXED);
		return CUDA_SUCCESS;
	case CU_MEMPOOL_ATTR_RESERVED_MEM_HIGH:
	case CU_MEMPOOL_ATTR_USED_MEM_HIGH:
		if (*(const cuuint64_t *)value)
			return CUDA_ERROR_INVALID_VALUE;
		__atomic_store_n(&pool->used_high, __atomic_load_n(&pool->used, __ATOMIC_RELAXED),
				 __ATOMIC_RELAXED);
		return CUDA_SUCCESS;
	default:
		return CUDA_ERROR_INVALID_VALUE;
	}
}

CUresult cuMemPoolGetAttribute(CUmemoryPool pool, CUmemPool_attribute attr, void *value)
{
	struct pool *found;
	CUresult result = pool_find(pool, &found);

	if (result)
		return result;
	result = value ? get_attribute(found, attr, value) : CUDA_ERROR_INVALID_VALUE;
	handle_put(&found->handle);
	return result;
}

CUresult cuMemPoolSetAttribute(CUmemoryPool pool, CUmemPool_attribute attr, void *value)
{
	struct pool *found;
	CUresult result = pool_find(pool, &found);

	if (result)
		return result;
	result = value ? set_attribute(found, attr, value) : CUDA_ERROR_INVALID_VALUE;
	handle_put(&found->handle);
	return result;
}

/* check_access() - a device that may be given access; its own device keeps it */
static CUresult check_access(const struct pool *pool, const CUmemAccessDesc *desc)
{
	CUresult result = device_of_location(&desc->location);

	if (result)
		return result;
	if (desc->location.id == pool->device->ordinal &&
	    desc->flags != CU_MEM_ACCESS_FLAGS_PROT_READWRITE)
		return CUDA_ERROR_INVALID_VALUE;
	return CUDA_SUCCESS;
}

CUresult cuMemPoolSetAccess(CUmemoryPool pool, const CUmemAccessDesc *map, size_t count)
{
	struct pool *found;
	CUresult result = pool_find(pool, &found);

	if (result)
		return result;
	if (count && !map)
		result = CUDA_ERROR_INVALID_VALUE;
	for (size_t i = 0; !result && i < count; i++)
		result = check_access(found, &map[i]);
	for (size_t i = 0; !result && i < count; i++) {
		unsigned int bit = 1u << map[i].location.id;

		if (map[i].flags)
			__atomic_fetch_or(&found->access, bit, __ATOMIC_RELAXED);
		else
			__atomic_fetch_and(&found->access, ~bit, __ATOMIC_RELAXED);
	}
	handle_put(&found->handle);
	return result;
}

CUresult cuMemPoolGetAccess(CUmemAccess_flags *flags, CUmemoryPool memPool,
			    CUmemLocation *location)
{
	struct pool *found;
	unsigned int access;
	CUresult result = pool_find(memPool, &found);

	if (result)
		return result;
	access = __atomic_load_n(&found->access, __ATOMIC_RELAXED) | 1u << found->device->ordinal;
	handle_put(&found->handle);
	if (!flags || !location)
		return CUDA_ERROR_INVALID_VALUE;
	result = device_of_location(location);
	if (result)
		return result;
	*flags = access >> location->id & 1 ? CU_MEM_ACCESS_FLAGS_PROT_READWRITE :
					      CU_MEM_ACCESS_FLAGS_PROT_NONE;
	return CUDA_SUCCESS;
}
