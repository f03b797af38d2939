/* SPDX-License-Identifier: MIT */
/*
 * launch_kernel.c - cuLaunchKernel and its sisters
 *
 * A launch is checked and its parameters are copied while the call is made; what the PTX
 * engine finds when the grid runs becomes the context's sticky error.
 */
#include <stdlib.h>
#include <string.h>

#include "softgpu/driver.h"
#include "softgpu/event.h"
#include "softgpu/log.h"
#include "softgpu/module.h"
#include "softgpu/stream.h"

#define MOST_PARAMS ((size_t)32764)

/* struct grid - the task of a launch; @params are behind it */
struct grid {
	struct task task;
	struct function *function;
	struct launch launch;
	unsigned char params[];
};

/* struct request - a launch as a program asks for it */
struct request {
	CUfunction function;
	unsigned int grid[3], block[3];
	unsigned int shared;
	CUstream stream;
	void **params, **extra;
	bool cooperative;
	CUevent completion;
};

static CUresult grid_run(struct task *task)
{
	struct grid *grid = CONTAINER_OF(task, struct grid, task);
	struct fault fault = { .result = CUDA_SUCCESS };
	CUresult result = launch_run(&grid->launch, &fault);

	/* What an assertion says the kernel has printed itself. */
	if (result && result != CUDA_ERROR_ASSERT && *fault.text)
		log_error("%s", fault.text);
	return result;
}

static void grid_free(struct task *task)
{
	struct grid *grid = CONTAINER_OF(task, struct grid, task);

	function_put(grid->function);
	free(grid);
}

static bool dimensions_valid(const struct request *request)
{
	static const unsigned int grid_most[3] = { 0x7fffffff, 65535, 65535 };
	static const unsigned int block_most[3] = { 1024, 1024, 64 };

	for (int i = 0; i < 3; i++)
		if (!request->grid[i] || request->grid[i] > grid_most[i] || !request->block[i] ||
		    request->block[i] > block_most[i])
			return false;
	return (uint64_t)request->block[0] * request->block[1] * request->block[2] <=
	       DEVICE_MAX_THREADS;
}

/* fits_declaration() - .maxntid and .reqntid of the kernel */
static bool fits_declaration(const struct request *request, const struct kernel_info *info)
{
	if (request->block[0] * request->block[1] * request->block[2] > info->max_threads)
		return false;
	return !info->block[0] || !memcmp(request->block, info->block, sizeof(info->block));
}

/* fits_at_once() - a cooperative grid is resident as a whole */
static bool fits_at_once(const struct request *request, const struct function *function)
{
	int threads = (int)(request->block[0] * request->block[1] * request->block[2]);
	uint64_t most = (uint64_t)DEVICE_SMS *
			(uint64_t)function_blocks_per_sm(function, threads, request->shared);
	uint64_t blocks;

	return !__builtin_mul_overflow((uint64_t)request->grid[0] * request->grid[1],
				       request->grid[2], &blocks) && blocks <= most;
}

static CUresult check(const struct request *request, const struct function *function)
{
	if (!dimensions_valid(request) || !fits_declaration(request, &function->info))
		return CUDA_ERROR_INVALID_VALUE;
	if (request->shared > (unsigned int)function_dynamic_shared(function))
		return CUDA_ERROR_INVALID_VALUE;
	if (request->cooperative && !fits_at_once(request, function))
		return CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE;
	return CUDA_SUCCESS;
}

/* find_extra() - the buffer and size in the @extra list */
static bool find_extra(void **extra, const void **buffer, size_t *bytes)
{
	const size_t *size = NULL;

	*buffer = NULL;
	for (; *extra != CU_LAUNCH_PARAM_END; extra += 2) {
		if (*extra == CU_LAUNCH_PARAM_BUFFER_POINTER)
			*buffer = extra[1];
		else if (*extra == CU_LAUNCH_PARAM_BUFFER_SIZE)
			size = extra[1];
		else
			return false;
	}
	if (!size)
		return false;
	*bytes = *size;
	return *buffer || !*bytes;
}

/* gather() - lay the parameters out at @to, which is large enough for the kernel's block */
static CUresult gather(const struct request *request, const struct kernel_info *info, void *to)
{
	const void *buffer;
	size_t bytes;

	if (request->extra) {
		if (request->params || !find_extra(request->extra, &buffer, &bytes) ||
		    bytes < info->param_bytes)
			return CUDA_ERROR_INVALID_VALUE;
		if (info->param_bytes)
			memcpy(to, buffer, info->param_bytes);
		return CUDA_SUCCESS;
	}
	if (info->param_count && !request->params)
		return CUDA_ERROR_INVALID_VALUE;
	for (uint32_t i = 0; i < info->param_count; i++) {
		if (!request->params[i])
			return CUDA_ERROR_INVALID_VALUE;
		memcpy((char *)to + info->params[i].offset, request->params[i],
		       info->params[i].bytes);
	}
	return CUDA_SUCCESS;
}

