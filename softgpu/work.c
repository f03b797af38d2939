/* SPDX-License-Identifier: MIT */
/* work.c - from the parameters of a graph's node to a task, and that into a stream */
#include "softgpu/work.h"

#include <stdlib.h>

#include "softgpu/copy.h"
#include "softgpu/event.h"
#include "softgpu/grid.h"

/* struct again - a task that runs a node's */
struct again {
	struct task task;
	struct task *work;
};

/* struct event_work - what an event node does; work_submit() knows */
struct event_work {
	struct task task;
	struct event *event;
};

/* enter() - the context of a node: @value, or the current one.  With a reference */
static CUresult enter(CUcontext value, struct context **context)
{
	CUresult result;

	if (!value) {
		result = context_enter(context);
		if (!result)
			handle_ref(&(*context)->handle);
		return result;
	}
	*context = context_get(value);
	return *context ? CUDA_SUCCESS : CUDA_ERROR_INVALID_CONTEXT;
}

static CUresult kernel_new(const CUDA_KERNEL_NODE_PARAMS_v3 *params,
			   const struct grid_attributes *attributes, struct task **out)
{
	const struct grid_request request = {
		.function = params->func ? params->func : (CUfunction)params->kern,
		.grid = { params->gridDimX, params->gridDimY, params->gridDimZ },
		.block = { params->blockDimX, params->blockDimY, params->blockDimZ },
		.shared = params->sharedMemBytes,
		.params = params->kernelParams, .extra = params->extra,
		.attributes = *attributes,
	};
	struct context *context;
	CUresult result = enter(params->func ? NULL : params->ctx, &context);

	if (result)
		return result;
	result = grid_new(&request, context, out);
	context_put(context);
	return result;
}

static CUresult batch_node_new(const CUDA_BATCH_MEM_OP_NODE_PARAMS_v2 *params, struct task **out)
{
	struct context *context;
	CUresult result = enter(params->ctx, &context);

	if (result)
		return result;
	result = batch_new(context, params->paramArray, params->count, params->flags, out);
	context_put(context);
	return result;
}

static void event_free(struct task *task)
{
	struct event_work *work = CONTAINER_OF(task, struct event_work, task);

	handle_put(&work->event->handle);
	free(work);
}

static void record_describe(const struct task *task, CUgraphNodeParams *params)
{
	params->eventRecord.event = (CUevent)work_event(task);
}

static void wait_describe(const struct task *task, CUgraphNodeParams *params)
{
	params->eventWait.event = (CUevent)work_event(task);
}

static const struct task_kind record_kind = {
	.type = CU_GRAPH_NODE_TYPE_EVENT_RECORD,
	.describe = record_describe,
};

static const struct task_kind wait_kind = {
	.type = CU_GRAPH_NODE_TYPE_WAIT_EVENT,
	.describe = wait_describe,
};

struct event *work_event(const struct task *work)
{
	return CONTAINER_OF(work, struct event_work, task)->event;
}

