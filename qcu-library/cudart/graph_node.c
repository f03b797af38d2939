/* SPDX-License-Identifier: MIT */
/*
 * Nodes of graphs.
 *
 * Kernels are named by their host stubs, copies told in elements, and some nodes
 * need the context said: those are rewritten for the driver.  All other
 * parameters are the driver's own.
 */
#include <string.h>
#include "copy.h"
#include "fatbin.h"

static cudaError_t current(CUcontext *context)
{
	cudaError_t error = context_enter();

	return error ? error : error_from(driver.cuCtxGetCurrent(context));
}

FORWARD(cudaGraphNodeGetType, (cudaGraphNode_t node, enum cudaGraphNodeType *type),
	cuGraphNodeGetType(node, (CUgraphNodeType *)type))
FORWARD(cudaGraphNodeSetEnabled,
	(cudaGraphExec_t exec, cudaGraphNode_t node, unsigned int enabled),
	cuGraphNodeSetEnabled(exec, node, enabled))
FORWARD(cudaGraphNodeGetEnabled,
	(cudaGraphExec_t exec, cudaGraphNode_t node, unsigned int *enabled),
	cuGraphNodeGetEnabled(exec, node, enabled))

/* Kernels. */

static cudaError_t kernel_from(CUDA_KERNEL_NODE_PARAMS *to, const struct cudaKernelNodeParams *from)
{
	CUkernel kernel;
	cudaError_t error = require(context_enter(), from);

	if (!error)
		error = kernel_find(from->func, &kernel);
	if (error)
		return error;
	*to = (CUDA_KERNEL_NODE_PARAMS){
		.gridDimX = from->gridDim.x,
		.gridDimY = from->gridDim.y,
		.gridDimZ = from->gridDim.z,
		.blockDimX = from->blockDim.x,
		.blockDimY = from->blockDim.y,
		.blockDimZ = from->blockDim.z,
		.sharedMemBytes = from->sharedMemBytes,
		.kernelParams = from->kernelParams,
		.extra = from->extra,
		.kern = kernel,
	};
	return cudaSuccess;
}

cudaError_t cudaGraphAddKernelNode(cudaGraphNode_t *node, cudaGraph_t graph,
				   const cudaGraphNode_t *dependencies, size_t count,
				   const struct cudaKernelNodeParams *params)
{
	CUDA_KERNEL_NODE_PARAMS kernel;
	cudaError_t error = kernel_from(&kernel, params);

	if (!error)
		error = error_from(driver.cuGraphAddKernelNode(node, graph, dependencies, count,
							       &kernel));
	return error_set(error);
}

cudaError_t cudaGraphKernelNodeGetParams(cudaGraphNode_t node, struct cudaKernelNodeParams *params)
{
	CUDA_KERNEL_NODE_PARAMS kernel;
	cudaError_t error = require(context_enter(), params);

	if (!error)
		error = error_from(driver.cuGraphKernelNodeGetParams(node, &kernel));
	if (error)
		return error_set(error);
	*params = (struct cudaKernelNodeParams){
		.func = (void *)fatbin_host(kernel.kern, kernel.func),
		.gridDim = { kernel.gridDimX, kernel.gridDimY, kernel.gridDimZ },
		.blockDim = { kernel.blockDimX, kernel.blockDimY, kernel.blockDimZ },
		.sharedMemBytes = kernel.sharedMemBytes,
		.kernelParams = kernel.kernelParams,
		.extra = kernel.extra,
	};
	return cudaSuccess;
}

cudaError_t cudaGraphKernelNodeSetParams(cudaGraphNode_t node,
					 const struct cudaKernelNodeParams *params)
{
	CUDA_KERNEL_NODE_PARAMS kernel;
	cudaError_t error = kernel_from(&kernel, params);

	if (!error)
		error = error_from(driver.cuGraphKernelNodeSetParams(node, &kernel));
	return error_set(error);
}

