/* SPDX-License-Identifier: MIT */
/*
 * graph_node_types.c - cuGraphAddKernelNode and all the calls for one type of node
 *
 * Each only moves its parameters to or from a CUgraphNodeParams; graph_node.c does the rest.  The
 * structs of these calls are the beginning of the union's members, which are zero behind them: a
 * kernel without a CUkernel, a fill without a context.
 */
#include <string.h>

#include "softgpu/driver.h"
#include "softgpu/graph.h"

/* pack() - @bytes of parameters at the start of the union */
static CUresult pack(CUgraphNodeParams *all, CUgraphNodeType type, const void *params, size_t bytes)
{
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!params)
		return CUDA_ERROR_INVALID_VALUE;
	memset(all, 0, sizeof(*all));
	all->type = type;
	memcpy(all->reserved1, params, bytes);
	return CUDA_SUCCESS;
}

static CUresult get(CUgraphNode node, CUgraphNodeType type, void *params, size_t bytes)
{
	CUgraphNodeParams all;
	CUresult result = node_get_params(node, type, &all);

	if (result)
		return result;
	if (!params)
		return CUDA_ERROR_INVALID_VALUE;
	memcpy(params, all.reserved1, bytes);
	return CUDA_SUCCESS;
}

static CUresult set(CUgraphNode node, CUgraphNodeType type, const void *params, size_t bytes)
{
	CUgraphNodeParams all;
	CUresult result = pack(&all, type, params, bytes);

	return result ? result : node_set_params(node, &all);
}

static CUresult exec_set(CUgraphExec exec, CUgraphNode node, CUgraphNodeType type,
			 const void *params, size_t bytes)
{
	CUgraphNodeParams all;
	CUresult result = pack(&all, type, params, bytes);

	return result ? result : exec_set_params(exec, node, &all);
}

static CUresult add(CUgraphNode *node, CUgraph graph, const CUgraphNode *from, size_t count,
		    CUgraphNodeType type, const void *params, size_t bytes)
{
	CUgraphNodeParams all;
	CUresult result = pack(&all, type, params, bytes);

	return result ? result : node_add(node, graph, from, NULL, count, &all);
}

/* Kernels. */

CUresult cuGraphAddKernelNode_v2(CUgraphNode *phGraphNode, CUgraph hGraph,
				 const CUgraphNode *dependencies, size_t numDependencies,
				 const CUDA_KERNEL_NODE_PARAMS *nodeParams)
{
	return add(phGraphNode, hGraph, dependencies, numDependencies, CU_GRAPH_NODE_TYPE_KERNEL,
		   nodeParams, sizeof(*nodeParams));
}

CUresult cuGraphKernelNodeGetParams_v2(CUgraphNode hNode, CUDA_KERNEL_NODE_PARAMS *nodeParams)
{
	return get(hNode, CU_GRAPH_NODE_TYPE_KERNEL, nodeParams, sizeof(*nodeParams));
}

CUresult cuGraphKernelNodeSetParams_v2(CUgraphNode hNode, const CUDA_KERNEL_NODE_PARAMS *nodeParams)
{
	return set(hNode, CU_GRAPH_NODE_TYPE_KERNEL, nodeParams, sizeof(*nodeParams));
}

CUresult cuGraphExecKernelNodeSetParams_v2(CUgraphExec hGraphExec, CUgraphNode hNode,
					   const CUDA_KERNEL_NODE_PARAMS *nodeParams)
{
	return exec_set(hGraphExec, hNode, CU_GRAPH_NODE_TYPE_KERNEL, nodeParams,
			sizeof(*nodeParams));
}

/* Copies. */

/* copy_params() - NULL in, NULL out */
static const CUDA_MEMCPY_NODE_PARAMS *copy_params(CUDA_MEMCPY_NODE_PARAMS *to,
						  const CUDA_MEMCPY3D *params, CUcontext context)
{
	if (!params)
		return NULL;
	*to = (CUDA_MEMCPY_NODE_PARAMS){ .copyCtx = context, .copyParams = *params };
	return to;
}

