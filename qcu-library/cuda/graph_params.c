/* SPDX-License-Identifier: MIT */
/*
 * graph_params.c - nodes of any type by one call: cuGraphAddNode and its like
 *
 * Each type has calls of its own; these choose among them.  What only cuGraphAddNode
 * can say is said afterwards (edges that are more than an order) or crosses by rows
 * of its own (conditional nodes, a child graph that the node takes over).
 */
#include <stdlib.h>
#include <string.h>

#include "qcu-library/cuda/graph.h"
#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/loan.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"

#define MAX_BODIES	1024	/* of a conditional node */

/* struct place - where a node is to be added */
struct place {
	CUgraph graph;
	const CUgraphNode *dependencies;
	size_t n;
};

/*
 * union params - what the calls for one type of node take
 *
 * Their structs are those of CUgraphNodeParams, or the beginning of them.
 */
union params {
	CUDA_KERNEL_NODE_PARAMS kernel;
	CUDA_MEMSET_NODE_PARAMS memset;
	CUDA_HOST_NODE_PARAMS host;
	CUDA_MEM_ALLOC_NODE_PARAMS alloc;
	CUDA_BATCH_MEM_OP_NODE_PARAMS memOp;
};

#define SAME_PLACE(a, b, field) static_assert(offsetof(a, field) == offsetof(b, field), #a)
SAME_PLACE(CUDA_KERNEL_NODE_PARAMS, CUDA_KERNEL_NODE_PARAMS_v3, ctx);
SAME_PLACE(CUDA_MEMSET_NODE_PARAMS, CUDA_MEMSET_NODE_PARAMS_v2, height);
SAME_PLACE(CUDA_HOST_NODE_PARAMS, CUDA_HOST_NODE_PARAMS_v2, userData);
SAME_PLACE(CUDA_MEM_ALLOC_NODE_PARAMS, CUDA_MEM_ALLOC_NODE_PARAMS_v2, dptr);
SAME_PLACE(CUDA_BATCH_MEM_OP_NODE_PARAMS, CUDA_BATCH_MEM_OP_NODE_PARAMS_v2, flags);

static union params params_of(const CUgraphNodeParams *p)
{
	union params params;

	static_assert(sizeof(params) <= sizeof(p->reserved1), "the beginning");
	memcpy(&params, p->reserved1, sizeof(params));
	return params;
}

/* The host's driver makes the graphs that the node runs; they belong to it. */
static CUresult add_conditional(CUgraphNode *node, const struct place *at,
				CUDA_CONDITIONAL_NODE_PARAMS *p)
{
	struct loan loan;
	CUresult rc;

	if (!p->size || p->size > MAX_BODIES)
		return CUDA_ERROR_INVALID_VALUE;
	rc = loan_init(&loan, KIND_CUgraph, 0, p->size);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = send_node_add_conditional(node, at->graph, at->dependencies, at->n, p->ctx,
				       p->handle, p->type, p->size, loan.names);
	for (uint32_t i = 0; rc == CUDA_SUCCESS && i < loan.n; i++)
		handle_move(loan.names[i], (uint64_t)*node);
	if (rc == CUDA_SUCCESS)
		p->phGraph_out = (CUgraph *)node_data_keep(*node, loan.names,
							   p->size * sizeof(loan.names[0]));
	loan_finish(&loan, rc == CUDA_SUCCESS ? p->size : 0);
	return rc;
}

static CUresult add_child(CUgraphNode *node, const struct place *at,
			  const CUDA_CHILD_GRAPH_NODE_PARAMS *p)
{
	CUresult rc;

	if (p->ownership != CU_GRAPH_CHILD_GRAPH_OWNERSHIP_MOVE)
		return cuGraphAddChildGraphNode(node, at->graph, at->dependencies, at->n,
						p->graph);
	rc = send_node_add_moved_graph(node, at->graph, at->dependencies, at->n, p->graph);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = graph_keep_as((uint64_t)at->graph, (uint64_t)p->graph);
	handle_move((uint64_t)p->graph, (uint64_t)*node);
	return rc;
}

