/* SPDX-License-Identifier: MIT */
/* stream_value.c - cuStreamWaitValue*, cuStreamWriteValue*, cuStreamBatchMemOp: words in memory */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "softgpu/driver.h"
#include "softgpu/memory.h"
#include "softgpu/stream.h"

#define MOST_OPERATIONS 256
#define POLL_NS		20000

/* struct operation - one wait for, or write of, a word of 4 or 8 bytes */
struct operation {
	uint64_t address, value;
	unsigned int bytes, flags;
	bool wait;
};

/* struct batch - the task */
struct batch {
	struct task task;
	const struct context *context;
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
	free(CONTAINER_OF(task, struct batch, task));
}

static bool valid(const struct operation *operation)
{
	if (operation->address % operation->bytes)
		return false;
	if (operation->wait && operation->flags & ~3u)
		return false;
	return memory_covers(operation->address, operation->bytes);
}

static CUresult submit(CUstream value, const struct operation *operations, unsigned int count)
{
	struct stream *stream;
	struct batch *batch;
	CUresult result = stream_resolve(value, &stream);

	if (result)
		return result;
	for (unsigned int i = 0; i < count && !result; i++)
		if (!valid(&operations[i]))
			result = CUDA_ERROR_INVALID_VALUE;
	batch = calloc(1, sizeof(*batch) + count * sizeof(*operations));
	if (!result && !batch)
		result = CUDA_ERROR_OUT_OF_MEMORY;
	if (result) {
		free(batch);
	} else {
		batch->task.run = batch_run;
		batch->task.free = batch_free;
		batch->context = stream->context;
		batch->count = count;
		memcpy(batch->operations, operations, count * sizeof(*operations));
		result = stream_submit(stream, &batch->task);
	}
	stream_put(stream);
	return result;
}

static CUresult one(CUstream stream, CUdeviceptr address, uint64_t value, unsigned int bytes,
		    unsigned int flags, bool wait)
{
	const struct operation operation = {
		.address = address, .value = value, .bytes = bytes, .flags = flags, .wait = wait,
	};

	return submit(stream, &operation, 1);
}

CUresult cuStreamWaitValue32_v2(CUstream stream, CUdeviceptr addr, cuuint32_t value,
				unsigned int flags)
{
	return one(stream, addr, value, 4, flags, true);
}

CUresult cuStreamWaitValue64_v2(CUstream stream, CUdeviceptr addr, cuuint64_t value,
				unsigned int flags)
{
	return one(stream, addr, value, 8, flags, true);
}

CUresult cuStreamWriteValue32_v2(CUstream stream, CUdeviceptr addr, cuuint32_t value,
				 unsigned int flags)
{
	if (flags & ~(unsigned int)CU_STREAM_WRITE_VALUE_NO_MEMORY_BARRIER)
		return CUDA_ERROR_INVALID_VALUE;
	return one(stream, addr, value, 4, 0, false);
}

CUresult cuStreamWriteValue64_v2(CUstream stream, CUdeviceptr addr, cuuint64_t value,
				 unsigned int flags)
{
	if (flags & ~(unsigned int)CU_STREAM_WRITE_VALUE_NO_MEMORY_BARRIER)
		return CUDA_ERROR_INVALID_VALUE;
	return one(stream, addr, value, 8, 0, false);
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
		return true;
	case CU_STREAM_MEM_OP_BARRIER:
		return true;
	default:
		return false;
	}
}

CUresult cuStreamBatchMemOp_v2(CUstream stream, unsigned int count,
			       CUstreamBatchMemOpParams *paramArray, unsigned int flags)
{
	struct operation operations[MOST_OPERATIONS];
	unsigned int used = 0;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!paramArray || !count || count > MOST_OPERATIONS || flags)
		return CUDA_ERROR_INVALID_VALUE;
	for (unsigned int i = 0; i < count; i++)
		if (!translate(&paramArray[i], operations, &used))
			return CUDA_ERROR_INVALID_VALUE;
	return submit(stream, operations, used);
}