CUresult cuGraphAddMemcpyNode(CUgraphNode *phGraphNode, CUgraph hGraph,
			      const CUgraphNode *dependencies, size_t numDependencies,
			      const CUDA_MEMCPY3D *copyParams, CUcontext ctx)
{
	CUDA_MEMCPY_NODE_PARAMS params;

	return add(phGraphNode, hGraph, dependencies, numDependencies, CU_GRAPH_NODE_TYPE_MEMCPY,
		   copy_params(&params, copyParams, ctx), sizeof(params));
}

CUresult cuGraphMemcpyNodeGetParams(CUgraphNode hNode, CUDA_MEMCPY3D *nodeParams)
{
	CUDA_MEMCPY_NODE_PARAMS params;
	CUresult result = get(hNode, CU_GRAPH_NODE_TYPE_MEMCPY, &params, sizeof(params));

	if (result)
		return result;
	if (!nodeParams)
		return CUDA_ERROR_INVALID_VALUE;
	*nodeParams = params.copyParams;
	return CUDA_SUCCESS;
}

CUresult cuGraphMemcpyNodeSetParams(CUgraphNode hNode, const CUDA_MEMCPY3D *nodeParams)
{
	CUDA_MEMCPY_NODE_PARAMS params;

	return set(hNode, CU_GRAPH_NODE_TYPE_MEMCPY, copy_params(&params, nodeParams, NULL),
		   sizeof(params));
}

CUresult cuGraphExecMemcpyNodeSetParams(CUgraphExec hGraphExec, CUgraphNode hNode,
					const CUDA_MEMCPY3D *copyParams, CUcontext ctx)
{
	CUDA_MEMCPY_NODE_PARAMS params;

	return exec_set(hGraphExec, hNode, CU_GRAPH_NODE_TYPE_MEMCPY,
			copy_params(&params, copyParams, ctx), sizeof(params));
}

/* Fills. */

/* fill_params() - NULL in, NULL out */
static const CUDA_MEMSET_NODE_PARAMS_v2 *fill_params(CUDA_MEMSET_NODE_PARAMS_v2 *to,
						     const CUDA_MEMSET_NODE_PARAMS *params,
						     CUcontext context)
{
	if (!params)
		return NULL;
	*to = (CUDA_MEMSET_NODE_PARAMS_v2){
		.dst = params->dst, .pitch = params->pitch, .value = params->value,
		.elementSize = params->elementSize, .width = params->width,
		.height = params->height, .ctx = context,
	};
	return to;
}

CUresult cuGraphAddMemsetNode(CUgraphNode *phGraphNode, CUgraph hGraph,
			      const CUgraphNode *dependencies, size_t numDependencies,
			      const CUDA_MEMSET_NODE_PARAMS *memsetParams, CUcontext ctx)
{
	CUDA_MEMSET_NODE_PARAMS_v2 params;

	return add(phGraphNode, hGraph, dependencies, numDependencies, CU_GRAPH_NODE_TYPE_MEMSET,
		   fill_params(&params, memsetParams, ctx), sizeof(params));
}

CUresult cuGraphMemsetNodeGetParams(CUgraphNode hNode, CUDA_MEMSET_NODE_PARAMS *nodeParams)
{
	return get(hNode, CU_GRAPH_NODE_TYPE_MEMSET, nodeParams, sizeof(*nodeParams));
}

CUresult cuGraphMemsetNodeSetParams(CUgraphNode hNode, const CUDA_MEMSET_NODE_PARAMS *nodeParams)
{
	return set(hNode, CU_GRAPH_NODE_TYPE_MEMSET, nodeParams, sizeof(*nodeParams));
}

CUresult cuGraphExecMemsetNodeSetParams(CUgraphExec hGraphExec, CUgraphNode hNode,
					const CUDA_MEMSET_NODE_PARAMS *memsetParams, CUcontext ctx)
{
	CUDA_MEMSET_NODE_PARAMS_v2 params;

	return exec_set(hGraphExec, hNode, CU_GRAPH_NODE_TYPE_MEMSET,
			fill_params(&params, memsetParams, ctx), sizeof(params));
}

/* Host functions. */

