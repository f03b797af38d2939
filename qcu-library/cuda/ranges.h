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
	RANGE_GLOBAL,		/* a variable of a module */
	RANGE_HOST,		/* cuMemHostAlloc */
	RANGE_REGISTERED,	/* cuMemHostRegister */
};

/**
 * struct range
 * @start, @bytes: what it covers in this process; whole pages for host memory
 * @asked, @asked_bytes: what the program asked for, within that
 * @device: address for the device of @start
 * @region: of host memory: the region that @start begins
 * @flags: as given to cuMemHostAlloc or cuMemHostRegister
 * @context: handle of the context it was made in
 * @owner: handle of the module of a RANGE_GLOBAL, else @context
 * @id: never used twice in a process
 */
struct range {
	uint64_t start, bytes;
	uint64_t asked, asked_bytes;
	uint64_t device;
	enum range_kind kind;
	uint32_t region;
	unsigned int flags;
	uint64_t context;
	uint64_t owner;
	uint64_t id;
};

static inline bool range_is_host(const struct range *range)
{
	return range->kind == RANGE_HOST || range->kind == RANGE_REGISTERED;
}

/**
 * ranges_add() - remember a copy of @range, giving it an id
 *
 * Device memory replaces what was remembered of its addresses; for host memory
 * that is an error.  Return: CUDA_SUCCESS, CUDA_ERROR_OUT_OF_MEMORY, or
 * CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED.
 */
CUresult ranges_add(const struct range *range);

/** ranges_find() - a copy of the range that @address lies in; false if there is none */
bool ranges_find(uint64_t address, struct range *range);

/** ranges_touch() - is anything known within [@start, @start + @bytes)? */
bool ranges_touch(uint64_t start, uint64_t bytes);

/** ranges_take() - forget the range of @kind that was asked for at @asked; false if there is none */
bool ranges_take(enum range_kind kind, uint64_t asked, struct range *range);

/** ranges_take_host_of() - forget the host ranges made in @context, and call @end for each */
void ranges_take_host_of(uint64_t context, void (*end)(const struct range *range));

/** ranges_owner_died() - forget device ranges and globals of a context or module */
void ranges_owner_died(uint64_t owner);

#endif