cudaError_t cudaGraphExecKernelNodeSetParams(cudaGraphExec_t exec, cudaGraphNode_t node,
					     const struct cudaKernelNodeParams *params)
{
	CUDA_KERNEL_NODE_PARAMS kernel;
	cudaError_t error = kernel_from(&kernel, params);

	if (!error)
		error = error_from(driver.cuGraphExecKernelNodeSetParams(exec, node, &kernel));
	return error_set(error);
}

static_assert(sizeof(cudaLaunchAttributeValue) == sizeof(CUkernelNodeAttrValue),
	      "attributes of kernel nodes are the driver's");

FORWARD(cudaGraphKernelNodeCopyAttributes, (cudaGraphNode_t dst, cudaGraphNode_t src),
	cuGraphKernelNodeCopyAttributes(dst, src))
FORWARD(cudaGraphKernelNodeGetAttribute,
	(cudaGraphNode_t node, cudaLaunchAttributeID attr, cudaLaunchAttributeValue *value),
	cuGraphKernelNodeGetAttribute(node, (CUkernelNodeAttrID)attr,
				      (CUkernelNodeAttrValue *)value))
FORWARD(cudaGraphKernelNodeSetAttribute,
	(cudaGraphNode_t node, cudaLaunchAttributeID attr, const cudaLaunchAttributeValue *value),
	cuGraphKernelNodeSetAttribute(node, (CUkernelNodeAttrID)attr,
				      (const CUkernelNodeAttrValue *)value))

/* Copies. */

static struct cudaMemcpy3DParms line(void *dst, const void *src, size_t count,
				     enum cudaMemcpyKind kind)
{
	return (struct cudaMemcpy3DParms){
		.srcPtr = { (void *)src, count, count, 1 },
		.dstPtr = { dst, count, count, 1 },
		.extent = { count, 1, 1 },
		.kind = kind,
	};
}

cudaError_t cudaGraphAddMemcpyNode(cudaGraphNode_t *node, cudaGraph_t graph,
				   const cudaGraphNode_t *dependencies, size_t count,
				   const struct cudaMemcpy3DParms *params)
{
	CUDA_MEMCPY3D copy;
	CUcontext context;
	cudaError_t error = current(&context);

	if (!error)
		error = copy3d_from(&copy, params);
	if (!error)
		error = error_from(driver.cuGraphAddMemcpyNode(node, graph, dependencies, count,
							       &copy, context));
	return error_set(error);
}

cudaError_t cudaGraphMemcpyNodeGetParams(cudaGraphNode_t node, struct cudaMemcpy3DParms *params)
{
	CUDA_MEMCPY3D copy;
	cudaError_t error = require(context_enter(), params);

	if (!error)
		error = error_from(driver.cuGraphMemcpyNodeGetParams(node, &copy));
	if (!error)
		copy3d_to(params, &copy);
	return error_set(error);
}

cudaError_t cudaGraphMemcpyNodeSetParams(cudaGraphNode_t node,
					 const struct cudaMemcpy3DParms *params)
{
	CUDA_MEMCPY3D copy;
	cudaError_t error = copy3d_from(&copy, params);

	if (!error)
		error = error_from(driver.cuGraphMemcpyNodeSetParams(node, &copy));
	return error_set(error);
}

cudaError_t cudaGraphExecMemcpyNodeSetParams(cudaGraphExec_t exec, cudaGraphNode_t node,
					     const struct cudaMemcpy3DParms *params)
{
	CUDA_MEMCPY3D copy;
	CUcontext context;
	cudaError_t error = current(&context);

	if (!error)
		error = copy3d_from(&copy, params);
	if (!error)
		error = error_from(driver.cuGraphExecMemcpyNodeSetParams(exec, node, &copy,
									 context));
	return error_set(error);
}

cudaError_t cudaGraphAddMemcpyNode1D(cudaGraphNode_t *node, cudaGraph_t graph,
				     const cudaGraphNode_t *dependencies, size_t numDependencies,
				     void *dst, const void *src, size_t count,
				     enum cudaMemcpyKind kind)
{
	struct cudaMemcpy3DParms params = line(dst, src, count, kind);

