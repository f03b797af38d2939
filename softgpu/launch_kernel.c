/* SPDX-License-Identifier: MIT */
/* launch_kernel.c - cuLaunchKernel and its sisters: a grid of a kernel, into a stream */
#include "softgpu/capture.h"
#include "softgpu/driver.h"
#include "softgpu/event.h"
#include "softgpu/grid.h"

/*
 * struct request - a launch as a program asks for it
 * @prioritised:	its priority is its own, else the stream's
 * @programmatic, @completion:	events that launch attributes name, or NULL
 */
struct request {
	struct grid_request kernel;
	CUstream stream;
	bool prioritised;
	CUevent programmatic, completion;
};

/*
 * check_event() - may a launch attribute name it?
 * Source: CUDA Driver API, CUlaunchAttributeID: without timing, and of this process
 */
static CUresult check_event(CUevent value, int flags)
{
	struct event *event = event_get(value);
	CUresult result = CUDA_SUCCESS;

	if (!event)
		return CUDA_ERROR_INVALID_HANDLE;
	if (flags || !(event->flags & CU_EVENT_DISABLE_TIMING) || event->shared)
		result = CUDA_ERROR_INVALID_VALUE;
	handle_put(&event->handle);
	return result;
}

/* record() - an event that a launch attribute names, if any */
static CUresult record(CUevent event, CUstream stream)
{
	return event ? cuEventRecord(event, stream) : CUDA_SUCCESS;
}

static CUresult submit(struct stream *stream, struct task *task)
{
	if (driver_launch_blocking() && !capture_active(stream))
		return stream_run(stream, task);
	return stream_submit(stream, task);
}

static CUresult launch(const struct request *request)
{
	struct grid_request kernel = request->kernel;
	struct stream *stream;
	struct task *task;
	CUresult result = stream_resolve(request->stream, &stream);

	if (result)
		return result;
	/* Source: CUDA Driver API, cuGraphAddKernelNode */
	if (kernel.attributes.cooperative && kernel.extra && capture_active(stream))
		result = CUDA_ERROR_INVALID_VALUE;
	if (!request->prioritised)
		kernel.attributes.priority = stream->priority;
	if (!result)
		result = grid_new(&kernel, stream->context, &task);
	if (!result)
		result = submit(stream, task);
	if (!result)
		result = record(request->programmatic, request->stream);
	if (!result)
		result = record(request->completion, request->stream);
	stream_put(stream);
	return result;
}

CUresult cuLaunchKernel(CUfunction f, unsigned int gridDimX, unsigned int gridDimY,
			unsigned int gridDimZ, unsigned int blockDimX, unsigned int blockDimY,
			unsigned int blockDimZ, unsigned int sharedMemBytes, CUstream hStream,
			void **kernelParams, void **extra)
{
	const struct request request = {
		.stream = hStream,
		.kernel = {
			.function = f, .shared = sharedMemBytes,
			.grid = { gridDimX, gridDimY, gridDimZ },
			.block = { blockDimX, blockDimY, blockDimZ },
			.params = kernelParams, .extra = extra,
			.attributes = { .carveout = -1 },
		},
	};

	return launch(&request);
}

CUresult cuLaunchKernel_ptsz(CUfunction f, unsigned int gridDimX, unsigned int gridDimY,
			     unsigned int gridDimZ, unsigned int blockDimX, unsigned int blockDimY,
			     unsigned int blockDimZ, unsigned int sharedMemBytes, CUstream hStream,
			     void **kernelParams, void **extra)
{
	return cuLaunchKernel(f, gridDimX, gridDimY, gridDimZ, blockDimX, blockDimY, blockDimZ,
			      sharedMemBytes, hStream ? hStream : CU_STREAM_PER_THREAD,
			      kernelParams, extra);
}

