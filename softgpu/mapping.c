/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * Virtual memory management: addresses are reserved (cuMemAddressReserve), allocations are
 * mapped there (cuMemMap), and devices are allowed to use them (cuMemSetAccess).  Two trees say
 * what is where: `reserved` and `mapped`.  A mapping becomes a block that kernels and copies find
 * (memory.h) when the first device is given access, and stops being one with its last.
 *
 * That a device may only read is remembered and answered, but its writes are not stopped.
 *
 * After cuMemUnmap() the addresses hold zeros, writable: a kernel that races with it is wrong but
 * does not end the process.
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "softgpu/allocation.h"
#include "softgpu/context.h"
#include "softgpu/driver.h"
#include "softgpu/mapping.h"
#include "softgpu/memory.h"
#include "softgpu/range.h"
#include "softgpu/stream.h"

/* Below the arena, where ThreadSanitizer lets application memory be */
#define FIRST_HINT	((uint64_t)0x7e8000000000)
#define LAST_HINT	((uint64_t)0x7e9000000000)

/* struct mapping - @access: CUmemAccess_flags of each device */
struct mapping {
	struct range range;
	struct allocation *allocation;
	CUmemAccess_flags access[DEVICE_MOST];
};

static struct {
	pthread_mutex_t lock;	/* all below; memory.c's lock may be taken under it */
	struct range_tree reserved, mapped;
	uint64_t hint;
} maps = { .lock = PTHREAD_MUTEX_INITIALIZER, .hint = FIRST_HINT };

static struct mapping *mapping_of(struct range *range)
{
	return range ? CONTAINER_OF(range, struct mapping, range) : NULL;
}

/* place() - map nothing at all at @at, or, without MAP_FIXED_NOREPLACE, somewhere */
static uint64_t place(uint64_t at, uint64_t size, int flags)
{
	void *p = mmap(memory_pointer(at), size, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);

	return p == MAP_FAILED ? 0 : (uint64_t)(uintptr_t)p;
}

/* find_place() - aligned address space, away from what a program maps if possible; 0: none */
static uint64_t find_place(uint64_t size, uint64_t align, uint64_t wanted)
{
	uint64_t at = (maps.hint + align - 1) & ~(align - 1), whole, head;

	if (wanted && wanted % align == 0 && place(wanted, size, MAP_FIXED_NOREPLACE) == wanted)
		return wanted;
	if (at >= FIRST_HINT && at < LAST_HINT && size <= LAST_HINT - at &&
	    place(at, size, MAP_FIXED_NOREPLACE) == at) {
		maps.hint = at + size;
		return at;
	}
	if (__builtin_add_overflow(size, align, &whole))
		return 0;
	at = place(0, whole, 0);
	if (!at)
		return 0;
	head = (align - at % align) % align;
	if (head)
		munmap(memory_pointer(at), head);
	munmap(memory_pointer(at + head + size), align - head);
	return at + head;
}

uint64_t mapping_file(int fd, uint64_t size)
{
	uint64_t at;

	pthread_mutex_lock(&maps.lock);
	at = find_place(size, ALLOCATION_GRAIN, 0);
	pthread_mutex_unlock(&maps.lock);
	if (at && mmap(memory_pointer(at), size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
		       0) == MAP_FAILED) {
		munmap(memory_pointer(at), size);
		return 0;
	}
	return at;
}