	return cudaGraphAddMemcpyNode(node, graph, dependencies, numDependencies, &params);
}

cudaError_t cudaGraphMemcpyNodeSetParams1D(cudaGraphNode_t node, void *dst, const void *src,
					   size_t count, enum cudaMemcpyKind kind)
{
	struct cudaMemcpy3DParms params = line(dst, src, count, kind);

	return cudaGraphMemcpyNodeSetParams(node, &params);
}

cudaError_t cudaGraphExecMemcpyNodeSetParams1D(cudaGraphExec_t exec, cudaGraphNode_t node,
					       void *dst, const void *src, size_t count,
					       enum cudaMemcpyKind kind)
{
	struct cudaMemcpy3DParms params = line(dst, src, count, kind);

	return cudaGraphExecMemcpyNodeSetParams(exec, node, &params);
}

cudaError_t cudaGraphAddMemcpyNodeToSymbol(cudaGraphNode_t *node, cudaGraph_t graph,
					   const cudaGraphNode_t *dependencies,
					   size_t numDependencies, const void *symbol,
					   const void *src, size_t count, size_t offset,
					   enum cudaMemcpyKind kind)
{
	void *dst = NULL;
	cudaError_t error = symbol_part(symbol, count, offset, &dst);

	return error ? error_set(error) :
		       cudaGraphAddMemcpyNode1D(node, graph, dependencies, numDependencies, dst,
						src, count, kind);
}

cudaError_t cudaGraphAddMemcpyNodeFromSymbol(cudaGraphNode_t *node, cudaGraph_t graph,
					     const cudaGraphNode_t *dependencies,
					     size_t numDependencies, void *dst, const void *symbol,
					     size_t count, size_t offset, enum cudaMemcpyKind kind)
{
	void *src = NULL;
	cudaError_t error = symbol_part(symbol, count, offset, &src);

	return error ? error_set(error) :
		       cudaGraphAddMemcpyNode1D(node, graph, dependencies, numDependencies, dst,
						src, count, kind);
}

cudaError_t cudaGraphMemcpyNodeSetParamsToSymbol(cudaGraphNode_t node, const void *symbol,
						 const void *src, size_t count, size_t offset,
						 enum cudaMemcpyKind kind)
{
	void *dst = NULL;
	cudaError_t error = symbol_part(symbol, count, offset, &dst);

	return error ? error_set(error) :
		       cudaGraphMemcpyNodeSetParams1D(node, dst, src, count, kind);
}

cudaError_t cudaGraphMemcpyNodeSetParamsFromSymbol(cudaGraphNode_t node, void *dst,
						   const void *symbol, size_t count, size_t offset,
						   enum cudaMemcpyKind kind)
{
	void *src = NULL;
	cudaError_t error = symbol_part(symbol, count, offset, &src);

	return error ? error_set(error) :
		       cudaGraphMemcpyNodeSetParams1D(node, dst, src, count, kind);
}

cudaError_t cudaGraphExecMemcpyNodeSetParamsToSymbol(cudaGraphExec_t exec, cudaGraphNode_t node,
						     const void *symbol, const void *src,
						     size_t count, size_t offset,
						     enum cudaMemcpyKind kind)
{
	void *dst = NULL;
	cudaError_t error = symbol_part(symbol, count, offset, &dst);

	return error ? error_set(error) :
		       cudaGraphExecMemcpyNodeSetParams1D(exec, node, dst, src, count, kind);
}

cudaError_t cudaGraphExecMemcpyNodeSetParamsFromSymbol(cudaGraphExec_t exec, cudaGraphNode_t node,
						       void *dst, const void *symbol, size_t count,
						       size_t offset, enum cudaMemcpyKind kind)
{
	void *src = NULL;
	cudaError_t error = symbol_part(symbol, count, offset, &src);

	return error ? error_set(error) :
		       cudaGraphExecMemcpyNodeSetParams1D(exec, node, dst, src, count, kind);
}

