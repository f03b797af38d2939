/* SPDX-License-Identifier: MIT */
/*
 * Kernel launches.
 *
 * For f<<<grid, block>>>(x) the program pushes the configuration, evaluates the
 * arguments (which may launch kernels of their own, hence a stack) and calls the
 * host stub of f, which pops the configuration and launches.
 */
#include <limits.h>
#include "fatbin.h"
#include "launch.h"

/* Launches under way inside the arguments of others. */
#define CONFIGURATIONS_MAX 64

static __thread struct {
	unsigned int depth;
	struct configuration stack[CONFIGURATIONS_MAX];
} pending;

cudaError_t configuration_push(struct configuration configuration)
{
	if (pending.depth >= CONFIGURATIONS_MAX)
		return cudaErrorLaunchMaxDepthExceeded;
	pending.stack[pending.depth++] = configuration;
	return cudaSuccess;
}

cudaError_t configuration_pop(struct configuration *configuration)
{
	if (!pending.depth)
		return cudaErrorMissingConfiguration;
	*configuration = pending.stack[--pending.depth];
	return cudaSuccess;
}

/* Return: not 0 to make the program skip the launch. */
unsigned int __cudaPushCallConfiguration(dim3 grid, dim3 block, size_t shared,
					 struct CUstream_st *stream)
{
	return error_set(configuration_push((struct configuration){ grid, block, shared, stream }));
}

cudaError_t __cudaPopCallConfiguration(dim3 *grid, dim3 *block, size_t *shared, void *stream)
{
	struct configuration configuration;
	cudaError_t error = configuration_pop(&configuration);

	if (error)
		return error_set(error);
	*grid = configuration.grid;
	*block = configuration.block;
	*shared = configuration.shared;
	*(cudaStream_t *)stream = configuration.stream;
	return cudaSuccess;
}

static bool within(CUdevice device, CUdevice_attribute first, dim3 size)
{
	const unsigned int sizes[] = { size.x, size.y, size.z };
	int limit;

	for (int i = 0; i < 3; i++) {
		if (!sizes[i])
			return false;
		if (!driver.cuDeviceGetAttribute(&limit, first + i, device) &&
		    sizes[i] > (unsigned int)limit)
			return false;
	}
	return true;
}

/* Could any kernel at all have this shape on the device? */
static bool possible(dim3 grid, dim3 block)
{
	unsigned long long threads = 1ULL * block.x * block.y * block.z;
	CUdevice device;
	int limit;

	if (driver.cuCtxGetDevice(&device))
		return true;
	return within(device, CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X, grid) &&
	       within(device, CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X, block) &&
	       (driver.cuDeviceGetAttribute(&limit, CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK,
					    device) ||
		threads <= (unsigned int)limit);
}

/**
 * launch_error() - the runtime's error for a launch
 *
 * The driver calls everything wrong CUDA_ERROR_INVALID_VALUE, and since CUDA 13 so
 * does the runtime; before, impossible grids and blocks had an error of their own.
 */
cudaError_t launch_error(CUresult result, dim3 grid, dim3 block)
{
	if (CUDART_VERSION < 13000 && result == CUDA_ERROR_INVALID_VALUE && !possible(grid, block))
		return cudaErrorInvalidConfiguration;
	return error_from(result);
}

/* Launch a kernel, or say the error with which it was not found in a current context. */
static cudaError_t launch(cudaError_t error, CUkernel handle, dim3 grid, dim3 block, void **args,
			  size_t shared, cudaStream_t stream)
{
	CUresult result;

	if (error)
		return error;
	if (shared > UINT_MAX)
		return cudaErrorInvalidValue;
	result = driver.cuLaunchKernel((CUfunction)handle, grid.x, grid.y, grid.z, block.x, block.y,
				       block.z, (unsigned int)shared, stream, args, NULL);
	return launch_error(result, grid, block);
}

cudaError_t cudaLaunchKernel(const void *func, dim3 grid, dim3 block, void **args, size_t shared,
			     cudaStream_t stream)
{
	cudaError_t error = context_enter();
	CUkernel handle = NULL;

	if (!error)
		error = kernel_find(func, &handle);
	return error_set(launch(error, handle, grid, block, args, shared, stream));
}

/*
 * nvcc 13's stubs keep what this returns and launch with it: it is ours, not a
 * CUkernel, so that a launch which cannot work says why each time it is tried.
 */
cudaError_t __cudaGetKernel(cudaKernel_t *kernel, const void *host)
{
	*kernel = (cudaKernel_t)fatbin_kernel(host);
	return *kernel ? cudaSuccess : error_set(cudaErrorInvalidDeviceFunction);
}

cudaError_t __cudaLaunchKernel(cudaKernel_t kernel, dim3 grid, dim3 block, void **args,
			       size_t shared, cudaStream_t stream)
{
	cudaError_t error = context_enter();
	CUkernel handle = NULL;

	if (!error)
		error = kernel_handle((struct kernel *)kernel, &handle);
	return error_set(launch(error, handle, grid, block, args, shared, stream));
}

cudaError_t cudaLaunchCooperativeKernel(const void *func, dim3 grid, dim3 block, void **args,
					size_t shared, cudaStream_t stream)
{
	cudaError_t error = context_enter();
	CUkernel handle;

	if (!error)
		error = kernel_find(func, &handle);
	if (!error && shared > UINT_MAX)
		error = cudaErrorInvalidValue;
	if (!error)
		error = launch_error(driver.cuLaunchCooperativeKernel(
			(CUfunction)handle, grid.x, grid.y, grid.z, block.x, block.y, block.z,
			(unsigned int)shared, stream, args), grid, block);
	return error_set(error);
}

static_assert(sizeof(cudaLaunchAttribute) == sizeof(CUlaunchAttribute) &&
	      offsetof(cudaLaunchAttribute, val) == offsetof(CUlaunchAttribute, value),
	      "launch attributes are the driver's");

/** launch_config() - a configuration in the driver's terms; attributes are shared */
void launch_config(CUlaunchConfig *to, const cudaLaunchConfig_t *from)
{
	*to = (CUlaunchConfig){
		.gridDimX = from->gridDim.x,
		.gridDimY = from->gridDim.y,
		.gridDimZ = from->gridDim.z,
		.blockDimX = from->blockDim.x,
		.blockDimY = from->blockDim.y,
		.blockDimZ = from->blockDim.z,
		.sharedMemBytes = (unsigned int)from->dynamicSmemBytes,
		.hStream = from->stream,
		.attrs = (CUlaunchAttribute *)from->attrs,
		.numAttrs = from->numAttrs,
	};
}

static cudaError_t launch_ex(const cudaLaunchConfig_t *config, const void *func, void **args)
{
	CUlaunchConfig driver_config;
	CUkernel handle;
	cudaError_t error = context_enter();

	if (!error && (!config || config->dynamicSmemBytes > UINT_MAX))
		error = cudaErrorInvalidValue;
	if (!error)
		error = kernel_find(func, &handle);
	if (error)
		return error;
	launch_config(&driver_config, config);
	return launch_error(driver.cuLaunchKernelEx(&driver_config, (CUfunction)handle, args, NULL),
			    config->gridDim, config->blockDim);
}

cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t *config, const void *func, void **args)
{
	return error_set(launch_ex(config, func, args));
}
