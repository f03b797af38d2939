/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_ALLOCATION_H
#define SOFTGPU_ALLOCATION_H

#include "softgpu/api.h"

#include <stdint.h>

#include "softgpu/device.h"
#include "softgpu/handle.h"

/* Sizes, offsets and addresses of mappings are multiples of this */
enum { ALLOCATION_GRAIN = 2 << 20 };

/**
 * struct allocation - device memory without an address (cuMemCreate)
 * @size:	bytes
 * @fd:		a memfd with its contents; what is mapped, and what other processes get
 * @types:	CUmemAllocationHandleType it may be exported as
 * @imported:	another process's: it does not count as memory of this one
 * @users:	cuMemCreate, cuMemRetainAllocationHandle and imports not yet released; under a lock
 */
struct allocation {
	struct handle handle;
	struct device *device;
	uint64_t size;
	int fd;
	CUmemAllocationHandleType types;
	bool imported;
	unsigned int users;
};

/* allocation_retain() - one more user of an allocation that is held */
void allocation_retain(struct allocation *allocation);

static inline struct allocation *allocation_get(CUmemGenericAllocationHandle value)
{
	return handle_get((const void *)(uintptr_t)value, HANDLE_ALLOCATION);
}

static inline CUmemGenericAllocationHandle allocation_value(const struct allocation *allocation)
{
	return (uintptr_t)allocation;
}

#endif /* SOFTGPU_ALLOCATION_H */