CUresult cuGraphAddHostNode(CUgraphNode *phGraphNode, CUgraph hGraph,
			    const CUgraphNode *dependencies, size_t numDependencies,
			    const CUDA_HOST_NODE_PARAMS *nodeParams)
{
	return add(phGraphNode, hGraph, dependencies, numDependencies, CU_GRAPH_NODE_TYPE_HOST,
		   nodeParams, sizeof(*nodeParams));
}

CUresult cuGraphHostNodeGetParams(CUgraphNode hNode, CUDA_HOST_NODE_PARAMS *nodeParams)
{
	return get(hNode, CU_GRAPH_NODE_TYPE_HOST, nodeParams, sizeof(*nodeParams));
}

CUresult cuGraphHostNodeSetParams(CUgraphNode hNode, const CUDA_HOST_NODE_PARAMS *nodeParams)
{
	return set(hNode, CU_GRAPH_NODE_TYPE_HOST, nodeParams, sizeof(*nodeParams));
}

CUresult cuGraphExecHostNodeSetParams(CUgraphExec hGraphExec, CUgraphNode hNode,
				      const CUDA_HOST_NODE_PARAMS *nodeParams)
{
	return exec_set(hGraphExec, hNode, CU_GRAPH_NODE_TYPE_HOST, nodeParams,
			sizeof(*nodeParams));
}

/* Words in memory. */

CUresult cuGraphAddBatchMemOpNode(CUgraphNode *phGraphNode, CUgraph hGraph,
				  const CUgraphNode *dependencies, size_t numDependencies,
				  const CUDA_BATCH_MEM_OP_NODE_PARAMS *nodeParams)
{
	return add(phGraphNode, hGraph, dependencies, numDependencies,
		   CU_GRAPH_NODE_TYPE_BATCH_MEM_OP, nodeParams, sizeof(*nodeParams));
}

CUresult cuGraphBatchMemOpNodeGetParams(CUgraphNode hNode,
					CUDA_BATCH_MEM_OP_NODE_PARAMS *nodeParams_out)
{
	return get(hNode, CU_GRAPH_NODE_TYPE_BATCH_MEM_OP, nodeParams_out,
		   sizeof(*nodeParams_out));
}

CUresult cuGraphBatchMemOpNodeSetParams(CUgraphNode hNode,
					const CUDA_BATCH_MEM_OP_NODE_PARAMS *nodeParams)
{
	return set(hNode, CU_GRAPH_NODE_TYPE_BATCH_MEM_OP, nodeParams, sizeof(*nodeParams));
}

CUresult cuGraphExecBatchMemOpNodeSetParams(CUgraphExec hGraphExec, CUgraphNode hNode,
					    const CUDA_BATCH_MEM_OP_NODE_PARAMS *nodeParams)
{
	return exec_set(hGraphExec, hNode, CU_GRAPH_NODE_TYPE_BATCH_MEM_OP, nodeParams,
			sizeof(*nodeParams));
}

/* Child graphs, and nothing. */

CUresult cuGraphAddChildGraphNode(CUgraphNode *phGraphNode, CUgraph hGraph,
				  const CUgraphNode *dependencies, size_t numDependencies,
				  CUgraph childGraph)
{
	const CUDA_CHILD_GRAPH_NODE_PARAMS params = { .graph = childGraph };

	return add(phGraphNode, hGraph, dependencies, numDependencies, CU_GRAPH_NODE_TYPE_GRAPH,
		   &params, sizeof(params));
}

CUresult cuGraphChildGraphNodeGetGraph(CUgraphNode hNode, CUgraph *phGraph)
{
	return get(hNode, CU_GRAPH_NODE_TYPE_GRAPH, phGraph, sizeof(*phGraph));
}

CUresult cuGraphExecChildGraphNodeSetParams(CUgraphExec hGraphExec, CUgraphNode hNode,
					    CUgraph childGraph)
{
	const CUDA_CHILD_GRAPH_NODE_PARAMS params = { .graph = childGraph };

	return exec_set(hGraphExec, hNode, CU_GRAPH_NODE_TYPE_GRAPH, &params, sizeof(params));
}

CUresult cuGraphAddEmptyNode(CUgraphNode *phGraphNode, CUgraph hGraph,
			     const CUgraphNode *dependencies, size_t numDependencies)
{
	return add(phGraphNode, hGraph, dependencies, numDependencies, CU_GRAPH_NODE_TYPE_EMPTY,
		   "", 0);
}

