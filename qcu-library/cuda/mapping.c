/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * Faces qcu-device/worker/mapping.c.  Virtual memory management: the host
 * reserves addresses, creates allocations and maps them; reserved addresses are
 * reserved here too (reserve.c), and what is mapped is a range of the address map.
 *
 * CUDA counts the users of an allocation's handle, and a mapping brings a handle
 * back that has been released (cuMemRetainAllocationHandle).  So the users and
 * the mappings are counted here, and the host is told of the last of both; it
 * frees the memory then, as it would have.
 *
 * Memory on the host (CU_MEM_LOCATION_TYPE_HOST) would be the worker's, which this
 * process cannot touch: not offered (device_of_location()).
 */
#include <pthread.h>
#include <stdlib.h>

#include "qcu-library/cuda/device.h"
#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/mapping.h"
#include "qcu-library/cuda/memory.h"
#include "qcu-library/cuda/ranges.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"
#include "qcu-library/cuda/share.h"

/* What is known of an allocation: the data of its handle */
struct allocation {
	struct wire_allocation wire;
	CUdevice device;
	uint32_t users;		/* handles given out and not released; under the lock */
	uint32_t mappings;	/* under the lock */
};

/* Guards the counts; held while the host maps and unmaps, so that both say the same. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct allocation *allocation_of(uint64_t handle)
{
	return handle_find(KIND_CUmemGenericAllocationHandle, handle);
}

/* Let go if nobody has or maps it.  Called with the lock held. */
static CUresult settle(uint64_t handle, const struct allocation *allocation)
{
	return allocation->users || allocation->mappings ? CUDA_SUCCESS : send_cuMemRelease(handle);
}

static CUresult check_properties(const CUmemAllocationProp *prop)
{
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!prop || prop->type != CU_MEM_ALLOCATION_TYPE_PINNED)
		return CUDA_ERROR_INVALID_VALUE;
	return device_of_memory(&prop->location, prop->requestedHandleTypes);
}

static struct wire_allocation to_wire(const CUmemAllocationProp *prop)
{
	return (struct wire_allocation){
		.handle_types = prop->requestedHandleTypes,
		.compression = prop->allocFlags.compressionType,
		.rdma = prop->allocFlags.gpuDirectRDMACapable,
		.usage = prop->allocFlags.usage,
	};
}

CUresult CUDAAPI cuMemGetAllocationGranularity(size_t *granularity,
					       const CUmemAllocationProp *prop,
					       CUmemAllocationGranularity_flags option)
{
	CUresult rc = check_properties(prop);

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!granularity)
		return CUDA_ERROR_INVALID_VALUE;
	return send_allocation_granularity(granularity, prop->location.id, to_wire(prop), option);
}

CUresult mapping_describe(CUmemGenericAllocationHandle handle, CUdevice device,
			  const struct wire_allocation *wire)
{
	struct allocation *allocation = device < 0 ? NULL : malloc(sizeof(*allocation));

	if (!allocation) {
		send_cuMemRelease(handle);
		return device < 0 ? CUDA_ERROR_INVALID_DEVICE : CUDA_ERROR_OUT_OF_MEMORY;
	}
	*allocation = (struct allocation){ .wire = *wire, .device = device, .users = 1 };
	handle_set_data(handle, allocation, free);
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuMemCreate(CUmemGenericAllocationHandle *handle, size_t size,
			     const CUmemAllocationProp *prop, unsigned long long flags)
{
	CUmemGenericAllocationHandle made;
	struct wire_allocation wire;
	CUresult rc = check_properties(prop);

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!handle || flags)
		return CUDA_ERROR_INVALID_VALUE;
	wire = to_wire(prop);
	share_drop_closed();
	rc = send_allocation_create(&made, size, prop->location.id, wire);
	if (rc == CUDA_SUCCESS)
		rc = mapping_describe(made, prop->location.id, &wire);
	if (rc == CUDA_SUCCESS)
		*handle = made;
	return rc;
}

CUresult CUDAAPI cuMemRelease(CUmemGenericAllocationHandle handle)
{
	struct allocation *allocation;
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	share_drop_closed();
	pthread_mutex_lock(&lock);
	allocation = allocation_of(handle);
	if (!allocation || !allocation->users) {
		rc = CUDA_ERROR_INVALID_VALUE;
	} else {
		allocation->users--;
		rc = settle(handle, allocation);
	}
	pthread_mutex_unlock(&lock);
	return rc;
}

