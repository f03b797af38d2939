/* SPDX-License-Identifier: MIT */
/*
 * graph_update.c - other parameters for an executable graph: one node's, or a whole graph's
 *
 * An executable graph is a copy of a graph, and each node in it remembers the one it was copied
 * from.  New parameters are new work for the node in the copy, made and checked before anything is
 * changed.  A whole graph is paired with the copy node by node, in the order in which they were
 * made.
 */
#include <stdlib.h>
#include <string.h>

#include "softgpu/driver.h"
#include "softgpu/graph_exec.h"
#include "softgpu/grid.h"
#include "softgpu/work.h"

static bool is_row(const CUDA_MEMCPY3D *copy)
{
	return copy->Height == 1 && copy->Depth == 1;
}

/* unified memory is any memory */
static bool same_memory(CUmemorytype a, CUmemorytype b)
{
	return a == b || a == CU_MEMORYTYPE_UNIFIED || b == CU_MEMORYTYPE_UNIFIED;
}

static bool copy_fits(const CUgraphNodeParams *old, const CUgraphNodeParams *with, bool alone)
{
	const CUDA_MEMCPY3D *a = &old->memcpy.copyParams, *b = &with->memcpy.copyParams;

	if (!same_memory(a->srcMemoryType, b->srcMemoryType) ||
	    !same_memory(a->dstMemoryType, b->dstMemoryType))
		return false;
	return !alone || (is_row(a) && is_row(b));
}

static bool fill_fits(const CUgraphNodeParams *old, const CUgraphNodeParams *with)
{
	const CUDA_MEMSET_NODE_PARAMS_v2 *a = &old->memset, *b = &with->memset;

	if (a->height == 1)
		return b->height == 1;
	return a->height == b->height && a->width == b->width && a->pitch == b->pitch &&
	       a->elementSize == b->elementSize;
}

static CUgraphExecUpdateResult kernel_fits(const struct task *old, const struct task *with)
{
	struct grid_request a, b;

	grid_request(old, &a);
	grid_request(with, &b);
	if (grid_context(old) != grid_context(with))
		return CU_GRAPH_EXEC_UPDATE_ERROR_UNSUPPORTED_FUNCTION_CHANGE;
	return a.attributes.cooperative == b.attributes.cooperative ?
		       CU_GRAPH_EXEC_UPDATE_SUCCESS :
		       CU_GRAPH_EXEC_UPDATE_ERROR_ATTRIBUTES_CHANGED;
}

/* fits() - may a node do @with instead of @old?  @alone: one node's parameters are changed */
static CUgraphExecUpdateResult fits(const struct task *old, const struct task *with, bool alone)
{
	CUgraphNodeParams a = { .type = old->kind->type }, b = { .type = with->kind->type };
	bool same = true;

	if (old == with)
		return CU_GRAPH_EXEC_UPDATE_SUCCESS;
	old->kind->describe(old, &a);
	with->kind->describe(with, &b);
	switch (a.type) {
	case CU_GRAPH_NODE_TYPE_KERNEL:
		return kernel_fits(old, with);
	case CU_GRAPH_NODE_TYPE_MEMCPY:
		same = copy_fits(&a, &b, alone);
		break;
	case CU_GRAPH_NODE_TYPE_MEMSET:
		same = fill_fits(&a, &b);
		break;
	case CU_GRAPH_NODE_TYPE_BATCH_MEM_OP:
		same = a.memOp.count == b.memOp.count;
		break;
	case CU_GRAPH_NODE_TYPE_MEM_ALLOC:
	case CU_GRAPH_NODE_TYPE_MEM_FREE:
		return CU_GRAPH_EXEC_UPDATE_ERROR_NOT_SUPPORTED;
	default:
		break;
	}
	return same ? CU_GRAPH_EXEC_UPDATE_SUCCESS : CU_GRAPH_EXEC_UPDATE_ERROR_PARAMETERS_CHANGED;
}

