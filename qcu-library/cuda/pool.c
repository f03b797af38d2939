/* SPDX-License-Identifier: MIT */
/*
 * pool.c - memory pools and stream-ordered allocation
 *
 * Faces qcu-device/worker/pool.c.  The default pool of a device has one handle
 * for the life of the process, which it gets when somebody asks for it; which
 * pool is current is kept here too, so that asking for it gives the handle that
 * the program knows.
 *
 * Pools lie on devices.  A pool on the host (CUDA 13) would be memory of the
 * worker, which this process cannot touch: not offered.
 */
#include <pthread.h>

#include "qcu-library/cuda/capture.h"
#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/device.h"
#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/memory.h"
#include "qcu-library/cuda/pool.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/reserve.h"
#include "qcu-library/cuda/session.h"
#include "qcu-library/cuda/share.h"
#include "qcu-library/cuda/stream.h"

/* Handles; 0: nobody has asked for the default pool, which is current */
struct pools {
	uint64_t of_default;
	uint64_t current;
};

/* Guards the pools; held while the host is asked. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct pools pools[MAX_DEVICES];

/* Called with the lock held. */
static CUresult default_of(CUdevice dev, CUmemoryPool *pool)
{
	CUresult rc = CUDA_SUCCESS;

	*pool = (CUmemoryPool)pools[dev].of_default;
	if (!*pool)
		rc = send_cuDeviceGetDefaultMemPool(pool, dev);
	if (rc == CUDA_SUCCESS)
		pools[dev].of_default = (uint64_t)*pool;
	return rc;
}

CUresult CUDAAPI cuDeviceGetDefaultMemPool(CUmemoryPool *pool_out, CUdevice dev)
{
	CUresult rc = device_check(dev);

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!pool_out)
		return CUDA_ERROR_INVALID_VALUE;
	pthread_mutex_lock(&lock);
	rc = default_of(dev, pool_out);
	pthread_mutex_unlock(&lock);
	return rc;
}

CUresult CUDAAPI cuDeviceGetMemPool(CUmemoryPool *pool, CUdevice dev)
{
	CUresult rc = device_check(dev);

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!pool)
		return CUDA_ERROR_INVALID_VALUE;
	pthread_mutex_lock(&lock);
	*pool = (CUmemoryPool)pools[dev].current;
	if (!*pool)
		rc = default_of(dev, pool);
	pthread_mutex_unlock(&lock);
	return rc;
}

CUresult CUDAAPI cuDeviceSetMemPool(CUdevice dev, CUmemoryPool pool)
{
	CUresult rc = device_check(dev);

	if (rc != CUDA_SUCCESS)
		return rc;
	pthread_mutex_lock(&lock);
	rc = send_cuDeviceSetMemPool(dev, pool);
	if (rc == CUDA_SUCCESS)
		pools[dev].current = (uint64_t)pool;
	pthread_mutex_unlock(&lock);
	return rc;
}

/* CUDA Driver API, cuMemPoolDestroy: where it was current, the default pool is now. */
CUresult CUDAAPI cuMemPoolDestroy(CUmemoryPool pool)
{
	CUresult rc;

	share_drop_closed();
	pthread_mutex_lock(&lock);
	rc = send_cuMemPoolDestroy(pool);
	for (CUdevice i = 0; rc == CUDA_SUCCESS && i < MAX_DEVICES; i++)
		if (pools[i].current == (uint64_t)pool)
			pools[i].current = 0;
	pthread_mutex_unlock(&lock);
	return rc;
}

CUresult CUDAAPI cuMemPoolCreate(CUmemoryPool *pool, const CUmemPoolProps *poolProps)
{
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!pool || !poolProps)
		return CUDA_ERROR_INVALID_VALUE;
	if (poolProps->allocType != CU_MEM_ALLOCATION_TYPE_PINNED)
		return poolProps->allocType == CU_MEM_ALLOCATION_TYPE_MANAGED ?
			       CUDA_ERROR_NOT_SUPPORTED :
			       CUDA_ERROR_INVALID_VALUE;
	rc = device_of_memory(&poolProps->location, poolProps->handleTypes);
	if (rc != CUDA_SUCCESS)
		return rc;
	if (poolProps->handleTypes & ~CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR)
		return CUDA_ERROR_NOT_SUPPORTED;
	return send_pool_create(pool, poolProps->location.id, poolProps->maxSize,
				poolProps->handleTypes, poolProps->usage);
}

