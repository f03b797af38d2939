/* SPDX-License-Identifier: MIT */
/*
 * pool_alloc.c - cuMemAllocAsync, cuMemFreeAsync
 *
 * An allocation is made while the call is made, which is earlier than the stream's order asks
 * for; a free waits for its turn in the stream.
 */
#include <stdlib.h>

#include "softgpu/capture.h"
#include "softgpu/graph_memory.h"
#include "softgpu/memory.h"
#include "softgpu/pool.h"
#include "softgpu/stream.h"

#define FREEABLE (1u << MEMORY_POOL | 1u << MEMORY_DEVICE)

/* struct release - the task that cuMemFreeAsync() queues */
struct release {
	struct task task;
	uint64_t address;
};

bool pool_account(struct pool *pool, uint64_t bytes)
{
	uint64_t used = __atomic_add_fetch(&pool->used, bytes, __ATOMIC_RELAXED);
	uint64_t high = __atomic_load_n(&pool->used_high, __ATOMIC_RELAXED);

	if (pool->most && used > pool->most) {
		__atomic_sub_fetch(&pool->used, bytes, __ATOMIC_RELAXED);
		return false;
	}
	while (used > high && !__atomic_compare_exchange_n(&pool->used_high, &high, used, true,
							   __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
	return true;
}

void pool_gave_back(const struct memory_block *block)
{
	struct pool *pool = handle_get(block->pool, HANDLE_POOL);

	if (!pool)
		return;
	__atomic_sub_fetch(&pool->used, block->size, __ATOMIC_RELAXED);
	handle_put(&pool->handle);
}

/* alloc_from() - what is freed later in some stream may be what is missing now: wait for that */
static CUresult alloc_from(struct pool *pool, struct stream *stream, size_t bytes,
			   CUdeviceptr *out)
{
	struct memory_block block = {
		.size = bytes, .kind = MEMORY_POOL, .device = pool->device,
		.context = stream->context, .pool = pool,
	};
	uint64_t align = pool->types ? MEMORY_PAGE : MEMORY_ALIGN;
	CUresult result;

	if (!pool_account(pool, bytes))
		return CUDA_ERROR_OUT_OF_MEMORY;
	result = memory_alloc(&block, align);
	if (result) {
		stream_synchronize_context(stream->context);
		result = memory_alloc(&block, align);
	}
	if (result)
		__atomic_sub_fetch(&pool->used, bytes, __ATOMIC_RELAXED);
	else
		*out = block.base;
	return result;
}

CUresult cuMemAllocFromPoolAsync(CUdeviceptr *dptr, size_t bytesize, CUmemoryPool pool,
				 CUstream hStream)
{
	struct stream *stream;
	struct pool *found;
	CUresult result = stream_resolve(hStream, &stream);

	if (result)
		return result;
	found = handle_get(pool, HANDLE_POOL);
	if (!found || found->imported || !dptr)
		result = CUDA_ERROR_INVALID_VALUE;
	else if (bytesize && capture_active(stream))
		result = capture_alloc(stream, bytesize, dptr);
	else if (bytesize)
		result = alloc_from(found, stream, bytesize, dptr);
	else
		*dptr = 0;
	if (found)
		handle_put(&found->handle);
	stream_put(stream);
	return result;
}

CUresult cuMemAllocAsync(CUdeviceptr *dptr, size_t bytesize, CUstream hStream)
{
	struct stream *stream;
	CUmemoryPool pool;
	CUresult result = stream_resolve(hStream, &stream);

	if (result)
		return result;
	result = cuDeviceGetMemPool(&pool, stream->context->device->ordinal);
	stream_put(stream);
	return result ? result : cuMemAllocFromPoolAsync(dptr, bytesize, pool, hStream);
}

static CUresult release_run(struct task *task)
{
	const struct release *release = CONTAINER_OF(task, struct release, task);
	struct memory_block block;

	if (memory_find(release->address, &block) && memory_free(release->address, FREEABLE))
		pool_gave_back(&block);
	return CUDA_SUCCESS;
}

static void release_skip(struct task *task, CUresult error)
{
	release_run(task);
}

static void release_free(struct task *task)
{
	free(CONTAINER_OF(task, struct release, task));
}

CUresult cuMemFreeAsync(CUdeviceptr dptr, CUstream hStream)
{
	struct release *release;
	struct stream *stream;
	CUresult result = stream_resolve(hStream, &stream);

	if (result)
		return result;
	if (capture_active(stream) || graph_memory_is(dptr)) {
		result = capture_active(stream) ? capture_free(stream, dptr) :
						  graph_memory_give_back(dptr, stream);
		stream_put(stream);
		return result;
	}
	release = dptr ? calloc(1, sizeof(*release)) : NULL;
	if (dptr && !release) {
		result = CUDA_ERROR_OUT_OF_MEMORY;
	} else if (dptr && !memory_claim(dptr, FREEABLE)) {
		free(release);
		result = CUDA_ERROR_INVALID_VALUE;
	} else if (dptr) {
		release->task.run = release_run;
		release->task.skip = release_skip;
		release->task.free = release_free;
		release->task.instant = true;
		release->address = dptr;
		result = stream_submit(stream, &release->task);
	}
	stream_put(stream);
	return result;
}
