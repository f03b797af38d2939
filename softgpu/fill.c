/* SPDX-License-Identifier: MIT */
/* fill.c - cuMemset*: one element over and over, in a stream */
#include <stdlib.h>
#include <string.h>

#include "softgpu/copy.h"
#include "softgpu/memory.h"
#include "softgpu/peer.h"
#include "softgpu/stream.h"

#define SYNC  false
#define ASYNC true

/* struct fill - the task; @value has the element in its lowest bytes */
struct fill {
	struct task task;
	uint64_t to;
	size_t pitch, width, height;	/* width in elements */
	unsigned int element;
	unsigned int value;
};

static CUstream own(CUstream stream)
{
	return stream ? stream : CU_STREAM_PER_THREAD;
}

static void fill_row(void *row, const struct fill *fill)
{
	uint16_t *halves = row;
	uint32_t *words = row;

	switch (fill->element) {
	case 1:
		memset(row, (int)(fill->value & 0xff), fill->width);
		break;
	case 2:
		for (size_t i = 0; i < fill->width; i++)
			halves[i] = (uint16_t)fill->value;
		break;
	case 4:
		for (size_t i = 0; i < fill->width; i++)
			words[i] = fill->value;
		break;
	}
}

static CUresult fill_run(struct task *task)
{
	const struct fill *fill = CONTAINER_OF(task, struct fill, task);

	for (size_t y = 0; y < fill->height; y++)
		fill_row(memory_pointer(fill->to + y * fill->pitch), fill);
	return CUDA_SUCCESS;
}

static void fill_free(struct task *task)
{
	free(CONTAINER_OF(task, struct fill, task));
}

/* fill_valid() - is all of it in one block, and aligned? */
static bool fill_valid(const struct fill *fill)
{
	uint64_t row, span;

	if (fill->to % fill->element)
		return false;
	if (__builtin_mul_overflow(fill->width, fill->element, &row))
		return false;
	if (fill->height > 1 && (fill->pitch < row || fill->pitch % fill->element))
		return false;
	if (__builtin_mul_overflow(fill->pitch, fill->height - 1, &span) ||
	    __builtin_add_overflow(span, row, &span))
		return false;
	return memory_covers(fill->to, span);
}

static void fill_describe(const struct task *task, CUgraphNodeParams *params)
{
	const struct fill *fill = CONTAINER_OF(task, struct fill, task);

	params->memset = (CUDA_MEMSET_NODE_PARAMS_v2){
		.dst = fill->to, .pitch = fill->pitch, .value = fill->value,
		.elementSize = fill->element, .width = fill->width, .height = fill->height,
	};
}

static const struct task_kind fill_kind = {
	.type = CU_GRAPH_NODE_TYPE_MEMSET,
	.describe = fill_describe,
};

static CUresult make(const struct fill *fill, struct task **out)
{
	struct fill *task;

	if (!fill_valid(fill))
		return CUDA_ERROR_INVALID_VALUE;
	task = malloc(sizeof(*task));
	if (!task)
		return CUDA_ERROR_OUT_OF_MEMORY;
	*task = *fill;
	task->task = (struct task){ .kind = &fill_kind, .run = fill_run, .free = fill_free };
	*out = &task->task;
	return CUDA_SUCCESS;
}

CUresult fill_new(const CUDA_MEMSET_NODE_PARAMS_v2 *params, struct task **out)
{
	const struct fill fill = {
		.to = params->dst, .pitch = params->pitch, .width = params->width,
		.height = params->height, .element = params->elementSize, .value = params->value,
	};

	if (fill.element != 1 && fill.element != 2 && fill.element != 4)
		return CUDA_ERROR_INVALID_VALUE;
	return fill.width && fill.height ? make(&fill, out) : CUDA_ERROR_INVALID_VALUE;
}

/* Memory of another device only if the stream's may use it, as an H200 has it */
static bool may_fill(const struct fill *fill, const struct stream *stream)
{
	struct memory_block block;

	return !memory_find(fill->to, &block) || peer_may_use(stream->context, &block);
}

static CUresult start(const struct fill *fill, struct stream *stream, bool async)
{
	struct task *task;
	CUresult result;

	if (!fill->width || !fill->height)
		return CUDA_SUCCESS;
	result = may_fill(fill, stream) ? make(fill, &task) : CUDA_ERROR_INVALID_VALUE;
	if (result)
		return result;
	return async ? stream_submit(stream, task) : stream_run(stream, task);
}

CUresult fill_start(CUdeviceptr to, size_t pitch, unsigned int value, unsigned int element,
		    size_t width, size_t height, CUstream value_stream, bool async)
{
	struct stream *stream;
	const struct fill fill = {
		.to = to, .pitch = pitch, .width = width, .height = height,
		.element = element, .value = value,
	};
	CUresult result = stream_resolve(value_stream, &stream);

	if (result)
		return result;
	result = start(&fill, stream, async);
	stream_put(stream);
	return result;
}

/* All twenty-four: three widths of element, one row or many, whose stream */
#define FILL(bits, type)                                                                           \
	CUresult cuMemsetD##bits##_v2(CUdeviceptr to, type value, size_t n)                        \
	{                                                                                          \
		return fill_start(to, 0, value, bits / 8, n, 1, CU_STREAM_LEGACY, SYNC);           \
	}                                                                                          \
	CUresult cuMemsetD##bits##_v2_ptds(CUdeviceptr to, type value, size_t n)                   \
	{                                                                                          \
		return fill_start(to, 0, value, bits / 8, n, 1, CU_STREAM_PER_THREAD, SYNC);       \
	}                                                                                          \
	CUresult cuMemsetD##bits##Async(CUdeviceptr to, type value, size_t n, CUstream stream)     \
	{                                                                                          \
		return fill_start(to, 0, value, bits / 8, n, 1, stream, ASYNC);                    \
	}                                                                                          \
	CUresult cuMemsetD##bits##Async_ptsz(CUdeviceptr to, type value, size_t n,                 \
					     CUstream stream)                                      \
	{                                                                                          \
		return fill_start(to, 0, value, bits / 8, n, 1, own(stream), ASYNC);               \
	}                                                                                          \
	CUresult cuMemsetD2D##bits##_v2(CUdeviceptr to, size_t pitch, type value, size_t width,    \
					size_t height)                                             \
	{                                                                                          \
		return fill_start(to, pitch, value, bits / 8, width, height, CU_STREAM_LEGACY,     \
				  SYNC);                                                           \
	}                                                                                          \
	CUresult cuMemsetD2D##bits##_v2_ptds(CUdeviceptr to, size_t pitch, type value,             \
					     size_t width, size_t height)                          \
	{                                                                                          \
		return fill_start(to, pitch, value, bits / 8, width, height, CU_STREAM_PER_THREAD, \
				  SYNC);                                                           \
	}                                                                                          \
	CUresult cuMemsetD2D##bits##Async(CUdeviceptr to, size_t pitch, type value, size_t width,  \
					  size_t height, CUstream stream)                          \
	{                                                                                          \
		return fill_start(to, pitch, value, bits / 8, width, height, stream, ASYNC);       \
	}                                                                                          \
	CUresult cuMemsetD2D##bits##Async_ptsz(CUdeviceptr to, size_t pitch, type value,           \
					       size_t width, size_t height, CUstream stream)       \
	{                                                                                          \
		return fill_start(to, pitch, value, bits / 8, width, height, own(stream), ASYNC);  \
	}

FILL(8, unsigned char)
FILL(16, unsigned short)
FILL(32, unsigned int)
