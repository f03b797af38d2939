/* SPDX-License-Identifier: MIT */
/*
 * graph_kernel.c - kernel nodes
 *
 * Faces qcu-device/worker/graph_kernel.c.  The values of a kernel's parameters travel packed, as
 * for a launch.
 */
#include <stdlib.h>

#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/function.h"
#include "qcu-library/cuda/graph.h"
#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/launch.h"
#include "qcu-library/cuda/loan.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"

/* struct kernel - what a kernel node is told with */
struct kernel {
	CUfunction function;
	struct wire_launch shape;
	struct launch_params params;
};

static CUresult kernel_init(struct kernel *kernel, const CUDA_KERNEL_NODE_PARAMS *p)
{
	const struct layout *layout;
	CUresult rc = context_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!p)
		return CUDA_ERROR_INVALID_VALUE;
	kernel->function = p->func ? p->func : (CUfunction)p->kern;
	layout = function_layout((uint64_t)kernel->function, &rc);
	if (!layout)
		return rc;
	kernel->shape = (struct wire_launch){
		.grid = { p->gridDimX, p->gridDimY, p->gridDimZ },
		.block = { p->blockDimX, p->blockDimY, p->blockDimZ },
		.dynamic_shared = p->sharedMemBytes,
	};
	rc = launch_params_init(&kernel->params, layout, p->kernelParams, p->extra);
	if (rc != CUDA_SUCCESS)
		launch_params_finish(&kernel->params);
	return rc;
}

CUresult CUDAAPI cuGraphAddKernelNode_v2(CUgraphNode *phGraphNode, CUgraph hGraph,
					 const CUgraphNode *dependencies, size_t numDependencies,
					 const CUDA_KERNEL_NODE_PARAMS *nodeParams)
{
	struct kernel kernel;
	CUresult rc = kernel_init(&kernel, nodeParams);

	if (rc != CUDA_SUCCESS)
		return rc;
	rc = send_node_add_kernel(phGraphNode, hGraph, dependencies, numDependencies,
				  kernel.function, nodeParams->ctx, kernel.shape,
				  kernel.params.bytes, kernel.params.buffer);
	launch_params_finish(&kernel.params);
	return rc;
}

CUresult CUDAAPI cuGraphKernelNodeSetParams_v2(CUgraphNode hNode,
					       const CUDA_KERNEL_NODE_PARAMS *nodeParams)
{
	struct kernel kernel;
	CUresult rc = kernel_init(&kernel, nodeParams);

	if (rc != CUDA_SUCCESS)
		return rc;
	rc = send_node_set_kernel(hNode, kernel.function, nodeParams->ctx, kernel.shape,
				  kernel.params.bytes, kernel.params.buffer);
	launch_params_finish(&kernel.params);
	return rc;
}

CUresult CUDAAPI cuGraphExecKernelNodeSetParams_v2(CUgraphExec hGraphExec, CUgraphNode hNode,
						   const CUDA_KERNEL_NODE_PARAMS *nodeParams)
{
	struct kernel kernel;
	CUresult rc = kernel_init(&kernel, nodeParams);

	if (rc != CUDA_SUCCESS)
		return rc;
	rc = send_exec_set_kernel(hGraphExec, hNode, kernel.function, nodeParams->ctx,
				  kernel.shape, kernel.params.bytes, kernel.params.buffer);
	launch_params_finish(&kernel.params);
	return rc;
}

/* The array of pointers that a program reads a kernel's parameters by */
static CUresult give_params(CUgraphNode node, const struct layout *layout, const uint8_t *values,
			    void ***pointers)
{
	const uint8_t *kept = node_data_keep(node, values, layout->info.param_bytes);
	void **array = calloc(layout->info.n_params + 1, sizeof(*array));

	*pointers = NULL;
	for (uint32_t i = 0; kept && array && i < layout->info.n_params; i++)
		array[i] = (void *)(kept + layout->params[i].offset);
	if (kept && array)
		*pointers = (void **)node_data_keep(node, array,
						    layout->info.n_params * sizeof(*array));
	free(array);
	return *pointers ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

static CUresult get_kernel(CUgraphNode node, struct wire_kernel_node *info, uint8_t *values)
{
	struct loan loan;
	CUresult rc = loan_init(&loan, KIND_CUfunction, context_current(), 1);

	if (rc != CUDA_SUCCESS)
		return rc;
	rc = send_node_get_kernel(node, loan.names[0], info, WIRE_MAX_PARAM_BYTES, values);
	if (rc == CUDA_SUCCESS && info->used)
		rc = function_name(info->function, "");
	loan_finish(&loan, rc == CUDA_SUCCESS && info->used);
	return rc;
}

CUresult CUDAAPI cuGraphKernelNodeGetParams_v2(CUgraphNode hNode,
					       CUDA_KERNEL_NODE_PARAMS *nodeParams)
{
	const struct layout *layout = NULL;
	struct wire_kernel_node info;
	void **pointers = NULL;
	uint8_t *values;
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && !nodeParams)
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc != CUDA_SUCCESS)
		return rc;
	values = malloc(WIRE_MAX_PARAM_BYTES);
	if (!values)
		return CUDA_ERROR_OUT_OF_MEMORY;
	rc = get_kernel(hNode, &info, values);
	if (rc == CUDA_SUCCESS)
		layout = function_layout(info.function, &rc);
	if (layout && layout->info.n_params)
		rc = give_params(hNode, layout, values, &pointers);
	free(values);
	if (rc != CUDA_SUCCESS)
		return rc;
	*nodeParams = (CUDA_KERNEL_NODE_PARAMS){
		.gridDimX = info.shape.grid[0], .gridDimY = info.shape.grid[1],
		.gridDimZ = info.shape.grid[2], .blockDimX = info.shape.block[0],
		.blockDimY = info.shape.block[1], .blockDimZ = info.shape.block[2],
		.sharedMemBytes = info.shape.dynamic_shared, .kernelParams = pointers,
		.ctx = (CUcontext)info.context,
	};
	if (handle_kind(info.function) == KIND_CUkernel)
		nodeParams->kern = (CUkernel)info.function;
	else
		nodeParams->func = (CUfunction)info.function;
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuGraphKernelNodeGetAttribute(CUgraphNode hNode, CUkernelNodeAttrID attr,
					       CUkernelNodeAttrValue *value_out)
{
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && !value_out)
		rc = CUDA_ERROR_INVALID_VALUE;
	return rc == CUDA_SUCCESS ? send_node_get_attribute(hNode, attr, value_out) : rc;
}

CUresult CUDAAPI cuGraphKernelNodeSetAttribute(CUgraphNode hNode, CUkernelNodeAttrID attr,
					       const CUkernelNodeAttrValue *value)
{
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && !value)
		rc = CUDA_ERROR_INVALID_VALUE;
	return rc == CUDA_SUCCESS ? send_node_set_attribute(hNode, attr, *value) : rc;
}