/* Fills. */

static_assert(sizeof(struct cudaMemsetParams) == sizeof(CUDA_MEMSET_NODE_PARAMS) &&
	      offsetof(struct cudaMemsetParams, height) ==
		      offsetof(CUDA_MEMSET_NODE_PARAMS, height),
	      "parameters of fills are the driver's");

cudaError_t cudaGraphAddMemsetNode(cudaGraphNode_t *node, cudaGraph_t graph,
				   const cudaGraphNode_t *dependencies, size_t count,
				   const struct cudaMemsetParams *params)
{
	CUcontext context;
	cudaError_t error = current(&context);

	if (!error)
		error = error_from(driver.cuGraphAddMemsetNode(
			node, graph, dependencies, count, (const CUDA_MEMSET_NODE_PARAMS *)params,
			context));
	return error_set(error);
}

FORWARD(cudaGraphMemsetNodeGetParams, (cudaGraphNode_t node, struct cudaMemsetParams *params),
	cuGraphMemsetNodeGetParams(node, (CUDA_MEMSET_NODE_PARAMS *)params))
FORWARD(cudaGraphMemsetNodeSetParams,
	(cudaGraphNode_t node, const struct cudaMemsetParams *params),
	cuGraphMemsetNodeSetParams(node, (const CUDA_MEMSET_NODE_PARAMS *)params))

cudaError_t cudaGraphExecMemsetNodeSetParams(cudaGraphExec_t exec, cudaGraphNode_t node,
					     const struct cudaMemsetParams *params)
{
	CUcontext context;
	cudaError_t error = current(&context);

	if (!error)
		error = error_from(driver.cuGraphExecMemsetNodeSetParams(
			exec, node, (const CUDA_MEMSET_NODE_PARAMS *)params, context));
	return error_set(error);
}

/* Host functions. */

static_assert(sizeof(struct cudaHostNodeParams) == sizeof(CUDA_HOST_NODE_PARAMS),
	      "parameters of host functions are the driver's");

FORWARD(cudaGraphAddHostNode,
	(cudaGraphNode_t *node, cudaGraph_t graph, const cudaGraphNode_t *dependencies,
	 size_t count, const struct cudaHostNodeParams *params),
	cuGraphAddHostNode(node, graph, dependencies, count,
			   (const CUDA_HOST_NODE_PARAMS *)params))
FORWARD(cudaGraphHostNodeGetParams, (cudaGraphNode_t node, struct cudaHostNodeParams *params),
	cuGraphHostNodeGetParams(node, (CUDA_HOST_NODE_PARAMS *)params))
FORWARD(cudaGraphHostNodeSetParams,
	(cudaGraphNode_t node, const struct cudaHostNodeParams *params),
	cuGraphHostNodeSetParams(node, (const CUDA_HOST_NODE_PARAMS *)params))
FORWARD(cudaGraphExecHostNodeSetParams,
	(cudaGraphExec_t exec, cudaGraphNode_t node, const struct cudaHostNodeParams *params),
	cuGraphExecHostNodeSetParams(exec, node, (const CUDA_HOST_NODE_PARAMS *)params))

/* Child graphs, events, and nothing. */

FORWARD(cudaGraphAddChildGraphNode,
	(cudaGraphNode_t *node, cudaGraph_t graph, const cudaGraphNode_t *dependencies,
	 size_t count, cudaGraph_t child),
	cuGraphAddChildGraphNode(node, graph, dependencies, count, child))
FORWARD(cudaGraphChildGraphNodeGetGraph, (cudaGraphNode_t node, cudaGraph_t *graph),
	cuGraphChildGraphNodeGetGraph(node, graph))
FORWARD(cudaGraphExecChildGraphNodeSetParams,
	(cudaGraphExec_t exec, cudaGraphNode_t node, cudaGraph_t child),
	cuGraphExecChildGraphNodeSetParams(exec, node, child))
