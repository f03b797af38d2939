/* SPDX-License-Identifier: MIT */
/* callback.c - host functions in a stream: cuLaunchHostFunc, cuStreamAddCallback */
#include <stdlib.h>

#include "softgpu/driver.h"
#include "softgpu/stream.h"
#include "softgpu/work.h"

/* struct callback - the task; one of @function and @callback is set */
struct callback {
	struct task task;
	CUhostFn function;
	CUstreamCallback callback;
	CUstream stream;
	void *data;
};

static void call(struct callback *callback, CUresult status)
{
	driver_callback(true);
	if (callback->function)
		callback->function(callback->data);
	else
		callback->callback(callback->stream, status, callback->data);
	driver_callback(false);
}

static CUresult callback_run(struct task *task)
{
	call(CONTAINER_OF(task, struct callback, task), CUDA_SUCCESS);
	return CUDA_SUCCESS;
}

/* A stream callback is told of the error; a host function is not called after one. */
static void callback_skip(struct task *task, CUresult error)
{
	struct callback *callback = CONTAINER_OF(task, struct callback, task);

	if (callback->callback)
		call(callback, error);
}

static void callback_free(struct task *task)
{
	free(CONTAINER_OF(task, struct callback, task));
}

static void callback_describe(const struct task *task, CUgraphNodeParams *params)
{
	const struct callback *callback = CONTAINER_OF(task, struct callback, task);

	params->host.fn = callback->function;
	params->host.userData = callback->data;
}

/* of host functions only: a stream callback cannot be a node */
static const struct task_kind callback_kind = {
	.type = CU_GRAPH_NODE_TYPE_HOST,
	.describe = callback_describe,
};

static struct task *make(const struct callback *what)
{
	struct callback *callback = malloc(sizeof(*callback));

	if (!callback)
		return NULL;
	*callback = *what;
	callback->task = (struct task){
		.kind = what->function ? &callback_kind : NULL,
		.run = callback_run, .skip = callback_skip, .free = callback_free,
	};
	return &callback->task;
}

CUresult callback_new(CUhostFn function, void *data, struct task **out)
{
	const struct callback what = { .function = function, .data = data };

	if (!function)
		return CUDA_ERROR_INVALID_VALUE;
	*out = make(&what);
	return *out ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

static CUresult submit(const struct callback *what)
{
	struct stream *stream;
	struct task *task;
	CUresult result = stream_resolve(what->stream, &stream);

	if (result)
		return result;
	task = make(what);
	result = task ? stream_submit(stream, task) : CUDA_ERROR_OUT_OF_MEMORY;
	stream_put(stream);
	return result;
}

CUresult cuLaunchHostFunc(CUstream hStream, CUhostFn fn, void *userData)
{
	const struct callback what = { .function = fn, .stream = hStream, .data = userData };
	CUresult result = driver_enter();

	if (result)
		return result;
	return fn ? submit(&what) : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuLaunchHostFunc_ptsz(CUstream hStream, CUhostFn fn, void *userData)
{
	return cuLaunchHostFunc(hStream ? hStream : CU_STREAM_PER_THREAD, fn, userData);
}

CUresult cuStreamAddCallback(CUstream hStream, CUstreamCallback callback, void *userData,
			     unsigned int flags)
{
	const struct callback what = {
		.callback = callback, .stream = hStream, .data = userData,
	};
	CUresult result = driver_enter();

	if (result)
		return result;
	return callback && !flags ? submit(&what) : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuStreamAddCallback_ptsz(CUstream hStream, CUstreamCallback callback, void *userData,
				  unsigned int flags)
{
	return cuStreamAddCallback(hStream ? hStream : CU_STREAM_PER_THREAD, callback, userData,
				   flags);
}
