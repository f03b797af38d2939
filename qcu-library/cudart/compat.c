/* SPDX-License-Identifier: MIT */
/*
 * Names that CUDA has dropped, for programs built when it had them.
 *
 * Before CUDA 10.1 a launch was cudaConfigureCall(), a cudaSetupArgument() for
 * each argument at its offset, and cudaLaunch(): the arguments become one buffer.
 */
#include <limits.h>
#include <string.h>
#include "compat.h"
#include "fatbin.h"
#include "launch.h"

/* Arguments of a kernel, in bytes: what compute capabilities below 7.0 allowed. */
#define ARGUMENTS_MAX 4096

static __thread struct {
	size_t size;
	_Alignas(16) unsigned char bytes[ARGUMENTS_MAX];
} arguments;

cudaError_t cudaThreadExit(void)
{
	return cudaDeviceReset();
}

cudaError_t cudaThreadSynchronize(void)
{
	return cudaDeviceSynchronize();
}

cudaError_t cudaThreadSetLimit(enum cudaLimit limit, size_t value)
{
	return cudaDeviceSetLimit(limit, value);
}

cudaError_t cudaThreadGetLimit(size_t *pValue, enum cudaLimit limit)
{
	return cudaDeviceGetLimit(pValue, limit);
}

cudaError_t cudaThreadGetCacheConfig(enum cudaFuncCache *pCacheConfig)
{
	return cudaDeviceGetCacheConfig(pCacheConfig);
}

cudaError_t cudaThreadSetCacheConfig(enum cudaFuncCache cacheConfig)
{
	return cudaDeviceSetCacheConfig(cacheConfig);
}

/* For devices without doubles (compute capability 1.2 and below): nothing to convert. */
cudaError_t cudaSetDoubleForDevice(double *d)
{
	return cudaSuccess;
}

cudaError_t cudaSetDoubleForHost(double *d)
{
	return cudaSuccess;
}

cudaError_t cudaConfigureCall(dim3 gridDim, dim3 blockDim, size_t sharedMem, cudaStream_t stream)
{
	struct configuration configuration = { gridDim, blockDim, sharedMem, stream };

	arguments.size = 0;
	return error_set(configuration_push(configuration));
}

cudaError_t cudaSetupArgument(const void *arg, size_t size, size_t offset)
{
	size_t end;

	if (!arg || __builtin_add_overflow(offset, size, &end) || end > ARGUMENTS_MAX)
		return error_set(cudaErrorInvalidValue);
	memcpy(arguments.bytes + offset, arg, size);
	if (end > arguments.size)
		arguments.size = end;
	return cudaSuccess;
}

static cudaError_t launch(const void *func, cudaStream_t default_stream)
{
	void *extra[] = {
		CU_LAUNCH_PARAM_BUFFER_POINTER, arguments.bytes,
		CU_LAUNCH_PARAM_BUFFER_SIZE, &arguments.size,
		CU_LAUNCH_PARAM_END,
	};
	struct configuration c;
	CUkernel handle;
	cudaError_t error = configuration_pop(&c);
	CUresult result;

	if (!error)
		error = context_enter();
	if (!error)
		error = kernel_find(func, &handle);
	if (error)
		return error;
	if (c.shared > UINT_MAX)
		return cudaErrorInvalidValue;
	result = driver.cuLaunchKernel((CUfunction)handle, c.grid.x, c.grid.y, c.grid.z, c.block.x,
				       c.block.y, c.block.z, (unsigned int)c.shared,
				       c.stream ? c.stream : default_stream, NULL, extra);
	arguments.size = 0;
	return launch_error(result, c.grid, c.block);
}

cudaError_t cudaLaunch(const void *func)
{
	return error_set(launch(func, NULL));
}

cudaError_t cudaLaunch_ptsz(const void *func)
{
	return error_set(launch(func, cudaStreamPerThread));
}