/* Events. */

CUresult cuGraphAddEventRecordNode(CUgraphNode *phGraphNode, CUgraph hGraph,
				   const CUgraphNode *dependencies, size_t numDependencies,
				   CUevent event)
{
	return add(phGraphNode, hGraph, dependencies, numDependencies,
		   CU_GRAPH_NODE_TYPE_EVENT_RECORD, &event, sizeof(event));
}

CUresult cuGraphEventRecordNodeGetEvent(CUgraphNode hNode, CUevent *event_out)
{
	return get(hNode, CU_GRAPH_NODE_TYPE_EVENT_RECORD, event_out, sizeof(*event_out));
}

CUresult cuGraphEventRecordNodeSetEvent(CUgraphNode hNode, CUevent event)
{
	return set(hNode, CU_GRAPH_NODE_TYPE_EVENT_RECORD, &event, sizeof(event));
}

CUresult cuGraphExecEventRecordNodeSetEvent(CUgraphExec hGraphExec, CUgraphNode hNode,
					    CUevent event)
{
	return exec_set(hGraphExec, hNode, CU_GRAPH_NODE_TYPE_EVENT_RECORD, &event,
			sizeof(event));
}

CUresult cuGraphAddEventWaitNode(CUgraphNode *phGraphNode, CUgraph hGraph,
				 const CUgraphNode *dependencies, size_t numDependencies,
				 CUevent event)
{
	return add(phGraphNode, hGraph, dependencies, numDependencies,
		   CU_GRAPH_NODE_TYPE_WAIT_EVENT, &event, sizeof(event));
}

CUresult cuGraphEventWaitNodeGetEvent(CUgraphNode hNode, CUevent *event_out)
{
	return get(hNode, CU_GRAPH_NODE_TYPE_WAIT_EVENT, event_out, sizeof(*event_out));
}

CUresult cuGraphEventWaitNodeSetEvent(CUgraphNode hNode, CUevent event)
{
	return set(hNode, CU_GRAPH_NODE_TYPE_WAIT_EVENT, &event, sizeof(event));
}

CUresult cuGraphExecEventWaitNodeSetEvent(CUgraphExec hGraphExec, CUgraphNode hNode, CUevent event)
{
	return exec_set(hGraphExec, hNode, CU_GRAPH_NODE_TYPE_WAIT_EVENT, &event, sizeof(event));
}

/* Allocation. */

CUresult cuGraphAddMemAllocNode(CUgraphNode *phGraphNode, CUgraph hGraph,
				const CUgraphNode *dependencies, size_t numDependencies,
				CUDA_MEM_ALLOC_NODE_PARAMS *nodeParams)
{
	CUgraphNodeParams all;
	CUresult result = pack(&all, CU_GRAPH_NODE_TYPE_MEM_ALLOC, nodeParams,
			       sizeof(*nodeParams));

	if (!result)
		result = node_add(phGraphNode, hGraph, dependencies, NULL, numDependencies, &all);
	if (!result)
		nodeParams->dptr = all.alloc.dptr;
	return result;
}

CUresult cuGraphMemAllocNodeGetParams(CUgraphNode hNode, CUDA_MEM_ALLOC_NODE_PARAMS *params_out)
{
	return get(hNode, CU_GRAPH_NODE_TYPE_MEM_ALLOC, params_out, sizeof(*params_out));
}

CUresult cuGraphAddMemFreeNode(CUgraphNode *phGraphNode, CUgraph hGraph,
			       const CUgraphNode *dependencies, size_t numDependencies,
			       CUdeviceptr dptr)
{
	return add(phGraphNode, hGraph, dependencies, numDependencies,
		   CU_GRAPH_NODE_TYPE_MEM_FREE, &dptr, sizeof(dptr));
}

CUresult cuGraphMemFreeNodeGetParams(CUgraphNode hNode, CUdeviceptr *dptr_out)
{
	return get(hNode, CU_GRAPH_NODE_TYPE_MEM_FREE, dptr_out, sizeof(*dptr_out));
}
