/* SPDX-License-Identifier: MIT */
/*
 * ranges.h - what is known of addresses: device memory, pinned and registered memory
 *
 * With unified addressing a pointer tells what it points to; here is the map.
 */
#ifndef QCU_LIBRARY_RANGES_H
#define QCU_LIBRARY_RANGES_H

#include "qcu-library/cuda/api.h"

enum range_kind {
	RANGE_DEVICE,		/* cuMemAlloc and its like */
	RANGE_POOL,		/* cuMemAllocAsync */
	RANGE_MAPPED,		/* cuMemMap */
	RANGE_IPC,		/* cuIpcOpenMemHandle */
	RANGE_GLOBAL,		/* a variable of a module */
	RANGE_MANAGED_GLOBAL,	/* a __managed__ one: device memory with a mirror here (mirror.h) */
	RANGE_HOST,		/* cuMemHostAlloc */
	RANGE_MANAGED,		/* cuMemAllocManaged: memory of this process, too (managed.c) */
	RANGE_REGISTERED,	/* cuMemHostRegister */
};

/**
 * struct range
 * @start, @bytes: as the program asked for, or was given
 * @device: address for the device of @start
 * @whole: host memory that is in one region: @region, from @offset on
 * @flags: as given to cuMemHostAlloc, cuMemAllocManaged or cuMemHostRegister
 * @context: handle of the context it was made in; 0: it belongs to none, but to device @ordinal
 * @pool: handle of the pool of a RANGE_POOL; 0: the default pool of the device
 * @allocation: handle of what is mapped at a RANGE_MAPPED
 * @opened: how often a RANGE_IPC is open
 * @at_times: whether it is there only the host knows: memory of a graph, or of another process
 * @owner: handle of the module or library of a RANGE_GLOBAL, else @context
 * @id: never used twice in a process
 */
struct range {
	uint64_t start, bytes;
	uint64_t device;
	enum range_kind kind;
	bool whole;
	uint32_t region;
	uint64_t offset;
	unsigned int flags;
	uint64_t context;
	CUdevice ordinal;
	uint64_t pool;
	uint64_t allocation;
	unsigned int opened;
	bool at_times;
	uint64_t owner;
	uint64_t id;
};

static inline bool range_is_host(const struct range *range)
{
	return range->kind == RANGE_HOST || range->kind == RANGE_MANAGED ||
	       range->kind == RANGE_REGISTERED;
}

static inline bool range_is_managed(const struct range *range)
{
	return range->kind == RANGE_MANAGED || range->kind == RANGE_MANAGED_GLOBAL;
}

/**
 * ranges_add() - remember a copy of @range, giving it an id
 *
 * Device memory replaces what was remembered of its addresses; for host memory
 * that is an error.  Return: CUDA_SUCCESS, CUDA_ERROR_OUT_OF_MEMORY, or
 * CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED.
 */
CUresult ranges_add(const struct range *range);

/** ranges_update() - what was added with this start and kind is now so */
void ranges_update(const struct range *range);

/** ranges_find() - a copy of the range that @address lies in; false if there is none */
bool ranges_find(uint64_t address, struct range *range);

/**
 * ranges_on_device() - is all of it one allocation of device memory, or one variable, not managed?
 *
 * Then it is there, and may be read and written.
 */
bool ranges_on_device(uint64_t address, uint64_t bytes);

/** ranges_take() - forget the range of @kind that starts at @start; false if there is none */
bool ranges_take(enum range_kind kind, uint64_t start, struct range *range);

/** ranges_take_host_of() - forget the host ranges made in @context, and call @end for each */
void ranges_take_host_of(uint64_t context, void (*end)(const struct range *range));

/** ranges_owner_died() - forget device ranges and globals of a context, module or library */
void ranges_owner_died(uint64_t owner);

#endif
