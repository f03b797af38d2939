/* SPDX-License-Identifier: MIT */
/* stream_value.c - cuStreamWaitValue*, cuStreamWriteValue*, cuStreamBatchMemOp: words in memory */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "softgpu/memory.h"
#include "softgpu/stream.h"
#include "softgpu/work.h"

#define MOST_OPERATIONS 256
#define POLL_NS		20000

/* struct operation - one wait for, or write of, a word of 4 or 8 bytes */
struct operation {
	uint64_t address, value;
	unsigned int bytes, flags;
	bool wait;
};

/**
 * struct batch - the task
 * @context:	with a reference; its end ends the waiting
 * @asked:	as the program said it
 */
struct batch {
	struct task task;
	struct context *context;
	CUstreamBatchMemOpParams *asked;
	unsigned int asked_count;
	unsigned int count;
	struct operation operations[];
};

static bool holds(const struct operation *operation)
{
	uint64_t now, wanted = operation->value;
	int64_t ahead;

	if (operation->bytes == 4) {
		now = __atomic_load_n((uint32_t *)memory_pointer(operation->address),
				      __ATOMIC_ACQUIRE);
		ahead = (int32_t)((uint32_t)now - (uint32_t)wanted);
	} else {
		now = __atomic_load_n((uint64_t *)memory_pointer(operation->address),
				      __ATOMIC_ACQUIRE);
		ahead = (int64_t)(now - wanted);
	}
	switch (operation->flags & 3) {
	case CU_STREAM_WAIT_VALUE_EQ:
		return now == wanted;
	case CU_STREAM_WAIT_VALUE_AND:
		return now & wanted;
	case CU_STREAM_WAIT_VALUE_NOR:
		return operation->bytes == 4 ? (uint32_t)~(now | wanted) != 0 :
					       ~(now | wanted) != 0;
	default:
		return ahead >= 0;
	}
}

static void write_word(const struct operation *operation)
{
	void *at = memory_pointer(operation->address);

	if (operation->bytes == 4)
		__atomic_store_n((uint32_t *)at, (uint32_t)operation->value, __ATOMIC_RELEASE);
	else
		__atomic_store_n((uint64_t *)at, operation->value, __ATOMIC_RELEASE);
}

static CUresult batch_run(struct task *task)
{
	const struct batch *batch = CONTAINER_OF(task, struct batch, task);
	const struct timespec pause = { .tv_nsec = POLL_NS };

	for (unsigned int i = 0; i < batch->count; i++) {
		if (!batch->operations[i].wait) {
			write_word(&batch->operations[i]);
			continue;
		}
		while (!holds(&batch->operations[i]) && !batch->context->stop)
			nanosleep(&pause, NULL);
	}
	return CUDA_SUCCESS;
}

static void batch_free(struct task *task)
{
	struct batch *batch = CONTAINER_OF(task, struct batch, task);

	context_put(batch->context);
	free(batch->asked);
	free(batch);
}

static bool valid(const struct operation *operation)
{
	if (operation->address % operation->bytes)
		return false;
	if (operation->wait && operation->flags & ~3u)
		return false;
	return memory_covers(operation->address, operation->bytes);
}

/* translate() - false: there is no such operation.  Barriers need nothing done. */
static bool translate(const CUstreamBatchMemOpParams *from, struct operation *to,
		      unsigned int *count)
{
	switch (from->operation) {
	case CU_STREAM_MEM_OP_WAIT_VALUE_32:
	case CU_STREAM_MEM_OP_WAIT_VALUE_64:
		to[(*count)++] = (struct operation){
			.address = from->waitValue.address,
			.value = from->operation == CU_STREAM_MEM_OP_WAIT_VALUE_32 ?
					 from->waitValue.value : from->waitValue.value64,
			.bytes = from->operation == CU_STREAM_MEM_OP_WAIT_VALUE_32 ? 4 : 8,
			.flags = from->waitValue.flags, .wait = true,
		};
		return true;
	case CU_STREAM_MEM_OP_WRITE_VALUE_32:
	case CU_STREAM_MEM_OP_WRITE_VALUE_64:
		to[(*count)++] = (struct operation){
			.address = from->writeValue.address,
			.value = from->operation == CU_STREAM_MEM_OP_WRITE_VALUE_32 ?
					 from->writeValue.value : from->writeValue.value64,
			.bytes = from->operation == CU_STREAM_MEM_OP_WRITE_VALUE_32 ? 4 : 8,
		};
		return !(from->writeValue.flags &
			 ~(unsigned int)CU_STREAM_WRITE_VALUE_NO_MEMORY_BARRIER);
	case CU_STREAM_MEM_OP_BARRIER:
		return true;
	default:
		return false;
	}
}

