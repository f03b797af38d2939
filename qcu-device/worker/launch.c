/* SPDX-License-Identifier: MIT */
/*
 * launch.c - kernels: what they take, and starting them
 *
 * Faces qcu-library/cuda/function.c and launch.c.  The guest asks once for a
 * kernel's parameter layout and then sends each launch's parameters as one
 * buffer, so a launch needs no layout here.  One with attributes does: CUDA takes no
 * buffer for a cooperative kernel that becomes a node (CUDA Driver API, cuGraphAddKernelNode).
 */
#include <stdlib.h>

#include "qcu-device/worker/attribute.h"
#include "qcu-device/worker/body.h"
#include "qcu-device/worker/params.h"
#include "wire/handle.h"

static int attribute(CUfunction function, CUfunction_attribute which)
{
	int value = 0;

	driver.cuFuncGetAttribute(&value, which, function);
	return value;
}

/* The first HANDLE is the kernel; as a CUkernel it has its own functions. */
static CUresult find_function(const struct dispatch *dispatch, CUfunction *function)
{
	return handle_kind(dispatch->names[0]) == KIND_CUkernel ?
		       driver.cuKernelGetFunction(function, (CUkernel)*function) :
		       CUDA_SUCCESS;
}

CUresult host_kernel_info(struct dispatch *dispatch, CUfunction function, struct wire_kernel *info,
			  uint32_t capacity, struct wire_param *params)
{
	size_t offset, size;
	CUresult rc;

	if (!info || (capacity && !params))
		return dispatch_refuse(dispatch);
	if (!driver.cuFuncGetParamInfo)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = find_function(dispatch, &function);
	if (rc != CUDA_SUCCESS)
		return rc;
	for (;; info->n_params++) {
		rc = driver.cuFuncGetParamInfo(function, info->n_params, &offset, &size);
		if (rc != CUDA_SUCCESS)
			break;
		if (info->n_params < capacity)
			params[info->n_params] = (struct wire_param){ offset, size };
		if (offset + size > info->param_bytes)
			info->param_bytes = offset + size;
	}
	/* One past the last is how the driver tells the end. */
	if (rc != CUDA_ERROR_INVALID_VALUE)
		return rc;
	info->max_threads_per_block = attribute(function, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK);
	info->static_shared = attribute(function, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES);
	info->max_dynamic_shared =
		attribute(function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES);
	info->clusters = attribute(function, CU_FUNC_ATTRIBUTE_REQUIRED_CLUSTER_WIDTH) > 0 ||
			 attribute(function, CU_FUNC_ATTRIBUTE_CLUSTER_SIZE_MUST_BE_SET) > 0;
	return CUDA_SUCCESS;
}

static CUresult launch_ex(const struct dispatch *dispatch, const CUlaunchConfig *config,
			  CUfunction launched, uint32_t bytes, const void *params)
{
	CUfunction function = launched;
	void **pointers;
	CUresult rc;

	if (!driver.cuLaunchKernelEx)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = find_function(dispatch, &function);
	if (rc != CUDA_SUCCESS)
		return rc;
	pointers = malloc(PARAMS_MAX * sizeof(*pointers));
	if (!pointers)
		return CUDA_ERROR_OUT_OF_MEMORY;
	rc = params_point(function, params, bytes, pointers);
	if (rc == CUDA_SUCCESS)
		rc = driver.cuLaunchKernelEx(config, launched, pointers, NULL);
	free(pointers);
	return rc;
}

static CUlaunchConfig config_of(const struct wire_launch *shape, CUstream stream)
{
	return (CUlaunchConfig){
		.gridDimX = shape->grid[0], .gridDimY = shape->grid[1],
		.gridDimZ = shape->grid[2], .blockDimX = shape->block[0],
		.blockDimY = shape->block[1], .blockDimZ = shape->block[2],
		.sharedMemBytes = shape->dynamic_shared, .hStream = stream,
	};
}

/* With attributes, of clusters say, whose errors are the launch's own */
CUresult host_launch_with(struct dispatch *dispatch, CUfunction function, CUstream stream,
			  struct wire_launch shape, uint32_t n, const CUlaunchAttribute *attributes,
			  uint32_t bytes, const void *params)
{
	CUlaunchConfig config = config_of(&shape, stream);

	if ((bytes && !params) || bytes > WIRE_MAX_PARAM_BYTES || (n && !attributes))
		return dispatch_refuse(dispatch);
	if (!attributes_are_plain(attributes, n))
		return CUDA_ERROR_INVALID_VALUE;
	config.attrs = (CUlaunchAttribute *)attributes;
	config.numAttrs = n;
	return launch_ex(dispatch, &config, function, bytes, params);
}

static CUresult launch_cooperative(const struct dispatch *dispatch, CUfunction function,
				   CUstream stream, const struct wire_launch *shape,
				   uint32_t bytes, const void *params)
{
	CUlaunchAttribute cooperative = { .id = CU_LAUNCH_ATTRIBUTE_COOPERATIVE,
					  .value.cooperative = 1 };
	CUlaunchConfig config = config_of(shape, stream);

	config.attrs = &cooperative;
	config.numAttrs = 1;
	return launch_ex(dispatch, &config, function, bytes, params);
}

CUresult host_launch(struct dispatch *dispatch, CUfunction function, CUstream stream,
		     struct wire_launch shape, uint32_t bytes, const void *params)
{
	size_t size = bytes;
	void *extra[] = { CU_LAUNCH_PARAM_BUFFER_POINTER, (void *)params,
			  CU_LAUNCH_PARAM_BUFFER_SIZE, &size, CU_LAUNCH_PARAM_END };

	if ((bytes && !params) || bytes > WIRE_MAX_PARAM_BYTES)
		return dispatch_refuse(dispatch);
	if (shape.flags & WIRE_LAUNCH_COOPERATIVE)
		return launch_cooperative(dispatch, function, stream, &shape, bytes, params);
	return driver.cuLaunchKernel(function, shape.grid[0], shape.grid[1], shape.grid[2],
				     shape.block[0], shape.block[1], shape.block[2],
				     shape.dynamic_shared, stream, NULL, bytes ? extra : NULL);
}
