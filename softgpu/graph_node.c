/* SPDX-License-Identifier: MIT */
/*
 * graph_node.c - nodes of any type: made, asked and told by CUgraphNodeParams
 *
 * The calls for one type of node (graph_node_*.c) put their parameters into that struct and come
 * here, so each type is known in one of two places: here if it has graphs inside, in work.c if it
 * does something.
 */
#include <stdlib.h>
#include <string.h>

#include "softgpu/conditional.h"
#include "softgpu/context.h"
#include "softgpu/driver.h"
#include "softgpu/graph.h"
#include "softgpu/graph_memory.h"
#include "softgpu/work.h"

/* contains() - is any node, inner graphs included, of a type in the mask? */
static bool contains(const struct graph *graph, unsigned int types)
{
	for (const struct node *node = graph->first; node; node = node->next) {
		if (types >> node->type & 1)
			return true;
		if (node->child && contains(node->child, types))
			return true;
	}
	return false;
}

#define MEMORY_TYPES (1u << CU_GRAPH_NODE_TYPE_MEM_ALLOC | 1u << CU_GRAPH_NODE_TYPE_MEM_FREE)

/* inside() - is @graph @other, or somewhere in it? */
static bool inside(const struct graph *graph, const struct graph *other)
{
	for (; graph != other && graph->owner; graph = graph->owner->graph)
		;
	return graph == other;
}

static CUresult set_child(struct node *node, CUgraph value,
			  CUgraphChildGraphNodeOwnership ownership)
{
	struct graph *child = graph_find(value);

	if (!child || inside(node->graph, child) || child->capture ||
	    contains(child, 1u << CU_GRAPH_NODE_TYPE_CONDITIONAL))
		return CUDA_ERROR_INVALID_VALUE;
	switch (ownership) {
	case CU_GRAPH_CHILD_GRAPH_OWNERSHIP_CLONE:
		if (contains(child, MEMORY_TYPES))
			return CUDA_ERROR_INVALID_VALUE;
		node->child = graph_copy(child, node);
		return node->child ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
	case CU_GRAPH_CHILD_GRAPH_OWNERSHIP_MOVE:
		if (child->owner || child->execs)
			return CUDA_ERROR_INVALID_VALUE;
		child->owner = node;
		node->child = child;
		node->graph->memory_nodes += child->memory_nodes;
		return CUDA_SUCCESS;
	default:
		return CUDA_ERROR_INVALID_VALUE;
	}
}

static bool size_fits(const CUDA_CONDITIONAL_NODE_PARAMS *params)
{
	switch (params->type) {
	case CU_GRAPH_COND_TYPE_IF:
		return params->size == 1 || params->size == 2;
	case CU_GRAPH_COND_TYPE_WHILE:
		return params->size == 1;
	case CU_GRAPH_COND_TYPE_SWITCH:
		return params->size > 0 && params->size <= 65536;
	default:
		return false;
	}
}

static CUresult set_condition(struct node *node, CUDA_CONDITIONAL_NODE_PARAMS *params)
{
	if (!size_fits(params))
		return CUDA_ERROR_INVALID_VALUE;
	node->conditional = conditional_get(params->handle);
	if (!node->conditional || node->conditional->used ||
	    (params->ctx && (const void *)params->ctx != node->conditional->context))
		return CUDA_ERROR_INVALID_VALUE;
	node->condition = params->type;
	node->bodies = calloc(params->size, sizeof(struct graph *));
	if (!node->bodies)
		return CUDA_ERROR_OUT_OF_MEMORY;
	for (unsigned int i = 0; i < params->size; i++) {
		node->bodies[i] = graph_new(node);
		if (!node->bodies[i])
			return CUDA_ERROR_OUT_OF_MEMORY;
		node->body_count++;
	}
	node->conditional->used = true;
	params->phGraph_out = (CUgraph *)node->bodies;
	return CUDA_SUCCESS;
}

/* in_body() - is a graph part of a conditional node?  Then only some nodes may be in it. */
static bool in_body(const struct graph *graph)
{
	for (; graph->owner; graph = graph->owner->graph)
		if (graph->owner->conditional)
			return true;
	return false;
}

static bool type_fits(const struct graph *graph, CUgraphNodeType type)
{
	switch (type) {
	case CU_GRAPH_NODE_TYPE_KERNEL:
	case CU_GRAPH_NODE_TYPE_EMPTY:
	case CU_GRAPH_NODE_TYPE_GRAPH:
	case CU_GRAPH_NODE_TYPE_MEMSET:
	case CU_GRAPH_NODE_TYPE_MEMCPY:
	case CU_GRAPH_NODE_TYPE_CONDITIONAL:
		return true;
	default:
		return !in_body(graph);
	}
}

/* fill() - what a new node is by its type */
static CUresult fill(struct node *node, CUgraphNodeParams *params)
{
	switch (params->type) {
	case CU_GRAPH_NODE_TYPE_EMPTY:
		return CUDA_SUCCESS;
	case CU_GRAPH_NODE_TYPE_GRAPH:
		return set_child(node, params->graph.graph, params->graph.ownership);
	case CU_GRAPH_NODE_TYPE_CONDITIONAL:
		return set_condition(node, &params->conditional);
	case CU_GRAPH_NODE_TYPE_MEM_ALLOC:
		return graph_memory_alloc(node, &params->alloc);
	case CU_GRAPH_NODE_TYPE_MEM_FREE:
		return graph_memory_free(node, params->free.dptr);
	default:
		return work_new(params, &node->work);
	}
}

