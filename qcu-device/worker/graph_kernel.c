/* SPDX-License-Identifier: MIT */
/*
 * graph_kernel.c - kernel nodes
 *
 * Faces qcu-library/cuda/graph_kernel.c.  The driver is asked where a kernel's parameters lie in
 * the bytes that the guest has sent, and what a node's are.
 */
#include <stdlib.h>
#include <string.h>

#include "qcu-device/worker/attribute.h"
#include "qcu-device/worker/body.h"
#include "qcu-device/worker/handle.h"
#include "qcu-device/worker/params.h"

/* Which handle of the row is the kernel?  A CUkernel is no CUfunction to the driver here. */
static bool is_kernel(const struct dispatch *dispatch, int parameter)
{
	return handle_kind(dispatch->names[parameter]) == KIND_CUkernel;
}

static CUresult function_of(const CUDA_KERNEL_NODE_PARAMS *params, CUfunction *function)
{
	*function = params->func;
	return params->kern ? driver.cuKernelGetFunction(function, params->kern) : CUDA_SUCCESS;
}

/* struct kernel - CUDA_KERNEL_NODE_PARAMS and what it points to */
struct kernel {
	CUDA_KERNEL_NODE_PARAMS params;
	void *pointers[PARAMS_MAX];
};

static CUresult kernel_init(struct dispatch *dispatch, struct kernel **made, int parameter,
			    CUfunction function, CUcontext context,
			    const struct wire_launch *shape, uint32_t bytes, const void *values)
{
	struct kernel *kernel;
	CUresult rc;

	if ((bytes && !values) || bytes > WIRE_MAX_PARAM_BYTES)
		return dispatch_refuse(dispatch);
	if (!driver.cuKernelGetFunction)
		return CUDA_ERROR_NOT_SUPPORTED;
	kernel = calloc(1, sizeof(*kernel));
	if (!kernel)
		return CUDA_ERROR_OUT_OF_MEMORY;
	kernel->params = (CUDA_KERNEL_NODE_PARAMS){
		.gridDimX = shape->grid[0], .gridDimY = shape->grid[1],
		.gridDimZ = shape->grid[2], .blockDimX = shape->block[0],
		.blockDimY = shape->block[1], .blockDimZ = shape->block[2],
		.sharedMemBytes = shape->dynamic_shared, .kernelParams = kernel->pointers,
		.ctx = context,
	};
	if (is_kernel(dispatch, parameter))
		kernel->params.kern = (CUkernel)function;
	else
		kernel->params.func = function;
	rc = function_of(&kernel->params, &function);
	if (rc == CUDA_SUCCESS)
		rc = params_point(function, values, bytes, kernel->pointers);
	if (rc != CUDA_SUCCESS)
		free(kernel);
	else
		*made = kernel;
	return rc;
}

CUresult host_node_add_kernel(struct dispatch *dispatch, CUgraphNode *node, CUgraph graph,
			      const CUgraphNode *dependencies, size_t n, CUfunction function,
			      CUcontext context, struct wire_launch shape, uint32_t bytes,
			      const void *values)
{
	struct kernel *kernel;
	CUresult rc = kernel_init(dispatch, &kernel, 4, function, context, &shape, bytes, values);

	if (rc != CUDA_SUCCESS)
		return rc;
	rc = driver.cuGraphAddKernelNode_v2 ?
		     driver.cuGraphAddKernelNode_v2(node, graph, dependencies, n,
						    &kernel->params) :
		     CUDA_ERROR_NOT_SUPPORTED;
	free(kernel);
	return rc;
}

CUresult host_node_set_kernel(struct dispatch *dispatch, CUgraphNode node, CUfunction function,
			      CUcontext context, struct wire_launch shape, uint32_t bytes,
			      const void *values)
{
	struct kernel *kernel;
	CUresult rc = kernel_init(dispatch, &kernel, 1, function, context, &shape, bytes, values);

	if (rc != CUDA_SUCCESS)
		return rc;
	rc = driver.cuGraphKernelNodeSetParams_v2 ?
		     driver.cuGraphKernelNodeSetParams_v2(node, &kernel->params) :
		     CUDA_ERROR_NOT_SUPPORTED;
	free(kernel);
	return rc;
}

CUresult host_exec_set_kernel(struct dispatch *dispatch, CUgraphExec exec, CUgraphNode node,
			      CUfunction function, CUcontext context, struct wire_launch shape,
			      uint32_t bytes, const void *values)
{
	struct kernel *kernel;
	CUresult rc = kernel_init(dispatch, &kernel, 2, function, context, &shape, bytes, values);

	if (rc != CUDA_SUCCESS)
		return rc;
	rc = driver.cuGraphExecKernelNodeSetParams_v2 ?
		     driver.cuGraphExecKernelNodeSetParams_v2(exec, node, &kernel->params) :
		     CUDA_ERROR_NOT_SUPPORTED;
	free(kernel);
	return rc;
}

