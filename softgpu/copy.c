/* SPDX-License-Identifier: MIT */
/*
 * copy.c - moving bytes, in a stream
 *
 * Device and host share one address space, so every copy is rows of memmove().  What is left
 * of CUDA's many copies is who checks which pointer, and when the call may return: an
 * asynchronous copy that reads pageable memory has taken the bytes when it returns (small ones
 * into a buffer of its own, large ones by being done), and one that writes pageable memory is
 * done.
 */
#include "softgpu/copy.h"

#include <stdlib.h>
#include <string.h>

#include "softgpu/capture.h"
#include "softgpu/memory.h"
#include "softgpu/stream.h"

#define STAGE_MOST ((size_t)64 << 10)

/**
 * struct copy_task - the task
 * @said:	how the program said it, if copy.said
 * @stage:	the bytes to copy, taken when the call was made; may be NULL
 */
struct copy_task {
	struct task task;
	struct copy copy;
	CUDA_MEMCPY3D said;
	void *stage;
};

static CUresult copy_run(struct task *task)
{
	const struct copy *copy = &CONTAINER_OF(task, struct copy_task, task)->copy;

	for (size_t z = 0; z < copy->depth; z++) {
		uint64_t to = copy->to.address + z * copy->to.slice;
		uint64_t from = copy->from.address + z * copy->from.slice;

		for (size_t y = 0; y < copy->height; y++)
			memmove(memory_pointer(to + y * copy->to.pitch),
				memory_pointer(from + y * copy->from.pitch), copy->width);
	}
	return CUDA_SUCCESS;
}

static void copy_free(struct task *task)
{
	struct copy_task *copy = CONTAINER_OF(task, struct copy_task, task);

	free(copy->stage);
	free(copy);
}

/* span_of() - bytes from the first to the last that an end of a copy touches */
static bool span_of(const struct copy *copy, const struct copy_end *end, uint64_t *span)
{
	uint64_t rows, planes;

	return !__builtin_mul_overflow(end->pitch, copy->height - 1, &rows) &&
	       !__builtin_mul_overflow(end->slice, copy->depth - 1, &planes) &&
	       !__builtin_add_overflow(rows, planes, span) &&
	       !__builtin_add_overflow(*span, copy->width, span);
}

static bool end_valid(const struct copy *copy, const struct copy_end *end)
{
	uint64_t span;

	if (!span_of(copy, end, &span))
		return false;
	if (end->side == COPY_DEVICE)
		return memory_covers(end->address, span);
	return memory_host_valid(memory_pointer(end->address), span);
}

/* may_write() - it is not memory that was registered for the device to read */
static bool may_write(const struct copy_end *end)
{
	struct memory_block block;

	return !memory_find(end->address, &block) || block.kind != MEMORY_REGISTERED ||
	       !(block.flags & CU_MEMHOSTREGISTER_READ_ONLY);
}

static bool is_pageable(const struct copy_end *end)
{
	struct memory_block block;

	return end->side == COPY_HOST && !memory_find(end->address, &block);
}

/* stage() - take what a small linear copy reads; false: it is not small, or no memory */
static bool stage(struct copy_task *task)
{
	struct copy *copy = &task->copy;

	if (copy->height != 1 || copy->depth != 1 || copy->width > STAGE_MOST)
		return false;
	task->stage = malloc(copy->width);
	if (!task->stage)
		return false;
	memcpy(task->stage, memory_pointer(copy->from.address), copy->width);
	copy->from.address = (uintptr_t)task->stage;
	return true;
}

/* end_memory() - the type of memory that a node is said to copy from or to */
static CUmemorytype end_memory(const struct copy_end *end)
{
	struct memory_block block;

	return memory_find(end->address, &block) && block.kind != MEMORY_HOST &&
			       block.kind != MEMORY_REGISTERED ?
		       CU_MEMORYTYPE_DEVICE : CU_MEMORYTYPE_HOST;
}

static void copy_describe(const struct task *task, CUgraphNodeParams *params)
{
	const struct copy_task *copy_task = CONTAINER_OF(task, struct copy_task, task);
	const struct copy *copy = &copy_task->copy;
	CUDA_MEMCPY3D *to = &params->memcpy.copyParams;

	*to = copy_task->said;
	if (copy->said)
		return;
	to->srcMemoryType = end_memory(&copy->from);
	to->srcHost = memory_pointer(copy->from.address);
	to->srcDevice = copy->from.address;
	to->srcPitch = copy->from.pitch ? copy->from.pitch : copy->width;
	to->srcHeight = copy->height;
	to->dstMemoryType = end_memory(&copy->to);
	to->dstHost = memory_pointer(copy->to.address);
	to->dstDevice = copy->to.address;
	to->dstPitch = copy->to.pitch ? copy->to.pitch : copy->width;
	to->dstHeight = copy->height;
	to->WidthInBytes = copy->width;
	to->Height = copy->height;
	to->Depth = copy->depth;
}

static const struct task_kind copy_kind = {
	.type = CU_GRAPH_NODE_TYPE_MEMCPY,
	.describe = copy_describe,
};

static struct copy_task *alloc(const struct copy *copy)
{
	struct copy_task *task = calloc(1, sizeof(*task));

	if (!task)
		return NULL;
	task->task.kind = &copy_kind;
	task->task.run = copy_run;
	task->task.free = copy_free;
	task->copy = *copy;
	if (copy->said) {
		task->said = *copy->said;
		task->copy.said = &task->said;
	}
	return task;
}

CUresult copy_new(const struct copy *copy, struct task **out)
{
	struct copy_task *task;

	if (!copy->width || !copy->height || !copy->depth || !end_valid(copy, &copy->to) ||
	    !end_valid(copy, &copy->from))
		return CUDA_ERROR_INVALID_VALUE;
	task = alloc(copy);
	if (!task)
		return CUDA_ERROR_OUT_OF_MEMORY;
	*out = &task->task;
	return CUDA_SUCCESS;
}

static CUresult start(const struct copy *copy, struct stream *stream, bool async)
{
	struct copy_task *task = alloc(copy);

	if (!task)
		return CUDA_ERROR_OUT_OF_MEMORY;
	if (async && capture_active(stream))
		return stream_submit(stream, &task->task);
	if (async && is_pageable(&copy->to))
		async = false;
	if (async && is_pageable(&copy->from))
		async = stage(task);
	return async ? stream_submit(stream, &task->task) : stream_run(stream, &task->task);
}

CUresult copy_start(const struct copy *copy, CUstream value, bool async)
{
	struct stream *stream;
	CUresult result = stream_resolve(value, &stream);

	if (result)
		return result;
	if (!copy->width || !copy->height || !copy->depth)
		result = CUDA_SUCCESS;
	else if (!end_valid(copy, &copy->to) || !end_valid(copy, &copy->from) || !may_write(&copy->to))
		result = CUDA_ERROR_INVALID_VALUE;
	else
		result = start(copy, stream, async);
	stream_put(stream);
	return result;
}

CUresult copy_linear(uint64_t to, enum copy_side to_side, uint64_t from, enum copy_side from_side,
		     size_t bytes, CUstream stream, bool async)
{
	const struct copy copy = {
		.to = { .side = to_side, .address = to },
		.from = { .side = from_side, .address = from },
		.width = bytes, .height = 1, .depth = 1,
	};

	return copy_start(&copy, stream, async);
}