static CUresult event_new(CUevent value, const struct task_kind *kind, struct task **out)
{
	struct event_work *work;
	struct event *event = event_get(value);

	if (!event)
		return CUDA_ERROR_INVALID_VALUE;
	work = calloc(1, sizeof(*work));
	if (!work) {
		handle_put(&event->handle);
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	work->event = event;
	work->task.kind = kind;
	work->task.free = event_free;
	*out = &work->task;
	return CUDA_SUCCESS;
}

static CUresult copy_node_new(const CUDA_MEMCPY_NODE_PARAMS *params, struct task **out)
{
	struct context *context;
	CUresult result = enter(params->copyCtx, &context);

	if (result)
		return result;
	context_put(context);
	return params->flags || params->reserved ? CUDA_ERROR_INVALID_VALUE :
						   copy_3d_new(&params->copyParams, out);
}

static CUresult fill_node_new(const CUDA_MEMSET_NODE_PARAMS_v2 *params, struct task **out)
{
	struct context *context;
	CUresult result = enter(params->ctx, &context);

	if (result)
		return result;
	context_put(context);
	return fill_new(params, out);
}

static CUresult make(const CUgraphNodeParams *params, const struct grid_attributes *attributes,
		     struct task **out)
{
	switch (params->type) {
	case CU_GRAPH_NODE_TYPE_KERNEL:
		return kernel_new(&params->kernel, attributes, out);
	case CU_GRAPH_NODE_TYPE_MEMCPY:
		return copy_node_new(&params->memcpy, out);
	case CU_GRAPH_NODE_TYPE_MEMSET:
		return fill_node_new(&params->memset, out);
	case CU_GRAPH_NODE_TYPE_HOST:
		return callback_new(params->host.fn, params->host.userData, out);
	case CU_GRAPH_NODE_TYPE_WAIT_EVENT:
		return event_new(params->eventWait.event, &wait_kind, out);
	case CU_GRAPH_NODE_TYPE_EVENT_RECORD:
		return event_new(params->eventRecord.event, &record_kind, out);
	case CU_GRAPH_NODE_TYPE_BATCH_MEM_OP:
		return batch_node_new(&params->memOp, out);
	case CU_GRAPH_NODE_TYPE_EXT_SEMAS_SIGNAL:
	case CU_GRAPH_NODE_TYPE_EXT_SEMAS_WAIT:
		return CUDA_ERROR_NOT_SUPPORTED;
	default:
		return CUDA_ERROR_INVALID_VALUE;
	}
}

CUresult work_new(const CUgraphNodeParams *params, struct task **out)
{
	const struct grid_attributes attributes = { .carveout = -1 };
	struct task *task;
	CUresult result = make(params, &attributes, &task);

	if (!result)
		*out = work_adopt(task);
	return result;
}

CUresult work_renew(const struct task *old, const CUgraphNodeParams *params, struct task **out)
{
	struct grid_request request;
	struct task *task;
	CUresult result;

	if (params->type != CU_GRAPH_NODE_TYPE_KERNEL)
		return work_new(params, out);
	grid_request(old, &request);
	result = make(params, &request.attributes, &task);
	if (!result)
		*out = work_adopt(task);
	return result;
}

struct task *work_adopt(struct task *task)
{
	task->refs = 1;
	return task;
}

struct task *work_ref(struct task *work)
{
	if (work)
		__atomic_add_fetch(&work->refs, 1, __ATOMIC_RELAXED);
	return work;
}

void work_put(struct task *work)
{
	if (work && __atomic_sub_fetch(&work->refs, 1, __ATOMIC_ACQ_REL) == 0)
		work->free(work);
}

static CUresult again_run(struct task *task)
{
	struct task *work = CONTAINER_OF(task, struct again, task)->work;

	return work->run(work);
}

static void again_skip(struct task *task, CUresult error)
{
	struct task *work = CONTAINER_OF(task, struct again, task)->work;

	work->skip(work, error);
}

static void again_free(struct task *task)
{
	struct again *again = CONTAINER_OF(task, struct again, task);

	work_put(again->work);
	free(again);
}

static CUresult again_submit(struct task *work, struct stream *stream)
{
	struct again *again = calloc(1, sizeof(*again));

	if (!again)
		return CUDA_ERROR_OUT_OF_MEMORY;
	again->work = work_ref(work);
	again->task.run = again_run;
	again->task.skip = work->skip ? again_skip : NULL;
	again->task.free = again_free;
	again->task.instant = work->instant;
	return stream_submit(stream, &again->task);
}

CUresult work_submit(struct task *work, struct stream *stream)
{
	switch (work->kind->type) {
	case CU_GRAPH_NODE_TYPE_EVENT_RECORD:
		return event_record(work_event(work), stream);
	case CU_GRAPH_NODE_TYPE_WAIT_EVENT:
		return event_submit_wait(work_event(work), stream);
	default:
		return work->run ? again_submit(work, stream) : CUDA_SUCCESS;
	}
}