static CUresult fail(CUgraphExecUpdateResultInfo *info, CUgraphExecUpdateResult why,
		     const struct node *node, const struct node *from)
{
	info->result = why;
	info->errorNode = (CUgraphNode)(uintptr_t)node;
	info->errorFromNode = (CUgraphNode)(uintptr_t)from;
	return CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE;
}

static CUresult pair_graphs(struct graph *old, struct graph *with,
			    CUgraphExecUpdateResultInfo *info);

/* pair_edges() - node->index is the place among the nodes of the graph */
static CUresult pair_edges(const struct node *old, const struct node *with,
			   CUgraphExecUpdateResultInfo *info)
{
	const CUgraphExecUpdateResult changed = CU_GRAPH_EXEC_UPDATE_ERROR_TOPOLOGY_CHANGED;

	if (old->from.count != with->from.count)
		return fail(info, changed, with, NULL);
	for (size_t i = 0; i < old->from.count; i++) {
		const struct edge *a = &old->from.at[i], *b = &with->from.at[i];

		if (a->node->index != b->node->index || memcmp(&a->data, &b->data, sizeof(a->data)))
			return fail(info, changed, with, b->node);
	}
	return CUDA_SUCCESS;
}

static CUresult pair_bodies(const struct node *old, const struct node *with,
			    CUgraphExecUpdateResultInfo *info)
{
	CUresult result = CUDA_SUCCESS;

	if (old->conditional != with->conditional || old->condition != with->condition ||
	    old->body_count != with->body_count)
		return fail(info, CU_GRAPH_EXEC_UPDATE_ERROR_PARAMETERS_CHANGED, with, NULL);
	for (unsigned int i = 0; i < old->body_count && !result; i++)
		result = pair_graphs(old->bodies[i], with->bodies[i], info);
	return result;
}

static CUresult pair_nodes(const struct node *old, const struct node *with,
			   CUgraphExecUpdateResultInfo *info)
{
	CUgraphExecUpdateResult why;
	CUresult result;

	if (old->type != with->type)
		return fail(info, CU_GRAPH_EXEC_UPDATE_ERROR_NODE_TYPE_CHANGED, with, NULL);
	result = pair_edges(old, with, info);
	if (result)
		return result;
	if (old->child)
		return pair_graphs(old->child, with->child, info);
	if (old->conditional)
		return pair_bodies(old, with, info);
	if (!old->work)
		return CUDA_SUCCESS;
	why = fits(old->work, with->work, false);
	return why ? fail(info, why, with, NULL) : CUDA_SUCCESS;
}

static void number(struct graph *graph)
{
	size_t i = 0;

	for (struct node *node = graph->first; node; node = node->next)
		node->index = i++;
}

/* pair_graphs() - may all nodes of @old do what those of @with do? */
static CUresult pair_graphs(struct graph *old, struct graph *with,
			    CUgraphExecUpdateResultInfo *info)
{
	const struct node *a, *b;
	CUresult result = CUDA_SUCCESS;

	if (old->count != with->count)
		return fail(info, CU_GRAPH_EXEC_UPDATE_ERROR_TOPOLOGY_CHANGED, NULL, NULL);
	number(old);
	number(with);
	for (a = old->first, b = with->first; a && !result; a = a->next, b = b->next)
		result = pair_nodes(a, b, info);
	return result;
}

/* apply() - after pair_graphs(); nothing can fail */
static void apply(struct graph *old, const struct graph *with)
{
	struct node *a = old->first;

	for (const struct node *b = with->first; b; a = a->next, b = b->next) {
		struct task *work = work_ref(b->work);

		work_put(a->work);
		a->work = work;
		if (a->child)
			apply(a->child, b->child);
		for (unsigned int i = 0; i < a->body_count; i++)
			apply(a->bodies[i], b->bodies[i]);
	}
}