FORWARD(cudaGraphAddEmptyNode,
	(cudaGraphNode_t *node, cudaGraph_t graph, const cudaGraphNode_t *dependencies,
	 size_t count),
	cuGraphAddEmptyNode(node, graph, dependencies, count))
FORWARD(cudaGraphAddEventRecordNode,
	(cudaGraphNode_t *node, cudaGraph_t graph, const cudaGraphNode_t *dependencies,
	 size_t count, cudaEvent_t event),
	cuGraphAddEventRecordNode(node, graph, dependencies, count, event))
FORWARD(cudaGraphEventRecordNodeGetEvent, (cudaGraphNode_t node, cudaEvent_t *event),
	cuGraphEventRecordNodeGetEvent(node, event))
FORWARD(cudaGraphEventRecordNodeSetEvent, (cudaGraphNode_t node, cudaEvent_t event),
	cuGraphEventRecordNodeSetEvent(node, event))
FORWARD(cudaGraphExecEventRecordNodeSetEvent,
	(cudaGraphExec_t exec, cudaGraphNode_t node, cudaEvent_t event),
	cuGraphExecEventRecordNodeSetEvent(exec, node, event))
FORWARD(cudaGraphAddEventWaitNode,
	(cudaGraphNode_t *node, cudaGraph_t graph, const cudaGraphNode_t *dependencies,
	 size_t count, cudaEvent_t event),
	cuGraphAddEventWaitNode(node, graph, dependencies, count, event))
FORWARD(cudaGraphEventWaitNodeGetEvent, (cudaGraphNode_t node, cudaEvent_t *event),
	cuGraphEventWaitNodeGetEvent(node, event))
FORWARD(cudaGraphEventWaitNodeSetEvent, (cudaGraphNode_t node, cudaEvent_t event),
	cuGraphEventWaitNodeSetEvent(node, event))
FORWARD(cudaGraphExecEventWaitNodeSetEvent,
	(cudaGraphExec_t exec, cudaGraphNode_t node, cudaEvent_t event),
	cuGraphExecEventWaitNodeSetEvent(exec, node, event))

/* Allocation. */

static_assert(sizeof(struct cudaMemAllocNodeParams) == sizeof(CUDA_MEM_ALLOC_NODE_PARAMS) &&
	      offsetof(struct cudaMemAllocNodeParams, dptr) ==
		      offsetof(CUDA_MEM_ALLOC_NODE_PARAMS, dptr),
	      "parameters of allocations are the driver's");

FORWARD(cudaGraphAddMemAllocNode,
	(cudaGraphNode_t *node, cudaGraph_t graph, const cudaGraphNode_t *dependencies,
	 size_t count, struct cudaMemAllocNodeParams *params),
	cuGraphAddMemAllocNode(node, graph, dependencies, count,
			       (CUDA_MEM_ALLOC_NODE_PARAMS *)params))
FORWARD(cudaGraphMemAllocNodeGetParams,
	(cudaGraphNode_t node, struct cudaMemAllocNodeParams *params),
	cuGraphMemAllocNodeGetParams(node, (CUDA_MEM_ALLOC_NODE_PARAMS *)params))
FORWARD(cudaGraphAddMemFreeNode,
	(cudaGraphNode_t *node, cudaGraph_t graph, const cudaGraphNode_t *dependencies,
	 size_t count, void *dptr),
	cuGraphAddMemFreeNode(node, graph, dependencies, count, device_ptr(dptr)))
FORWARD(cudaGraphMemFreeNodeGetParams, (cudaGraphNode_t node, void *dptr),
	cuGraphMemFreeNodeGetParams(node, (CUdeviceptr *)dptr))

/* Nodes of any type, by a struct that says which. */

