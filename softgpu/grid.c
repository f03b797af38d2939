/* SPDX-License-Identifier: MIT */
/*
 * grid.c - a launch as a task
 *
 * A launch is checked and its parameters are copied when the task is made; what the PTX
 * engine finds when the grid runs becomes the context's sticky error.
 */
#include "softgpu/grid.h"

#include <stdlib.h>
#include <string.h>

#include "softgpu/log.h"
#include "softgpu/module.h"

#define MOST_PARAMS ((size_t)32764)

/**
 * struct grid - the task of a launch
 * @asked:	with @values for its parameters
 * @params:	the parameter block, behind @values
 * @values:	where each parameter is in the block
 */
struct grid {
	struct task task;
	struct function *function;
	struct launch launch;
	struct grid_request asked;
	unsigned char *params;
	void *values[];
};

static CUresult grid_run(struct task *task)
{
	const struct grid *grid = CONTAINER_OF(task, struct grid, task);
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

static bool dimensions_valid(const struct grid_request *request)
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
static bool fits_declaration(const struct grid_request *request, const struct kernel_info *info)
{
	if (request->block[0] * request->block[1] * request->block[2] > info->max_threads)
		return false;
	return !info->block[0] || !memcmp(request->block, info->block, sizeof(info->block));
}

/* fits_at_once() - a cooperative grid is resident as a whole */
static bool fits_at_once(const struct grid_request *request, const struct function *function)
{
	int threads = (int)(request->block[0] * request->block[1] * request->block[2]);
	uint64_t most = (uint64_t)DEVICE_SMS *
			(uint64_t)function_blocks_per_sm(function, threads, request->shared);
	uint64_t blocks;

	return !__builtin_mul_overflow((uint64_t)request->grid[0] * request->grid[1],
				       request->grid[2], &blocks) && blocks <= most;
}

/*
 * find_cluster() - what the launch asks for, which must be what the kernel requires if it does.
 * @cluster is zeroes without; false: it cannot be
 */
static bool find_cluster(const struct grid_request *request, const struct function *function,
			 unsigned int cluster[3])
{
	const unsigned int *asked = request->attributes.cluster;
	const bool required = function_cluster(function, cluster);
	uint64_t blocks = 1;

	if (!asked[0] && !required)
		return !function->info.explicit_cluster;
	if (asked[0] && required && memcmp(asked, cluster, sizeof(request->attributes.cluster)))
		return false;
	if (asked[0])
		memcpy(cluster, asked, sizeof(request->attributes.cluster));
	for (int i = 0; i < 3; i++) {
		if (!cluster[i] || cluster[i] > FUNCTION_CLUSTER_MOST || request->grid[i] % cluster[i])
			return false;
		blocks *= cluster[i];
	}
	return blocks <= (uint64_t)function_cluster_blocks(function);
}

static CUresult check(const struct grid_request *request, const struct function *function,
		      unsigned int cluster[3])
{
	if (!dimensions_valid(request) || !fits_declaration(request, &function->info))
		return CUDA_ERROR_INVALID_VALUE;
	if (request->shared > (unsigned int)function_dynamic_shared(function))
		return CUDA_ERROR_INVALID_VALUE;
	if (!find_cluster(request, function, cluster))
		return CUDA_ERROR_INVALID_CLUSTER_SIZE;
	if (request->attributes.cooperative && !fits_at_once(request, function))
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
static CUresult gather(const struct grid_request *request, const struct kernel_info *info, void *to)
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

/* was_kernel() - did the program name a CUkernel? */
static bool was_kernel(const struct grid_request *asked)
{
	struct handle *kernel = handle_get(asked->function, HANDLE_KERNEL);

	handle_put(kernel);
	return kernel;
}

/* A node that was given a CUkernel says that again, and the context it means. */
static void grid_describe(const struct task *task, CUgraphNodeParams *params)
{
	const struct grid_request *asked = &CONTAINER_OF(task, struct grid, task)->asked;
	bool kernel = was_kernel(asked);

	params->kernel = (CUDA_KERNEL_NODE_PARAMS_v3){
		.func = kernel ? NULL : asked->function,
		.kern = kernel ? (CUkernel)asked->function : NULL,
		.ctx = kernel ? context_value(grid_context(task)) : NULL,
		.gridDimX = asked->grid[0],
		.gridDimY = asked->grid[1],
		.gridDimZ = asked->grid[2],
		.blockDimX = asked->block[0],
		.blockDimY = asked->block[1],
		.blockDimZ = asked->block[2],
		.sharedMemBytes = asked->shared,
		.kernelParams = asked->params,
	};
}

static const struct task_kind grid_kind = {
	.type = CU_GRAPH_NODE_TYPE_KERNEL,
	.describe = grid_describe,
};

/* alloc() - takes its own reference to @function; NULL: no memory */
static struct grid *alloc(const struct grid_request *request, struct function *function,
			  const unsigned int cluster[3])
{
	const struct kernel_info *info = &function->info;
	struct context *context = function->module->context;
	struct grid *grid = calloc(1, sizeof(*grid) + info->param_count * sizeof(void *) +
					      info->param_bytes);

	if (!grid)
		return NULL;
	grid->task.kind = &grid_kind;
	grid->task.run = grid_run;
	grid->task.free = grid_free;
	grid->function = handle_ref(&function->handle);
	grid->params = (unsigned char *)&grid->values[info->param_count];
	for (uint32_t i = 0; i < info->param_count; i++)
		grid->values[i] = grid->params + info->params[i].offset;
	grid->asked = *request;
	grid->asked.params = info->param_count ? grid->values : NULL;
	grid->asked.extra = NULL;
	grid->launch = (struct launch){
		.engine = &context->engine,
		.kernel = function->kernel,
		.dynamic_shared = request->shared,
		.params = grid->params,
		.params_bytes = info->param_bytes,
		.cooperative = request->attributes.cooperative,
		.stop = &context->stop,
		.timeout_ms = context->device->timeout_ms,
	};
	memcpy(grid->launch.grid, request->grid, sizeof(request->grid));
	memcpy(grid->launch.block, request->block, sizeof(request->block));
	memcpy(grid->launch.cluster, cluster, sizeof(grid->launch.cluster));
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

static CUresult make(const struct grid_request *request, struct function *function,
		     struct context *context, struct task **out)
{
	unsigned int cluster[3];
	struct grid *grid;
	CUresult result = check(request, function, cluster);

	if (!result && function->module->context != context)
		result = CUDA_ERROR_INVALID_HANDLE;
	if (!result && function->info.param_bytes > MOST_PARAMS)
		result = CUDA_ERROR_INVALID_VALUE;
	if (!result)
		result = prepare(function);
	if (result)
		return result;
	grid = alloc(request, function, cluster);
	if (!grid)
		return CUDA_ERROR_OUT_OF_MEMORY;
	result = gather(request, &function->info, grid->params);
	if (result)
		grid_free(&grid->task);
	else
		*out = &grid->task;
	return result;
}

CUresult grid_new(const struct grid_request *request, struct context *context, struct task **out)
{
	struct function *function;
	CUresult result = function_resolve(request->function, context, &function);

	if (result)
		return result;
	result = make(request, function, context, out);
	function_put(function);
	return result;
}

void grid_request(const struct task *task, struct grid_request *request)
{
	*request = CONTAINER_OF(task, struct grid, task)->asked;
}

struct context *grid_context(const struct task *task)
{
	return CONTAINER_OF(task, struct grid, task)->function->module->context;
}

const char *grid_kernel_name(const struct task *task)
{
	return CONTAINER_OF(task, struct grid, task)->function->info.name;
}
