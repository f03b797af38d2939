/* SPDX-License-Identifier: MIT */
/* What can be asked and set of a kernel: attributes, occupancy, its driver handles. */
#include "fatbin.h"
#include "launch.h"

/* The kernel in the current context, and the device that it is asked about. */
static cudaError_t find(const void *func, CUkernel *kernel, CUdevice *device)
{
	cudaError_t error = context_enter();

	if (!error)
		error = context_device(device);
	return error ? error : kernel_find(func, kernel);
}

#define CLUSTERS CU_FUNC_ATTRIBUTE_CLUSTER_SIZE_MUST_BE_SET

static cudaError_t get_attributes(struct cudaFuncAttributes *attr, const void *func)
{
	int value[CU_FUNC_ATTRIBUTE_MAX] = { 0 };
	cudaError_t error = require(context_enter(), attr);
	CUresult result = CUDA_SUCCESS;
	CUkernel kernel;
	CUdevice device;

	if (!error)
		error = find(func, &kernel, &device);
	for (int i = 0; i < CU_FUNC_ATTRIBUTE_MAX && !error; i++) {
		result = driver.cuKernelGetAttribute(&value[i], (CUfunction_attribute)i, kernel,
						     device);
		/* A driver without clusters does not know of their attributes. */
		if (result && i < CLUSTERS)
			error = error_from(result);
	}
	if (error)
		return error;
	*attr = (struct cudaFuncAttributes){
		.sharedSizeBytes = (size_t)value[CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES],
		.constSizeBytes = (size_t)value[CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES],
		.localSizeBytes = (size_t)value[CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES],
		.maxThreadsPerBlock = value[CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK],
		.numRegs = value[CU_FUNC_ATTRIBUTE_NUM_REGS],
		.ptxVersion = value[CU_FUNC_ATTRIBUTE_PTX_VERSION],
		.binaryVersion = value[CU_FUNC_ATTRIBUTE_BINARY_VERSION],
		.cacheModeCA = value[CU_FUNC_ATTRIBUTE_CACHE_MODE_CA],
		.maxDynamicSharedSizeBytes =
			value[CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES],
		.preferredShmemCarveout =
			value[CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT],
		.clusterDimMustBeSet = value[CU_FUNC_ATTRIBUTE_CLUSTER_SIZE_MUST_BE_SET],
		.requiredClusterWidth = value[CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_WIDTH],
		.requiredClusterHeight = value[CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_HEIGHT],
		.requiredClusterDepth = value[CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_DEPTH],
		.clusterSchedulingPolicyPreference =
			value[CU_FUNC_ATTRIBUTE_CLUSTER_SCHEDULING_POLICY_PREFERENCE],
		.nonPortableClusterSizeAllowed =
			value[CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED],
	};
	return cudaSuccess;
}

cudaError_t cudaFuncGetAttributes(struct cudaFuncAttributes *attr, const void *func)
{
	return error_set(get_attributes(attr, func));
}

static_assert((int)cudaFuncAttributeMaxDynamicSharedMemorySize ==
		      (int)CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES &&
	      (int)cudaFuncAttributeClusterSchedulingPolicyPreference ==
		      (int)CU_FUNC_ATTRIBUTE_CLUSTER_SCHEDULING_POLICY_PREFERENCE &&
	      (int)cudaFuncAttributeMax == (int)CU_FUNC_ATTRIBUTE_MAX,
	      "settable attributes of kernels are the driver's");

cudaError_t cudaFuncSetAttribute(const void *func, enum cudaFuncAttribute attr, int value)
{
	CUkernel kernel;
	CUdevice device;
	cudaError_t error = find(func, &kernel, &device);

	if (!error)
		error = error_from(driver.cuKernelSetAttribute((CUfunction_attribute)attr, value,
							       kernel, device));
	return error_set(error);
}

#if CUDART_VERSION >= 12080
FORWARD(cudaKernelSetAttributeForDevice,
	(cudaKernel_t kernel, enum cudaFuncAttribute attr, int value, int device),
	cuKernelSetAttribute((CUfunction_attribute)attr, value, kernel, device))
#endif

static_assert((int)cudaFuncCachePreferEqual == (int)CU_FUNC_CACHE_PREFER_EQUAL,
	      "cache configurations are the driver's");