CUresult cuMemAddressReserve(CUdeviceptr *ptr, size_t size, size_t alignment, CUdeviceptr addr,
			     unsigned long long flags)
{
	uint64_t align = alignment > ALLOCATION_GRAIN ? alignment : ALLOCATION_GRAIN;
	CUresult result = driver_enter();
	struct range *range;

	if (result)
		return result;
	if (!ptr || !size || size % ALLOCATION_GRAIN || alignment & (alignment - 1) || flags)
		return CUDA_ERROR_INVALID_VALUE;
	range = calloc(1, sizeof(*range));
	if (!range)
		return CUDA_ERROR_OUT_OF_MEMORY;
	pthread_mutex_lock(&maps.lock);
	range->size = size;
	range->base = find_place(size, align, addr);
	if (range->base)
		range_insert(&maps.reserved, range);
	pthread_mutex_unlock(&maps.lock);
	*ptr = range->base;
	if (!range->base)
		free(range);
	return *ptr ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

CUresult cuMemAddressFree(CUdeviceptr ptr, size_t size)
{
	CUresult result = driver_enter();
	struct range *range;

	if (result)
		return result;
	pthread_mutex_lock(&maps.lock);
	range = range_at(&maps.reserved, ptr);
	if (!range || range->base != ptr || range->size != size ||
	    range_overlaps(&maps.mapped, ptr, size))
		range = NULL;
	if (range) {
		range_remove(&maps.reserved, range);
		munmap(memory_pointer(ptr), size);
	}
	pthread_mutex_unlock(&maps.lock);
	free(range);
	return range ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

/* within_reservation() - under the lock */
static bool within_reservation(uint64_t base, uint64_t size)
{
	const struct range *range = range_at(&maps.reserved, base);

	return range && size <= range->size - (base - range->base);
}

/* insert() - under the lock.  CUDA_ERROR_INVALID_VALUE: the addresses are not free for it */
static CUresult insert(struct mapping *mapping)
{
	const struct range *range = &mapping->range;

	if (!within_reservation(range->base, range->size) ||
	    range_overlaps(&maps.mapped, range->base, range->size))
		return CUDA_ERROR_INVALID_VALUE;
	if (mmap(memory_pointer(range->base), range->size, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED, mapping->allocation->fd, 0) == MAP_FAILED)
		return CUDA_ERROR_OUT_OF_MEMORY;
	range_insert(&maps.mapped, &mapping->range);
	return CUDA_SUCCESS;
}

CUresult cuMemMap(CUdeviceptr ptr, size_t size, size_t offset, CUmemGenericAllocationHandle handle,
		  unsigned long long flags)
{
	struct mapping *mapping;
	struct allocation *allocation;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!size || (ptr | size) % ALLOCATION_GRAIN || offset || flags)
		return CUDA_ERROR_INVALID_VALUE;
	allocation = allocation_get(handle);
	if (!allocation)
		return CUDA_ERROR_INVALID_VALUE;
	if (size > allocation->size) {
		handle_put(&allocation->handle);
		return CUDA_ERROR_NOT_SUPPORTED;	/* so says an H200 */
	}
	mapping = calloc(1, sizeof(*mapping));
	result = CUDA_ERROR_OUT_OF_MEMORY;
	if (mapping) {
		mapping->range.base = ptr;
		mapping->range.size = size;
		mapping->allocation = allocation;
		pthread_mutex_lock(&maps.lock);
		result = insert(mapping);
		pthread_mutex_unlock(&maps.lock);
	}
	if (result) {
		free(mapping);
		handle_put(&allocation->handle);
	}
	return result;
}

/* whole_mappings() - is [base, base + size) mapped, by whole mappings only?  Under the lock */
static bool whole_mappings(uint64_t base, uint64_t size)
{
	const struct range *range;

	for (; size; base += range->size, size -= range->size) {
		range = range_at(&maps.mapped, base);
		if (!range || range->base != base || range->size > size)
			return false;
	}
	return true;
}

/* remove_at() - end the mapping that begins at @base; its bytes.  Under the lock */
static uint64_t remove_at(uint64_t base)
{
	struct mapping *mapping = mapping_of(range_at(&maps.mapped, base));
	uint64_t size = mapping->range.size;

	memory_free(base, 1u << MEMORY_MAPPED);
	range_remove(&maps.mapped, &mapping->range);
	if (mmap(memory_pointer(base), size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
		munmap(memory_pointer(base), size);
	handle_put(&mapping->allocation->handle);
	free(mapping);
	return size;
}

/* wait_for_use() - CUDA Driver API: unmapping and changing access wait for the GPU */
static void wait_for_use(void)
{
	struct context *context;

	if (!context_enter(&context))
		stream_synchronize_context(context);
}

CUresult cuMemUnmap(CUdeviceptr ptr, size_t size)
{
	CUresult result = driver_enter();

	if (result)
		return result;
	wait_for_use();
	pthread_mutex_lock(&maps.lock);
	if (!size || !within_reservation(ptr, size))
		result = CUDA_ERROR_INVALID_VALUE;
	else if (!range_overlaps(&maps.mapped, ptr, size))
		result = CUDA_SUCCESS;	/* nothing to do: an H200 does not mind */
	else if (!whole_mappings(ptr, size))
		result = CUDA_ERROR_INVALID_VALUE;
	else
		for (uint64_t done = 0; done < size;)
			done += remove_at(ptr + done);
	pthread_mutex_unlock(&maps.lock);
	return result;
}

/* who_may() - the devices with access, as in struct memory_block */
static unsigned int who_may(const struct mapping *mapping)
{
	unsigned int mask = 0;

	for (int i = 0; i < DEVICE_MOST; i++)
		if (mapping->access[i])
			mask |= 1u << i;
	return mask;
}

/* set_access() - of one mapping; under the lock */
static CUresult set_access(struct mapping *mapping, CUdevice device, CUmemAccess_flags flags)
{
	struct memory_block block = {
		.base = mapping->range.base, .size = mapping->range.size, .kind = MEMORY_MAPPED,
		.device = mapping->allocation->device,
		.handle_types = mapping->allocation->types,
	};
	unsigned int before = who_may(mapping);
	CUresult result = CUDA_SUCCESS;

	mapping->access[device] = flags;
	block.access = who_may(mapping);
	if (block.access && before)
		memory_set_access(block.base, block.access);
	else if (block.access)
		result = memory_register(&block);
	else if (before)
		memory_free(block.base, 1u << MEMORY_MAPPED);
	if (result)
		mapping->access[device] = 0;
	return result;
}

static CUresult set_all(uint64_t base, uint64_t size, CUdevice device, CUmemAccess_flags flags)
{
	CUresult result = CUDA_SUCCESS;

	for (uint64_t done = 0; !result && done < size;) {
		struct mapping *mapping = mapping_of(range_at(&maps.mapped, base + done));

		result = set_access(mapping, device, flags);
		done += mapping->range.size;
	}
	return result;
}

static CUresult check_access(const CUmemAccessDesc *desc)
{
	if (desc->flags != CU_MEM_ACCESS_FLAGS_PROT_NONE &&
	    desc->flags != CU_MEM_ACCESS_FLAGS_PROT_READ &&
	    desc->flags != CU_MEM_ACCESS_FLAGS_PROT_READWRITE)
		return CUDA_ERROR_INVALID_VALUE;
	return device_of_location(&desc->location);
}

CUresult cuMemSetAccess(CUdeviceptr ptr, size_t size, const CUmemAccessDesc *desc, size_t count)
{
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!size || !desc || !count)
		return CUDA_ERROR_INVALID_VALUE;
	for (size_t i = 0; !result && i < count; i++)
		result = check_access(&desc[i]);
	if (result)
		return result;
	wait_for_use();
	pthread_mutex_lock(&maps.lock);
	if (!whole_mappings(ptr, size))
		result = CUDA_ERROR_INVALID_VALUE;
	for (size_t i = 0; !result && i < count; i++)
		result = set_all(ptr, size, desc[i].location.id, desc[i].flags);
	pthread_mutex_unlock(&maps.lock);
	return result;
}

CUresult cuMemGetAccess(unsigned long long *flags, const CUmemLocation *location, CUdeviceptr ptr)
{
	struct mapping *mapping;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!flags || !location)
		return CUDA_ERROR_INVALID_VALUE;
	result = device_of_location(location);
	if (result)
		return result;
	pthread_mutex_lock(&maps.lock);
	mapping = mapping_of(range_at(&maps.mapped, ptr));
	if (mapping)
		*flags = mapping->access[location->id];
	pthread_mutex_unlock(&maps.lock);
	return mapping ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuMemRetainAllocationHandle(CUmemGenericAllocationHandle *handle, void *addr)
{
	struct mapping *mapping;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!handle)
		return CUDA_ERROR_INVALID_VALUE;
	pthread_mutex_lock(&maps.lock);
	mapping = mapping_of(range_at(&maps.mapped, (uint64_t)(uintptr_t)addr));
	if (mapping) {
		allocation_retain(mapping->allocation);
		*handle = allocation_value(mapping->allocation);
	}
	pthread_mutex_unlock(&maps.lock);
	return mapping ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