static void batch_describe(const struct task *task, CUgraphNodeParams *params)
{
	const struct batch *batch = CONTAINER_OF(task, struct batch, task);

	params->memOp.ctx = context_value(batch->context);
	params->memOp.count = batch->asked_count;
	params->memOp.paramArray = batch->asked;
}

static const struct task_kind batch_kind = {
	.type = CU_GRAPH_NODE_TYPE_BATCH_MEM_OP,
	.describe = batch_describe,
};

static CUresult fill(struct batch *batch)
{
	for (unsigned int i = 0; i < batch->asked_count; i++)
		if (!translate(&batch->asked[i], batch->operations, &batch->count))
			return CUDA_ERROR_INVALID_VALUE;
	for (unsigned int i = 0; i < batch->count; i++)
		if (!valid(&batch->operations[i]))
			return CUDA_ERROR_INVALID_VALUE;
	return CUDA_SUCCESS;
}

CUresult batch_new(struct context *context, const CUstreamBatchMemOpParams *asked,
		   unsigned int count, unsigned int flags, struct task **out)
{
	struct batch *batch;
	CUresult result;

	if (!asked || !count || count > MOST_OPERATIONS || flags)
		return CUDA_ERROR_INVALID_VALUE;
	batch = calloc(1, sizeof(*batch) + count * sizeof(*batch->operations));
	if (!batch)
		return CUDA_ERROR_OUT_OF_MEMORY;
	batch->task.kind = &batch_kind;
	batch->task.run = batch_run;
	batch->task.free = batch_free;
	batch->context = handle_ref(&context->handle);
	batch->asked_count = count;
	batch->asked = malloc(count * sizeof(*asked));
	if (batch->asked)
		memcpy(batch->asked, asked, count * sizeof(*asked));
	result = batch->asked ? fill(batch) : CUDA_ERROR_OUT_OF_MEMORY;
	if (result)
		batch_free(&batch->task);
	else
		*out = &batch->task;
	return result;
}

CUresult cuStreamBatchMemOp_v2(CUstream value, unsigned int count,
			       CUstreamBatchMemOpParams *paramArray, unsigned int flags)
{
	struct stream *stream;
	struct task *task;
	CUresult result = stream_resolve(value, &stream);

	if (result)
		return result;
	result = batch_new(stream->context, paramArray, count, flags, &task);
	if (!result)
		result = stream_submit(stream, task);
	stream_put(stream);
	return result;
}

static CUresult wait_value(CUstream stream, CUstreamBatchMemOpType operation, CUdeviceptr address,
			   cuuint64_t value, unsigned int flags)
{
	CUstreamBatchMemOpParams params = { .operation = operation };

	params.waitValue.address = address;
	params.waitValue.value64 = value;
	params.waitValue.flags = flags;
	return cuStreamBatchMemOp_v2(stream, 1, &params, 0);
}

static CUresult write_value(CUstream stream, CUstreamBatchMemOpType operation, CUdeviceptr address,
			    cuuint64_t value, unsigned int flags)
{
	CUstreamBatchMemOpParams params = { .operation = operation };

	params.writeValue.address = address;
	params.writeValue.value64 = value;
	params.writeValue.flags = flags;
	return cuStreamBatchMemOp_v2(stream, 1, &params, 0);
}

CUresult cuStreamWaitValue32_v2(CUstream stream, CUdeviceptr addr, cuuint32_t value,
				unsigned int flags)
{
	return wait_value(stream, CU_STREAM_MEM_OP_WAIT_VALUE_32, addr, value, flags);
}

CUresult cuStreamWaitValue64_v2(CUstream stream, CUdeviceptr addr, cuuint64_t value,
				unsigned int flags)
{
	return wait_value(stream, CU_STREAM_MEM_OP_WAIT_VALUE_64, addr, value, flags);
}

CUresult cuStreamWriteValue32_v2(CUstream stream, CUdeviceptr addr, cuuint32_t value,
				 unsigned int flags)
{
	return write_value(stream, CU_STREAM_MEM_OP_WRITE_VALUE_32, addr, value, flags);
}

CUresult cuStreamWriteValue64_v2(CUstream stream, CUdeviceptr addr, cuuint64_t value,
				 unsigned int flags)
{
	return write_value(stream, CU_STREAM_MEM_OP_WRITE_VALUE_64, addr, value, flags);
}