/* The buffer among CU_LAUNCH_PARAM_*, or NULL */
static const uint8_t *buffer_of(void **extra, size_t *bytes)
{
	const uint8_t *buffer = NULL;

	*bytes = 0;
	for (; extra && *extra != CU_LAUNCH_PARAM_END; extra += 2) {
		if (extra[0] == CU_LAUNCH_PARAM_BUFFER_POINTER)
			buffer = extra[1];
		else if (extra[0] == CU_LAUNCH_PARAM_BUFFER_SIZE)
			*bytes = *(const size_t *)extra[1];
	}
	return buffer;
}

/* Gather the values into one buffer; @bytes becomes as many as there are. */
static CUresult gather(const CUDA_KERNEL_NODE_PARAMS *params, uint32_t capacity, uint8_t *buffer,
		       uint32_t *bytes)
{
	CUfunction function;
	size_t offset, size, n_packed;
	const uint8_t *packed = buffer_of(params->extra, &n_packed);
	CUresult rc = function_of(params, &function);

	for (uint32_t i = 0; rc == CUDA_SUCCESS && i < PARAMS_MAX; i++) {
		const uint8_t *from;

		if (driver.cuFuncGetParamInfo(function, i, &offset, &size) != CUDA_SUCCESS)
			break;
		if (offset + size > *bytes)
			*bytes = offset + size;
		if (offset + size > capacity || (packed && offset + size > n_packed))
			continue;
		from = packed ? packed + offset :
				params->kernelParams ? params->kernelParams[i] : NULL;
		if (from)
			memcpy(buffer + offset, from, size);
	}
	return rc;
}

static bool name_function(const CUDA_KERNEL_NODE_PARAMS *params, uint64_t context, uint64_t lent,
			  struct wire_kernel_node *info)
{
	if (params->kern)
		info->function = handle_name_of(KIND_CUkernel, params->kern);
	if (!info->function && params->func)
		info->function = handle_name_of(KIND_CUfunction, params->func);
	/* A launch may have named a CUkernel as a function. */
	if (!info->function && params->func)
		info->function = handle_name_of(KIND_CUkernel, params->func);
	if (info->function)
		return true;
	info->used = 1;
	info->function = lent;
	return handle_is_free(KIND_CUfunction, lent) && params->func &&
	       handle_put(lent, params->func, context);
}

CUresult host_node_get_kernel(struct dispatch *dispatch, CUgraphNode node, uint64_t lent,
			      struct wire_kernel_node *info, uint32_t capacity, void *values)
{
	CUDA_KERNEL_NODE_PARAMS params = { 0 };
	CUresult rc;

	if (!info || (capacity && !values))
		return dispatch_refuse(dispatch);
	if (!driver.cuGraphKernelNodeGetParams_v2 || !driver.cuFuncGetParamInfo)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = driver.cuGraphKernelNodeGetParams_v2(node, &params);
	if (rc != CUDA_SUCCESS)
		return rc;
	info->shape = (struct wire_launch){
		.grid = { params.gridDimX, params.gridDimY, params.gridDimZ },
		.block = { params.blockDimX, params.blockDimY, params.blockDimZ },
		.dynamic_shared = params.sharedMemBytes,
	};
	info->context = params.ctx ? handle_name_of(KIND_CUcontext, params.ctx) : 0;
	if (!name_function(&params, dispatch->context, lent, info))
		return dispatch_refuse(dispatch);
	return gather(&params, capacity, values, &info->bytes);
}

CUresult host_node_get_attribute(struct dispatch *dispatch, CUgraphNode node,
				 CUkernelNodeAttrID attr, CUkernelNodeAttrValue *value)
{
	if (!value)
		return dispatch_refuse(dispatch);
	if (!driver.cuGraphKernelNodeGetAttribute)
		return CUDA_ERROR_NOT_SUPPORTED;
	return attribute_is_plain(attr) ? driver.cuGraphKernelNodeGetAttribute(node, attr, value) :
					  CUDA_ERROR_INVALID_VALUE;
}

CUresult host_node_set_attribute(struct dispatch *dispatch, CUgraphNode node,
				 CUkernelNodeAttrID attr, CUkernelNodeAttrValue value)
{
	if (!driver.cuGraphKernelNodeSetAttribute)
		return CUDA_ERROR_NOT_SUPPORTED;
	return attribute_is_plain(attr) ? driver.cuGraphKernelNodeSetAttribute(node, attr, &value) :
					  CUDA_ERROR_INVALID_VALUE;
}