/* Has the attribute an int, as against a cuuint64_t?  (CUDA Driver API, cuMemPoolSetAttribute) */
static bool is_int(CUmemPool_attribute attribute)
{
	return attribute <= CU_MEMPOOL_ATTR_REUSE_ALLOW_INTERNAL_DEPENDENCIES;
}

CUresult CUDAAPI cuMemPoolGetAttribute(CUmemoryPool pool, CUmemPool_attribute attr, void *value)
{
	CUresult rc = session_check();
	uint64_t got;

	if (rc == CUDA_SUCCESS && !value)
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = send_pool_get_attribute(&got, pool, attr);
	if (rc != CUDA_SUCCESS)
		return rc;
	if (is_int(attr))
		*(int *)value = got;
	else
		*(cuuint64_t *)value = got;
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuMemPoolSetAttribute(CUmemoryPool pool, CUmemPool_attribute attr, void *value)
{
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!value)
		return CUDA_ERROR_INVALID_VALUE;
	return send_pool_set_attribute(pool, attr,
				       is_int(attr) ? (uint64_t)*(int *)value :
						      *(cuuint64_t *)value);
}

CUresult CUDAAPI cuMemPoolSetAccess(CUmemoryPool pool, const CUmemAccessDesc *map, size_t count)
{
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && ((count && !map) || !handle_is(KIND_CUmemoryPool, (uint64_t)pool)))
		rc = CUDA_ERROR_INVALID_VALUE;
	for (size_t i = 0; rc == CUDA_SUCCESS && i < count; i++)
		rc = device_of_location(&map[i].location);
	for (size_t i = 0; rc == CUDA_SUCCESS && i < count; i++)
		rc = send_pool_set_access(pool, map[i].location.id, map[i].flags);
	return rc;
}

CUresult CUDAAPI cuMemPoolGetAccess(CUmemAccess_flags *flags, CUmemoryPool memPool,
				    CUmemLocation *location)
{
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && (!flags || !location))
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = device_of_location(location);
	return rc == CUDA_SUCCESS ? send_pool_get_access(flags, memPool, location->id) : rc;
}

/* The calls of CUDA 13 name a place and a type of memory; what is offered is pinned, on a device. */
static CUresult check_place(const CUmemLocation *location, CUmemAllocationType type)
{
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!location)
		return CUDA_ERROR_INVALID_VALUE;
	if (type == CU_MEM_ALLOCATION_TYPE_MANAGED ||
	    location->type == CU_MEM_LOCATION_TYPE_HOST_NUMA_CURRENT)
		return CUDA_ERROR_NOT_SUPPORTED;
	return type == CU_MEM_ALLOCATION_TYPE_PINNED ? device_of_location(location) :
						       CUDA_ERROR_INVALID_VALUE;
}

CUresult CUDAAPI cuMemGetDefaultMemPool(CUmemoryPool *pool_out, CUmemLocation *location,
					CUmemAllocationType type)
{
	CUresult rc = check_place(location, type);

	return rc == CUDA_SUCCESS ? cuDeviceGetDefaultMemPool(pool_out, location->id) : rc;
}

CUresult CUDAAPI cuMemGetMemPool(CUmemoryPool *pool, CUmemLocation *location,
				 CUmemAllocationType type)
{
	CUresult rc = check_place(location, type);

	return rc == CUDA_SUCCESS ? cuDeviceGetMemPool(pool, location->id) : rc;
}

CUresult CUDAAPI cuMemSetMemPool(CUmemLocation *location, CUmemAllocationType type,
				 CUmemoryPool pool)
{
	CUresult rc = check_place(location, type);

	return rc == CUDA_SUCCESS ? cuDeviceSetMemPool(location->id, pool) : rc;
}

/* What cuMemAllocAsync, or, if @pool, cuMemAllocFromPoolAsync asks of the host */
struct ask {
	size_t bytes;
	CUmemoryPool pool;
	CUstream stream;
};