/* grid_new() - takes its own reference to @function; NULL: no memory */
static struct grid *grid_new(const struct request *request, struct function *function)
{
	size_t bytes = function->info.param_bytes;
	struct grid *grid = calloc(1, sizeof(*grid) + bytes);
	struct context *context = function->module->context;

	if (!grid)
		return NULL;
	grid->task.run = grid_run;
	grid->task.free = grid_free;
	grid->function = handle_ref(&function->handle);
	grid->launch = (struct launch){
		.engine = &context->engine,
		.kernel = function->kernel,
		.dynamic_shared = request->shared,
		.params = grid->params,
		.params_bytes = bytes,
		.cooperative = request->cooperative,
		.stop = &context->stop,
	};
	memcpy(grid->launch.grid, request->grid, sizeof(request->grid));
	memcpy(grid->launch.block, request->block, sizeof(request->block));
	return grid;
}

static CUresult prepare(struct function *function)
{
	char log[1024] = "";
	CUresult result = kernel_prepare(function->kernel, log, sizeof(log));

	if (result && *log)
		log_error("%s", log);
	return result;
}

static CUresult submit(const struct request *request, struct function *function,
		       struct stream *stream)
{
	struct grid *grid;
	CUresult result = check(request, function);

	if (!result && function->module->context != stream->context)
		result = CUDA_ERROR_INVALID_HANDLE;
	if (!result && function->info.param_bytes > MOST_PARAMS)
		result = CUDA_ERROR_INVALID_VALUE;
	if (!result)
		result = prepare(function);
	if (result)
		return result;
	grid = grid_new(request, function);
	if (!grid)
		return CUDA_ERROR_OUT_OF_MEMORY;
	result = gather(request, &function->info, grid->params);
	if (result) {
		grid_free(&grid->task);
		return result;
	}
	return driver_launch_blocking() ? stream_run(stream, &grid->task) :
					  stream_submit(stream, &grid->task);
}

/* complete() - record the event that a launch attribute names */
static CUresult complete(const struct request *request, struct stream *stream)
{
	struct event *event;
	CUresult result;

	if (!request->completion)
		return CUDA_SUCCESS;
	event = event_get(request->completion);
	if (!event)
		return CUDA_ERROR_INVALID_HANDLE;
	result = event_record(event, stream);
	handle_put(&event->handle);
	return result;
}

static CUresult launch(const struct request *request)
{
	struct function *function;
	struct stream *stream;
	CUresult result = stream_resolve(request->stream, &stream);

	if (result)
		return result;
	result = function_resolve(request->function, stream->context, &function);
	if (!result) {
		result = submit(request, function, stream);
		if (!result)
			result = complete(request, stream);
		function_put(function);
	}
	stream_put(stream);
	return result;
}

CUresult cuLaunchKernel(CUfunction f, unsigned int gridDimX, unsigned int gridDimY,
			unsigned int gridDimZ, unsigned int blockDimX, unsigned int blockDimY,
			unsigned int blockDimZ, unsigned int sharedMemBytes, CUstream hStream,
			void **kernelParams, void **extra)
{
	const struct request request = {
		.function = f, .stream = hStream, .shared = sharedMemBytes,
		.grid = { gridDimX, gridDimY, gridDimZ },
		.block = { blockDimX, blockDimY, blockDimZ },
		.params = kernelParams, .extra = extra,
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
		.function = f, .stream = hStream, .shared = sharedMemBytes,
		.grid = { gridDimX, gridDimY, gridDimZ },
		.block = { blockDimX, blockDimY, blockDimZ },
		.params = kernelParams, .cooperative = true,
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
		request->cooperative = attribute->value.cooperative != 0;
		return CUDA_SUCCESS;
	case CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION:
		if (attribute->value.clusterDim.x * attribute->value.clusterDim.y *
		    attribute->value.clusterDim.z != 1)
			return CUDA_ERROR_INVALID_CLUSTER_SIZE;
		return CUDA_SUCCESS;
	case CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_EVENT:
		request->completion = attribute->value.programmaticEvent.event;
		return CUDA_SUCCESS;
	case CU_LAUNCH_ATTRIBUTE_LAUNCH_COMPLETION_EVENT:
		request->completion = attribute->value.launchCompletionEvent.event;
		return CUDA_SUCCESS;
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
		.function = f, .stream = config->hStream, .shared = config->sharedMemBytes,
		.grid = { config->gridDimX, config->gridDimY, config->gridDimZ },
		.block = { config->blockDimX, config->blockDimY, config->blockDimZ },
		.params = params, .extra = extra,
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