CUresult cuGraphExecUpdate_v2(CUgraphExec hGraphExec, CUgraph hGraph,
			      CUgraphExecUpdateResultInfo *resultInfo)
{
	struct graph *graph;
	struct exec *exec;
	CUresult result;

	if (!resultInfo)
		return CUDA_ERROR_INVALID_VALUE;
	*resultInfo = (CUgraphExecUpdateResultInfo){ .result = CU_GRAPH_EXEC_UPDATE_ERROR };
	result = graph_enter(hGraph, &graph);
	if (result)
		return result;
	exec = exec_find(hGraphExec);
	if (!exec || graph->capture || (graph->owner && graph->memory_nodes))
		result = CUDA_ERROR_INVALID_VALUE;
	else
		result = pair_graphs(exec->graph, graph, resultInfo);
	if (!result) {
		apply(exec->graph, graph);
		resultInfo->result = CU_GRAPH_EXEC_UPDATE_SUCCESS;
	}
	graph_unlock();
	return result;
}

/*
 * enter() - take the lock; the node of an executable graph that was copied from @value
 *
 * Return: CUDA_SUCCESS with the lock; an error without.
 */
static CUresult enter(CUgraphExec exec_value, CUgraphNode value, struct node **copy)
{
	struct node *node;
	struct exec *exec;
	CUresult result = graph_enter_node(value, &node);

	if (result)
		return result;
	exec = exec_find(exec_value);
	*copy = exec ? graph_copy_of(exec->graph, node->id) : NULL;
	if (*copy)
		return CUDA_SUCCESS;
	graph_unlock();
	return CUDA_ERROR_INVALID_VALUE;
}

static CUresult set_work(struct node *node, const CUgraphNodeParams *params)
{
	struct task *work;
	CUresult result;

	if (!node->work || node->type == CU_GRAPH_NODE_TYPE_MEM_ALLOC ||
	    node->type == CU_GRAPH_NODE_TYPE_MEM_FREE)
		return CUDA_ERROR_NOT_SUPPORTED;
	result = work_renew(node->work, params, &work);
	if (result)
		return result;
	if (fits(node->work, work, true)) {
		work_put(work);
		return CUDA_ERROR_INVALID_VALUE;
	}
	work_put(node->work);
	node->work = work;
	return CUDA_SUCCESS;
}

static CUresult set_child(struct node *node, CUgraph value)
{
	CUgraphExecUpdateResultInfo info;
	struct graph *graph = graph_find(value);
	CUresult result;

	if (!graph || graph->capture)
		return CUDA_ERROR_INVALID_VALUE;
	result = pair_graphs(node->child, graph, &info);
	if (!result)
		apply(node->child, graph);
	return result;
}

CUresult exec_set_params(CUgraphExec exec, CUgraphNode value, const CUgraphNodeParams *params)
{
	struct node *node;
	CUresult result = enter(exec, value, &node);

	if (result)
		return result;
	if (node->type != params->type)
		result = CUDA_ERROR_INVALID_VALUE;
	else if (node->child)
		result = set_child(node, params->graph.graph);
	else
		result = set_work(node, params);
	graph_unlock();
	return result;
}

static bool may_be_disabled(const struct node *node)
{
	return node->type == CU_GRAPH_NODE_TYPE_KERNEL || node->type == CU_GRAPH_NODE_TYPE_MEMCPY ||
	       node->type == CU_GRAPH_NODE_TYPE_MEMSET;
}

CUresult cuGraphNodeSetEnabled(CUgraphExec hGraphExec, CUgraphNode hNode, unsigned int isEnabled)
{
	struct node *node;
	CUresult result = enter(hGraphExec, hNode, &node);

	if (result)
		return result;
	if (may_be_disabled(node))
		node->disabled = !isEnabled;
	else
		result = CUDA_ERROR_INVALID_VALUE;
	graph_unlock();
	return result;
}

CUresult cuGraphNodeGetEnabled(CUgraphExec hGraphExec, CUgraphNode hNode, unsigned int *isEnabled)
{
	struct node *node;
	CUresult result = enter(hGraphExec, hNode, &node);

	if (result)
		return result;
	if (!isEnabled || !may_be_disabled(node))
		result = CUDA_ERROR_INVALID_VALUE;
	else
		*isEnabled = !node->disabled;
	graph_unlock();
	return result;
}
