/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_MEMORY_H
#define SOFTGPU_MEMORY_H

#include "softgpu/api.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct context;
struct device;

/* What a block of memory is, and so which call may free it */
enum memory_kind {
	MEMORY_DEVICE = 1,	/* cuMemAlloc, cuMemAllocPitch */
	MEMORY_MANAGED,		/* cuMemAllocManaged */
	MEMORY_POOL,		/* cuMemAllocAsync; freed in stream order or by cuMemFree */
	MEMORY_MAPPED,		/* cuMemMap, once a device has access */
	MEMORY_IPC,		/* cuIpcOpenMemHandle: another process's */
	MEMORY_GRAPH,		/* allocation nodes of graphs */
	MEMORY_VARIABLE,	/* .global and .const variables of a module */
	MEMORY_MANAGED_VARIABLE, /* __managed__ variables of a module */
	MEMORY_HEAP,		/* what malloc() in kernels hands out */
	MEMORY_ARRAY,		/* of a CUDA array */
	MEMORY_HOST,		/* cuMemHostAlloc, cuMemAllocHost */
	MEMORY_REGISTERED,	/* cuMemHostRegister: the program's own */
};

/**
 * struct memory_block - a copy of what is known about a block
 * @base, @size: as asked for, not rounded
 * @flags:	of cuMemHostAlloc, cuMemHostRegister or cuMemAllocManaged
 * @device:	it is on; NULL for host memory
 * @made_for:	the device that host memory was allocated or registered for, an ordinal
 * @access:	devices that may use a MEMORY_MAPPED, 1 << ordinal each
 * @context:	it belongs to; only to be compared, it may be gone
 * @pool:	it came from (MEMORY_POOL); only to be compared
 * @id:		never reused; CU_POINTER_ATTRIBUTE_BUFFER_ID
 * @handle_types: CU_POINTER_ATTRIBUTE_ALLOWED_HANDLE_TYPES, for a MEMORY_MAPPED
 * @sync_memops: CU_POINTER_ATTRIBUTE_SYNC_MEMOPS
 */
struct memory_block {
	uint64_t base;
	uint64_t size;
	enum memory_kind kind;
	unsigned int flags;
	struct device *device;
	int made_for;
	unsigned int access;
	const struct context *context;
	const void *pool;
	unsigned long long id;
	unsigned int handle_types;
	bool sync_memops;
};

/* blocks of device memory begin at multiples of this; those that begin with a page own whole ones */
enum { MEMORY_ALIGN = 512, MEMORY_PAGE = 4096 };

/**
 * memory_init() - reserve the address space of the devices' memory
 * @bytes: how much all devices have together
 *
 * Return: CUDA_SUCCESS or CUDA_ERROR_OUT_OF_MEMORY.
 */
CUresult memory_init(uint64_t bytes);

/**
 * memory_alloc() - device memory
 * @block:	kind, flags, device, context, pool and size of what is wanted (size not 0); base and
 *		id are filled in
 * @align:	a power of two; MEMORY_ALIGN is the least
 *
 * The bytes are zero.  Return: CUDA_SUCCESS or CUDA_ERROR_OUT_OF_MEMORY.
 */
CUresult memory_alloc(struct memory_block *block, uint64_t align);

/* memory_host_alloc() - pinned host memory, page aligned; @block as in memory_alloc() */
CUresult memory_host_alloc(struct memory_block *block);

/**
 * memory_register() - let the device use a piece of the program's memory, or of another process
 * @block: base and size too; of MEMORY_IPC and MEMORY_POOL the pages are unmapped with the block
 *
 * Return: CUDA_SUCCESS, CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED, CUDA_ERROR_OUT_OF_MEMORY, or
 * CUDA_ERROR_INVALID_VALUE if a registration in the same page has another CU_MEMHOSTREGISTER_READ_ONLY.
 */
CUresult memory_register(struct memory_block *block);

/**
 * memory_free() - free or unregister a block
 * @base:	its first byte
 * @kinds:	a mask of 1 << enum memory_kind that the caller frees
 *
 * The memory of a device stays mapped (a kernel that still runs reads zeros rather than
 * ending the process), but memory_find() does not admit it any more.
 * Return: false if no block of these kinds begins at @base.
 */
bool memory_free(uint64_t base, unsigned int kinds);

/**
 * memory_claim() - decide who frees a block: true for the first who asks, nobody after that
 *
 * @base and @kinds as in memory_free().  The block stays usable until it is freed.
 */
bool memory_claim(uint64_t base, unsigned int kinds);

/*
 * memory_free_all() - everything that belongs to a context, registered memory too; not
 * variables, heaps and arrays, which go with their modules and handles
 */
void memory_free_all(const struct context *context);

/**
 * memory_share() - put a block into a file, which other processes can map
 * @base:	its first byte; it must own its pages
 * @kinds:	as in memory_free()
 *
 * Its contents stay, but nobody may write to it meanwhile.  Return: false if there is no such
 * block, or no memory.
 */
bool memory_share(uint64_t base, unsigned int kinds);

/* memory_file() - of the shared block at @base, if it still is that @id; the caller's; or -1 */
int memory_file(uint64_t base, unsigned long long id);

/* memory_find() - the block that holds an address; false if none does.  O(log n) */
bool memory_find(uint64_t address, struct memory_block *block);

/*
 * memory_covers() - does one block, or several mapped without a gap, hold all of
 * [address, address + size)?  Any bits will do.
 */
bool memory_covers(uint64_t address, uint64_t size);

/**
 * memory_host_valid() - may a host pointer be followed, as far as can be told?
 *
 * False for NULL and for addresses in the device's address space where no block is.
 * What the program's own addresses are is the program's business, as with NVIDIA's driver.
 */
bool memory_host_valid(const void *pointer, uint64_t size);

/* memory_set_sync_memops() - CU_POINTER_ATTRIBUTE_SYNC_MEMOPS of the block with @address */
void memory_set_sync_memops(uint64_t address, bool on);

/* memory_set_access() - which devices may use the MEMORY_MAPPED that begins at @base */
void memory_set_access(uint64_t base, unsigned int access);

/* memory_charge() - count memory that has no block yet; false: the device has not that much left */
bool memory_charge(struct device *device, uint64_t bytes);
void memory_uncharge(struct device *device, uint64_t bytes);

/* memory_info() - of a device, in bytes */
void memory_info(const struct device *device, uint64_t *free_bytes, uint64_t *total_bytes);

static inline void *memory_pointer(uint64_t address)
{
	return (void *)(uintptr_t)address;
}

#endif /* SOFTGPU_MEMORY_H */