static CUresult get(void *p, CUdeviceptr *address, uint64_t *bytes)
{
	const struct ask *ask = p;

	*bytes = ask->bytes;
	if (ask->pool)
		return send_cuMemAllocFromPoolAsync(address, ask->bytes, ask->pool, ask->stream);
	return send_cuMemAllocAsync(address, ask->bytes, ask->stream);
}

static void put(void *p, CUdeviceptr address)
{
	const struct ask *ask = p;

	send_cuMemFreeAsync(address, ask->stream);
}

static CUdevice device_of_stream(CUstream stream)
{
	uint64_t context = handle_is_special((uint64_t)stream) ? context_current() :
								 handle_owner((uint64_t)stream);

	return context_device(context);
}

/* The pool that a call without one uses; 0: the default pool */
static uint64_t current_of(CUdevice dev)
{
	uint64_t pool;

	if (dev < 0)
		return 0;
	pthread_mutex_lock(&lock);
	pool = pools[dev].current;
	pthread_mutex_unlock(&lock);
	return pool;
}

static CUresult allocate(struct ask *ask, CUdeviceptr *dptr)
{
	static const struct memory_source source = { get, put };
	struct range range = { .kind = RANGE_POOL, .ordinal = device_of_stream(ask->stream),
			       .at_times = capture_of(ask->stream) };
	CUdeviceptr address;
	CUresult rc;

	/* Before: another thread may make another pool current. */
	range.pool = ask->pool ? (uint64_t)ask->pool : current_of(range.ordinal);
	rc = memory_obtain(&source, ask, &address, &range.bytes);
	if (rc != CUDA_SUCCESS)
		return rc;
	range.start = range.device = address;
	rc = range.bytes ? ranges_add(&range) : CUDA_SUCCESS;
	if (rc == CUDA_SUCCESS)
		*dptr = address;
	else
		put(ask, address);
	return rc;
}

CUresult CUDAAPI cuMemAllocAsync(CUdeviceptr *dptr, size_t bytesize, CUstream hStream)
{
	struct ask ask = { .bytes = bytesize, .stream = hStream };
	CUresult rc = context_check();

	if (rc == CUDA_SUCCESS)
		rc = stream_check(hStream);
	if (rc == CUDA_SUCCESS && !dptr)
		rc = CUDA_ERROR_INVALID_VALUE;
	return rc == CUDA_SUCCESS ? allocate(&ask, dptr) : rc;
}

CUresult CUDAAPI cuMemAllocFromPoolAsync(CUdeviceptr *dptr, size_t bytesize, CUmemoryPool pool,
					 CUstream hStream)
{
	struct ask ask = { .bytes = bytesize, .pool = pool, .stream = hStream };
	CUresult rc = context_check();

	if (rc == CUDA_SUCCESS)
		rc = stream_check(hStream);
	if (rc == CUDA_SUCCESS && (!dptr || !pool))
		rc = CUDA_ERROR_INVALID_VALUE;
	return rc == CUDA_SUCCESS ? allocate(&ask, dptr) : rc;
}

/*
 * Posted, if the pointer is known here to be one that may be freed so.  Of other
 * addresses of the device only the host knows: a graph may have allocated there.
 */
CUresult CUDAAPI cuMemFreeAsync(CUdeviceptr dptr, CUstream hStream)
{
	struct range range;
	CUresult rc = context_check();

	if (rc == CUDA_SUCCESS)
		rc = stream_check(hStream);
	if (rc != CUDA_SUCCESS || !dptr)
		return rc;
	if (ranges_take(RANGE_POOL, dptr, &range) || ranges_take(RANGE_DEVICE, dptr, &range))
		return send_cuMemFreeAsync(dptr, hStream);
	return reserved(dptr) ? send_pool_free(dptr, hStream) : CUDA_ERROR_INVALID_VALUE;
}

CUresult pool_of(const struct range *range, CUmemoryPool *pool)
{
	*pool = (CUmemoryPool)range->pool;
	return *pool ? CUDA_SUCCESS : cuDeviceGetDefaultMemPool(pool, range->ordinal);
}