CUresult cuLaunchCooperativeKernel(CUfunction f, unsigned int gridDimX, unsigned int gridDimY,
				   unsigned int gridDimZ, unsigned int blockDimX,
				   unsigned int blockDimY, unsigned int blockDimZ,
				   unsigned int sharedMemBytes, CUstream hStream,
				   void **kernelParams)
{
	const struct request request = {
		.stream = hStream,
		.kernel = {
			.function = f, .shared = sharedMemBytes,
			.grid = { gridDimX, gridDimY, gridDimZ },
			.block = { blockDimX, blockDimY, blockDimZ },
			.params = kernelParams,
			.attributes = { .cooperative = true, .carveout = -1 },
		},
	};

	return launch(&request);
}

CUresult cuLaunchCooperativeKernel_ptsz(CUfunction f, unsigned int gridDimX, unsigned int gridDimY,
					unsigned int gridDimZ, unsigned int blockDimX,
					unsigned int blockDimY, unsigned int blockDimZ,
					unsigned int sharedMemBytes, CUstream hStream,
					void **kernelParams)
{
	return cuLaunchCooperativeKernel(f, gridDimX, gridDimY, gridDimZ, blockDimX, blockDimY,
					 blockDimZ, sharedMemBytes,
					 hStream ? hStream : CU_STREAM_PER_THREAD, kernelParams);
}

/* apply_attribute() - one of cuLaunchKernelEx; those that are hints about speed change nothing */
static CUresult apply_attribute(const CUlaunchAttribute *attribute, struct request *request)
{
	switch (attribute->id) {
	case CU_LAUNCH_ATTRIBUTE_COOPERATIVE:
		request->kernel.attributes.cooperative = attribute->value.cooperative != 0;
		return CUDA_SUCCESS;
	case CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION:
		if (!attribute->value.clusterDim.x)
			return CUDA_ERROR_INVALID_CLUSTER_SIZE;
		request->kernel.attributes.cluster[0] = attribute->value.clusterDim.x;
		request->kernel.attributes.cluster[1] = attribute->value.clusterDim.y;
		request->kernel.attributes.cluster[2] = attribute->value.clusterDim.z;
		return CUDA_SUCCESS;
	case CU_LAUNCH_ATTRIBUTE_PRIORITY:
		request->kernel.attributes.priority = attribute->value.priority;
		request->prioritised = true;
		return CUDA_SUCCESS;
	case CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_EVENT:
		request->programmatic = attribute->value.programmaticEvent.event;
		return check_event(request->programmatic, attribute->value.programmaticEvent.flags);
	case CU_LAUNCH_ATTRIBUTE_LAUNCH_COMPLETION_EVENT:
		request->completion = attribute->value.launchCompletionEvent.event;
		return check_event(request->completion,
				   attribute->value.launchCompletionEvent.flags);
	case CU_LAUNCH_ATTRIBUTE_DEVICE_UPDATABLE_KERNEL_NODE:
		return CUDA_ERROR_NOT_SUPPORTED;
	default:
		return (unsigned int)attribute->id < CU_LAUNCH_ATTRIBUTE_MAX ?
			       CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
	}
}

static CUresult launch_ex(const CUlaunchConfig *config, CUfunction f, void **params, void **extra,
			  bool per_thread)
{
	struct request request;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!config || (config->numAttrs && !config->attrs))
		return CUDA_ERROR_INVALID_VALUE;
	request = (struct request){
		.stream = config->hStream,
		.kernel = {
			.function = f, .shared = config->sharedMemBytes,
			.grid = { config->gridDimX, config->gridDimY, config->gridDimZ },
			.block = { config->blockDimX, config->blockDimY, config->blockDimZ },
			.params = params, .extra = extra,
			.attributes = { .carveout = -1 },
		},
	};
	if (per_thread && !request.stream)
		request.stream = CU_STREAM_PER_THREAD;
	for (unsigned int i = 0; i < config->numAttrs && !result; i++)
		result = apply_attribute(&config->attrs[i], &request);
	return result ? result : launch(&request);
}

CUresult cuLaunchKernelEx(const CUlaunchConfig *config, CUfunction f, void **kernelParams,
			  void **extra)
{
	return launch_ex(config, f, kernelParams, extra, false);
}

CUresult cuLaunchKernelEx_ptsz(const CUlaunchConfig *config, CUfunction f, void **kernelParams,
			       void **extra)
{
	return launch_ex(config, f, kernelParams, extra, true);
}