static_assert(sizeof(struct cudaGraphNodeParams) == sizeof(CUgraphNodeParams) &&
	      offsetof(struct cudaGraphNodeParams, kernel) == offsetof(CUgraphNodeParams, kernel) &&
	      offsetof(struct cudaConditionalNodeParams, phGraph_out) ==
		      offsetof(CUDA_CONDITIONAL_NODE_PARAMS, phGraph_out),
	      "nodes are told in the driver's struct");

/* What differs is the kernel's name, the copy's words, and the contexts. */
static cudaError_t node_from(CUgraphNodeParams *to, const struct cudaGraphNodeParams *from)
{
	CUcontext context;
	CUkernel kernel = NULL;
	cudaError_t error = require(current(&context), from);

	if (error)
		return error;
	memcpy(to, from, sizeof(*to));
	switch (from->type) {
	case cudaGraphNodeTypeKernel:
		error = kernel_find(from->kernel.func, &kernel);
		to->kernel.func = NULL;
		to->kernel.kern = kernel;
		to->kernel.ctx = NULL;
		break;
	case cudaGraphNodeTypeMemcpy:
		to->memcpy = (CUDA_MEMCPY_NODE_PARAMS){ .flags = from->memcpy.flags,
							.copyCtx = context };
		error = copy3d_from(&to->memcpy.copyParams, &from->memcpy.copyParams);
		break;
	case cudaGraphNodeTypeMemset:
		to->memset.ctx = context;
		break;
	case cudaGraphNodeTypeConditional:
		to->conditional.ctx = context;
		break;
	default:
		break;
	}
	return error;
}

/* What the driver answers in the struct. */
static void node_to(struct cudaGraphNodeParams *to, const CUgraphNodeParams *from)
{
	if (to->type == cudaGraphNodeTypeMemAlloc)
		to->alloc.dptr = (void *)from->alloc.dptr;
	if (to->type == cudaGraphNodeTypeConditional)
		to->conditional.phGraph_out = from->conditional.phGraph_out;
}

static cudaError_t add_node(cudaGraphNode_t *node, cudaGraph_t graph,
			    const cudaGraphNode_t *dependencies, const cudaGraphEdgeData *edges,
			    size_t count, struct cudaGraphNodeParams *params)
{
	CUgraphNodeParams driver_params;
	cudaError_t error = node_from(&driver_params, params);

	if (!error)
		error = error_from(driver.cuGraphAddNode_v2(node, graph, dependencies,
							    (const CUgraphEdgeData *)edges, count,
							    &driver_params));
	if (!error)
		node_to(params, &driver_params);
	return error;
}

cudaError_t cudaGraphAddNode(cudaGraphNode_t *node, cudaGraph_t graph,
			     const cudaGraphNode_t *dependencies, const cudaGraphEdgeData *edges,
			     size_t count, struct cudaGraphNodeParams *params)
{
	return error_set(add_node(node, graph, dependencies, edges, count, params));
}

cudaError_t cudaGraphNodeSetParams(cudaGraphNode_t node, struct cudaGraphNodeParams *params)
{
	CUgraphNodeParams driver_params;
	cudaError_t error = node_from(&driver_params, params);

	if (!error)
		error = error_from(driver.cuGraphNodeSetParams(node, &driver_params));
	return error_set(error);
}

cudaError_t cudaGraphExecNodeSetParams(cudaGraphExec_t exec, cudaGraphNode_t node,
				       struct cudaGraphNodeParams *params)
{
	CUgraphNodeParams driver_params;
	cudaError_t error = node_from(&driver_params, params);

	if (!error)
		error = error_from(driver.cuGraphExecNodeSetParams(exec, node, &driver_params));
	return error_set(error);
}

cudaError_t cudaGraphConditionalHandleCreate(cudaGraphConditionalHandle *handle, cudaGraph_t graph,
					     unsigned int defaultLaunchValue, unsigned int flags)
{
	CUcontext context;
	cudaError_t error = current(&context);

	if (!error)
		error = error_from(driver.cuGraphConditionalHandleCreate(
			(CUgraphConditionalHandle *)handle, graph, context, defaultLaunchValue,
			flags));
	return error_set(error);
}