cudaError_t cudaFuncSetCacheConfig(const void *func, enum cudaFuncCache config)
{
	CUkernel kernel;
	CUdevice device;
	cudaError_t error = find(func, &kernel, &device);

	if (!error)
		error = error_from(driver.cuKernelSetCacheConfig(kernel, (CUfunc_cache)config,
								 device));
	return error_set(error);
}

/* Since Kepler banks have one width; the wish is checked and has no effect. */
cudaError_t cudaFuncSetSharedMemConfig(const void *func, enum cudaSharedMemConfig config)
{
	CUkernel kernel;
	CUdevice device;
	cudaError_t error = find(func, &kernel, &device);

	if (!error && (unsigned int)config > cudaSharedMemBankSizeEightByte)
		error = cudaErrorInvalidValue;
	return error_set(error);
}

cudaError_t cudaFuncGetName(const char **name, const void *func)
{
	cudaError_t error = require(context_enter(), name);
	CUkernel kernel;

	if (!error)
		error = kernel_find(func, &kernel);
	if (!error)
		error = error_from(driver.cuKernelGetName(name, kernel));
	return error_set(error);
}

cudaError_t cudaFuncGetParamInfo(const void *func, size_t index, size_t *offset, size_t *size)
{
	cudaError_t error = context_enter();
	CUkernel kernel;

	if (!error)
		error = kernel_find(func, &kernel);
	if (!error)
		error = error_from(driver.cuKernelGetParamInfo(kernel, index, offset, size));
	return error_set(error);
}

cudaError_t cudaGetFuncBySymbol(cudaFunction_t *function, const void *symbol)
{
	cudaError_t error = require(context_enter(), function);
	CUkernel kernel;

	if (!error)
		error = kernel_of_symbol(symbol, &kernel);
	if (!error)
		error = error_from(driver.cuKernelGetFunction(function, kernel));
	return error_set(error);
}

cudaError_t cudaGetKernel(cudaKernel_t *kernel, const void *entry)
{
	cudaError_t error = require(driver_enter(), kernel);

	return error_set(error ? error : kernel_get(entry, kernel));
}

/*
 * The function that is asked about, if there is room for the @answer.  A driver that
 * serves CUkernel takes one wherever it takes a CUfunction of a launch.
 */
static cudaError_t find_function(const void *answer, const void *func, CUfunction *function)
{
	CUkernel kernel;
	cudaError_t error = require(context_enter(), answer);

	if (!error)
		error = kernel_find(func, &kernel);
	if (!error)
		*function = (CUfunction)kernel;
	return error;
}

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *blocks, const void *func,
								   int size, size_t shared,
								   unsigned int flags)
{
	CUfunction function;
	cudaError_t error = find_function(blocks, func, &function);

	if (!error)
		error = error_from(driver.cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
			blocks, function, size, shared, flags));
	return error_set(error);
}

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, const void *func, int size,
							  size_t shared)
{
	return cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(blocks, func, size, shared,
								      cudaOccupancyDefault);
}

cudaError_t cudaOccupancyAvailableDynamicSMemPerBlock(size_t *shared, const void *func, int blocks,
						      int size)
{
	CUfunction function;
	cudaError_t error = find_function(shared, func, &function);

	if (!error)
		error = error_from(driver.cuOccupancyAvailableDynamicSMemPerBlock(
			shared, function, blocks, size));
	return error_set(error);
}

cudaError_t cudaOccupancyMaxPotentialClusterSize(int *size, const void *func,
						 const cudaLaunchConfig_t *config)
{
	CUlaunchConfig driver_config;
	CUfunction function;
	cudaError_t error = require(find_function(size, func, &function), config);

	if (!error) {
		launch_config(&driver_config, config);
		error = error_from(driver.cuOccupancyMaxPotentialClusterSize(size, function,
									     &driver_config));
	}
	return error_set(error);
}

cudaError_t cudaOccupancyMaxActiveClusters(int *clusters, const void *func,
					   const cudaLaunchConfig_t *config)
{
	CUlaunchConfig driver_config;
	CUfunction function;
	cudaError_t error = require(find_function(clusters, func, &function), config);

	if (!error) {
		launch_config(&driver_config, config);
		error = error_from(driver.cuOccupancyMaxActiveClusters(clusters, function,
								       &driver_config));
	}
	return error_set(error);
}
