/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_POOL_H
#define SOFTGPU_POOL_H

#include "softgpu/api.h"

#include <stdbool.h>
#include <stdint.h>

#include "softgpu/device.h"
#include "softgpu/handle.h"
#include "softgpu/memory.h"
#include "softgpu/share.h"

/**
 * struct pool - a memory pool: what it was asked to do, and how much came from it
 * @device:	its memory is on
 * @most:	bytes it may have given out at once; 0 is no limit
 * @reuse:	CU_MEMPOOL_ATTR_REUSE_* 1 .. 3, as set
 * @threshold:	CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, as set
 * @access:	atomic; other devices that may use its memory, 1 << ordinal each
 * @id:		never reused
 * @types:	CUmemAllocationHandleType it may be exported as
 * @origin:	what the process that exported it calls it, if it was @imported: such a pool gives
 *		no memory of its own
 * @used, @used_high: atomic; bytes given out now, and at most since it was reset
 *
 * A pool keeps no memory of its own: what is freed goes back to the device at once.
 */
struct pool {
	struct handle handle;
	struct device *device;
	uint64_t most;
	int reuse[3];
	uint64_t threshold;
	unsigned int access;
	unsigned long long id;
	CUmemAllocationHandleType types;
	bool imported;
	struct share_name origin;
	uint64_t used, used_high;
};

/* pool_new() - published; the caller has a reference besides the table's.  NULL: no memory */
struct pool *pool_new(struct device *device, uint64_t most);

/* pool_find() - of a handle, with a reference.  CUDA_ERROR_INVALID_VALUE; driver_enter()'s errors */
CUresult pool_find(CUmemoryPool value, struct pool **pool);

/* pool_account() - @bytes more are given out; false if that is more than the pool may */
bool pool_account(struct pool *pool, uint64_t bytes);


/* pool_default() - of a device, made when first asked for; NULL: no memory */
struct pool *pool_default(struct device *device);

/* pool_gave_back() - a block was freed: if it came from a pool that is still there, it counts */
void pool_gave_back(const struct memory_block *block);

#endif /* SOFTGPU_POOL_H */