CUresult CUDAAPI cuMemGetAllocationPropertiesFromHandle(CUmemAllocationProp *prop,
							CUmemGenericAllocationHandle handle)
{
	struct allocation *allocation;
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	allocation = allocation_of(handle);
	if (!prop || !allocation)
		return CUDA_ERROR_INVALID_VALUE;
	*prop = (CUmemAllocationProp){
		.type = CU_MEM_ALLOCATION_TYPE_PINNED,
		.requestedHandleTypes = allocation->wire.handle_types,
		.location = { CU_MEM_LOCATION_TYPE_DEVICE, allocation->device },
		.allocFlags = { .compressionType = allocation->wire.compression,
				.gpuDirectRDMACapable = allocation->wire.rdma,
				.usage = allocation->wire.usage },
	};
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuMemRetainAllocationHandle(CUmemGenericAllocationHandle *handle, void *addr)
{
	struct allocation *allocation = NULL;
	struct range range;
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!handle)
		return CUDA_ERROR_INVALID_VALUE;
	pthread_mutex_lock(&lock);
	if (ranges_find(ADDRESS(addr), &range) && range.kind == RANGE_MAPPED)
		allocation = allocation_of(range.allocation);
	if (allocation) {
		allocation->users++;
		*handle = range.allocation;
	}
	pthread_mutex_unlock(&lock);
	return allocation ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

/* What cuMemAddressReserve asks of the host */
struct ask {
	size_t size, alignment;
	CUdeviceptr addr;
	unsigned long long flags;
};

static CUresult get(void *p, CUdeviceptr *address, uint64_t *bytes)
{
	const struct ask *ask = p;

	*bytes = ask->size;
	return send_cuMemAddressReserve(address, ask->size, ask->alignment, ask->addr, ask->flags);
}

static void put(void *p, CUdeviceptr address)
{
	const struct ask *ask = p;

	cuMemAddressFree(address, ask->size);
}

CUresult CUDAAPI cuMemAddressReserve(CUdeviceptr *ptr, size_t size, size_t alignment,
				     CUdeviceptr addr, unsigned long long flags)
{
	static const struct memory_source source = { get, put };
	struct ask ask = { size, alignment, addr, flags };
	CUdeviceptr address;
	uint64_t bytes;
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && !ptr)
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = memory_obtain(&source, &ask, &address, &bytes);
	if (rc == CUDA_SUCCESS)
		*ptr = address;
	return rc;
}

CUresult CUDAAPI cuMemMap(CUdeviceptr ptr, size_t size, size_t offset,
			  CUmemGenericAllocationHandle handle, unsigned long long flags)
{
	struct range range = { .start = ptr, .bytes = size, .device = ptr, .kind = RANGE_MAPPED,
			       .allocation = handle };
	struct allocation *allocation;
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	pthread_mutex_lock(&lock);
	allocation = allocation_of(handle);
	rc = allocation ? send_cuMemMap(ptr, size, offset, handle, flags) :
			  CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS) {
		range.ordinal = allocation->device;
		rc = ranges_add(&range);
		if (rc == CUDA_SUCCESS)
			allocation->mappings++;
		else
			send_cuMemUnmap(ptr, size);
	}
	pthread_mutex_unlock(&lock);
	return rc;
}

/* Forget the mappings that begin in [start, end).  Called with the lock held. */
static void forget(uint64_t start, uint64_t end)
{
	struct range range;

	while (start < end && ranges_find(start, &range) && range.kind == RANGE_MAPPED &&
	       ranges_take(RANGE_MAPPED, range.start, &range)) {
		struct allocation *allocation = allocation_of(range.allocation);

		if (allocation) {
			allocation->mappings--;
			settle(range.allocation, allocation);
		}
		start = range.start + range.bytes;
	}
}

CUresult CUDAAPI cuMemUnmap(CUdeviceptr ptr, size_t size)
{
	CUresult rc = session_check();
	uint64_t end;

	if (rc != CUDA_SUCCESS)
		return rc;
	if (__builtin_add_overflow(ptr, size, &end))
		return CUDA_ERROR_INVALID_VALUE;
	pthread_mutex_lock(&lock);
	rc = send_cuMemUnmap(ptr, size);
	/* Unmapped, unless refused; what else comes is of earlier calls. */
	if (rc != CUDA_ERROR_INVALID_VALUE && rc != CUDA_ERROR_NOT_SUPPORTED)
		forget(ptr, end);
	pthread_mutex_unlock(&lock);
	return rc;
}

CUresult CUDAAPI cuMemSetAccess(CUdeviceptr ptr, size_t size, const CUmemAccessDesc *desc,
				size_t count)
{
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && (!desc || !count))
		rc = CUDA_ERROR_INVALID_VALUE;
	for (size_t i = 0; rc == CUDA_SUCCESS && i < count; i++)
		rc = device_of_location(&desc[i].location);
	for (size_t i = 0; rc == CUDA_SUCCESS && i < count; i++)
		rc = send_mapping_set_access(ptr, size, desc[i].location.id, desc[i].flags);
	return rc;
}

CUresult CUDAAPI cuMemGetAccess(unsigned long long *flags, const CUmemLocation *location,
				CUdeviceptr ptr)
{
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && (!flags || !location))
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = device_of_location(location);
	return rc == CUDA_SUCCESS ? send_mapping_get_access(flags, ptr, location->id) : rc;
}