static CUresult add(CUgraphNode *node, const struct place *at, CUgraphNodeParams *p)
{
	union params params = params_of(p);
	CUresult rc;

	switch (p->type) {
	case CU_GRAPH_NODE_TYPE_KERNEL:
		return cuGraphAddKernelNode_v2(node, at->graph, at->dependencies, at->n,
					       &params.kernel);
	case CU_GRAPH_NODE_TYPE_MEMCPY:
		return cuGraphAddMemcpyNode(node, at->graph, at->dependencies, at->n,
					    &p->memcpy.copyParams, p->memcpy.copyCtx);
	case CU_GRAPH_NODE_TYPE_MEMSET:
		return cuGraphAddMemsetNode(node, at->graph, at->dependencies, at->n,
					    &params.memset, p->memset.ctx);
	case CU_GRAPH_NODE_TYPE_HOST:
		return cuGraphAddHostNode(node, at->graph, at->dependencies, at->n, &params.host);
	case CU_GRAPH_NODE_TYPE_GRAPH:
		return add_child(node, at, &p->graph);
	case CU_GRAPH_NODE_TYPE_EMPTY:
		return cuGraphAddEmptyNode(node, at->graph, at->dependencies, at->n);
	case CU_GRAPH_NODE_TYPE_WAIT_EVENT:
		return cuGraphAddEventWaitNode(node, at->graph, at->dependencies, at->n,
					       p->eventWait.event);
	case CU_GRAPH_NODE_TYPE_EVENT_RECORD:
		return cuGraphAddEventRecordNode(node, at->graph, at->dependencies, at->n,
						 p->eventRecord.event);
	case CU_GRAPH_NODE_TYPE_MEM_ALLOC:
		rc = cuGraphAddMemAllocNode(node, at->graph, at->dependencies, at->n,
					    &params.alloc);
		p->alloc.dptr = params.alloc.dptr;
		return rc;
	case CU_GRAPH_NODE_TYPE_MEM_FREE:
		return cuGraphAddMemFreeNode(node, at->graph, at->dependencies, at->n,
					     p->free.dptr);
	case CU_GRAPH_NODE_TYPE_BATCH_MEM_OP:
		return cuGraphAddBatchMemOpNode(node, at->graph, at->dependencies, at->n,
						&params.memOp);
	case CU_GRAPH_NODE_TYPE_CONDITIONAL:
		return add_conditional(node, at, &p->conditional);
	case CU_GRAPH_NODE_TYPE_EXT_SEMAS_SIGNAL:
	case CU_GRAPH_NODE_TYPE_EXT_SEMAS_WAIT:
		return CUDA_ERROR_NOT_SUPPORTED;
	default:
		return CUDA_ERROR_INVALID_VALUE;
	}
}

/* Edges that are more than an order: the node is there already, so they are added to it. */
static CUresult add_edges(CUgraphNode node, const struct place *at, const CUgraphEdgeData *data)
{
	CUgraphNode *to = calloc(at->n, sizeof(*to));
	CUresult rc;

	if (!to)
		return CUDA_ERROR_OUT_OF_MEMORY;
	for (size_t i = 0; i < at->n; i++)
		to[i] = node;
	rc = cuGraphAddDependencies_v2(at->graph, at->dependencies, to, data, at->n);
	free(to);
	return rc;
}

CUresult CUDAAPI cuGraphAddNode_v2(CUgraphNode *phGraphNode, CUgraph hGraph,
				   const CUgraphNode *dependencies,
				   const CUgraphEdgeData *dependencyData, size_t numDependencies,
				   CUgraphNodeParams *nodeParams)
{
	static const CUgraphEdgeData plain;
	struct place at = { hGraph, dependencies, numDependencies };
	bool with_data = false;
	CUgraphNode node;
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!phGraphNode || !nodeParams || (numDependencies && !dependencies))
		return CUDA_ERROR_INVALID_VALUE;
	for (size_t i = 0; dependencyData && i < numDependencies; i++)
		with_data |= !!memcmp(&dependencyData[i], &plain, sizeof(plain));
	if (with_data)
		at.n = 0;
	rc = add(&node, &at, nodeParams);
	at.n = numDependencies;
	if (rc == CUDA_SUCCESS && with_data) {
		rc = add_edges(node, &at, dependencyData);
		if (rc != CUDA_SUCCESS)
			cuGraphDestroyNode(node);
	}
	if (rc == CUDA_SUCCESS)
		*phGraphNode = node;
	return rc;
}