static CUresult add(struct graph *graph, const CUgraphNode *from, const CUgraphEdgeData *data,
		    size_t count, CUgraphNodeParams *params, struct node **out)
{
	struct node *node;
	CUresult result;

	if (!type_fits(graph, params->type))
		return CUDA_ERROR_INVALID_VALUE;
	node = node_new(graph, params->type);
	if (!node)
		return CUDA_ERROR_OUT_OF_MEMORY;
	result = edges_connect(node, from, data, count);
	if (!result)
		result = fill(node, params);
	if (result)
		node_destroy(node);
	else
		*out = node;
	return result;
}

CUresult node_add(CUgraphNode *out, CUgraph value, const CUgraphNode *from,
		  const CUgraphEdgeData *data, size_t count, CUgraphNodeParams *params)
{
	struct graph *graph;
	struct node *node;
	CUresult result = graph_enter(value, &graph);

	if (result)
		return result;
	result = out ? add(graph, from, data, count, params, &node) : CUDA_ERROR_INVALID_VALUE;
	if (!result)
		*out = (CUgraphNode)node;
	graph_unlock();
	return result;
}

static void describe(const struct node *node, CUgraphNodeParams *params)
{
	memset(params, 0, sizeof(*params));
	params->type = node->type;
	if (node->work)
		node->work->kind->describe(node->work, params);
	if (node->child)
		params->graph.graph = (CUgraph)node->child;
}

CUresult node_get_params(CUgraphNode value, CUgraphNodeType type, CUgraphNodeParams *params)
{
	struct node *node;
	CUresult result = graph_enter_node(value, &node);

	if (result)
		return result;
	if (node->type == type)
		describe(node, params);
	else
		result = CUDA_ERROR_INVALID_VALUE;
	graph_unlock();
	return result;
}

/* settable() - nodes that do not allocate, free, or have graphs inside */
static bool settable(const struct node *node)
{
	return node->work && node->type != CU_GRAPH_NODE_TYPE_MEM_ALLOC &&
	       node->type != CU_GRAPH_NODE_TYPE_MEM_FREE;
}

CUresult node_set_params(CUgraphNode value, const CUgraphNodeParams *params)
{
	struct node *node;
	struct task *work;
	CUresult result = graph_enter_node(value, &node);

	if (result)
		return result;
	if (node->type != params->type)
		result = CUDA_ERROR_INVALID_VALUE;
	else if (!settable(node))
		result = CUDA_ERROR_NOT_SUPPORTED;
	else
		result = work_renew(node->work, params, &work);
	if (!result) {
		work_put(node->work);
		node->work = work;
	}
	graph_unlock();
	return result;
}

static bool params_valid(const CUgraphNodeParams *params)
{
	return params && !params->reserved0[0] && !params->reserved0[1] && !params->reserved0[2] &&
	       !params->reserved2;
}

CUresult cuGraphAddNode_v2(CUgraphNode *phGraphNode, CUgraph hGraph,
			   const CUgraphNode *dependencies, const CUgraphEdgeData *dependencyData,
			   size_t numDependencies, CUgraphNodeParams *nodeParams)
{
	CUresult result = driver_enter();

	if (result)
		return result;
	return params_valid(nodeParams) ? node_add(phGraphNode, hGraph, dependencies,
						   dependencyData, numDependencies, nodeParams) :
					  CUDA_ERROR_INVALID_VALUE;
}

CUresult cuGraphNodeSetParams(CUgraphNode hNode, CUgraphNodeParams *nodeParams)
{
	CUresult result = driver_enter();

	if (result)
		return result;
	return params_valid(nodeParams) ? node_set_params(hNode, nodeParams) :
					  CUDA_ERROR_INVALID_VALUE;
}

CUresult cuGraphExecNodeSetParams(CUgraphExec hGraphExec, CUgraphNode hNode,
				  CUgraphNodeParams *nodeParams)
{
	CUresult result = driver_enter();

	if (result)
		return result;
	return params_valid(nodeParams) ? exec_set_params(hGraphExec, hNode, nodeParams) :
					  CUDA_ERROR_INVALID_VALUE;
}

CUresult cuGraphNodeGetType(CUgraphNode hNode, CUgraphNodeType *type)
{
	struct node *node;
	CUresult result = graph_enter_node(hNode, &node);

	if (result)
		return result;
	if (type)
		*type = node->type;
	graph_unlock();
	return type ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuGraphDestroyNode(CUgraphNode hNode)
{
	struct node *node;
	CUresult result = graph_enter_node(hNode, &node);

	if (result)
		return result;
	if (node->graph->memory_nodes || node->graph->capture || node_is_captured(node))
		result = CUDA_ERROR_INVALID_VALUE;
	else
		node_destroy(node);
	graph_unlock();
	return result;
}