CUresult CUDAAPI cuGraphNodeSetParams(CUgraphNode hNode, CUgraphNodeParams *nodeParams)
{
	union params params;
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!nodeParams)
		return CUDA_ERROR_INVALID_VALUE;
	params = params_of(nodeParams);
	switch (nodeParams->type) {
	case CU_GRAPH_NODE_TYPE_KERNEL:
		return cuGraphKernelNodeSetParams_v2(hNode, &params.kernel);
	case CU_GRAPH_NODE_TYPE_MEMCPY:
		return cuGraphMemcpyNodeSetParams(hNode, &nodeParams->memcpy.copyParams);
	case CU_GRAPH_NODE_TYPE_MEMSET:
		return cuGraphMemsetNodeSetParams(hNode, &params.memset);
	case CU_GRAPH_NODE_TYPE_HOST:
		return cuGraphHostNodeSetParams(hNode, &params.host);
	case CU_GRAPH_NODE_TYPE_WAIT_EVENT:
		return cuGraphEventWaitNodeSetEvent(hNode, nodeParams->eventWait.event);
	case CU_GRAPH_NODE_TYPE_EVENT_RECORD:
		return cuGraphEventRecordNodeSetEvent(hNode, nodeParams->eventRecord.event);
	case CU_GRAPH_NODE_TYPE_BATCH_MEM_OP:
		return cuGraphBatchMemOpNodeSetParams(hNode, &params.memOp);
	default:
		return CUDA_ERROR_INVALID_VALUE;
	}
}

CUresult CUDAAPI cuGraphExecNodeSetParams(CUgraphExec hGraphExec, CUgraphNode hNode,
					  CUgraphNodeParams *nodeParams)
{
	union params params;
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!nodeParams)
		return CUDA_ERROR_INVALID_VALUE;
	params = params_of(nodeParams);
	switch (nodeParams->type) {
	case CU_GRAPH_NODE_TYPE_KERNEL:
		return cuGraphExecKernelNodeSetParams_v2(hGraphExec, hNode, &params.kernel);
	case CU_GRAPH_NODE_TYPE_MEMCPY:
		return cuGraphExecMemcpyNodeSetParams(hGraphExec, hNode,
						      &nodeParams->memcpy.copyParams,
						      nodeParams->memcpy.copyCtx);
	case CU_GRAPH_NODE_TYPE_MEMSET:
		return cuGraphExecMemsetNodeSetParams(hGraphExec, hNode, &params.memset,
						      nodeParams->memset.ctx);
	case CU_GRAPH_NODE_TYPE_HOST:
		return cuGraphExecHostNodeSetParams(hGraphExec, hNode, &params.host);
	case CU_GRAPH_NODE_TYPE_GRAPH:
		return cuGraphExecChildGraphNodeSetParams(hGraphExec, hNode,
							  nodeParams->graph.graph);
	case CU_GRAPH_NODE_TYPE_WAIT_EVENT:
		return cuGraphExecEventWaitNodeSetEvent(hGraphExec, hNode,
							nodeParams->eventWait.event);
	case CU_GRAPH_NODE_TYPE_EVENT_RECORD:
		return cuGraphExecEventRecordNodeSetEvent(hGraphExec, hNode,
							  nodeParams->eventRecord.event);
	case CU_GRAPH_NODE_TYPE_BATCH_MEM_OP:
		return cuGraphExecBatchMemOpNodeSetParams(hGraphExec, hNode, &params.memOp);
	default:
		return CUDA_ERROR_INVALID_VALUE;
	}
}
