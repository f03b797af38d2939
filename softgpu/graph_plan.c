/* SPDX-License-Identifier: MIT */
/*
 * graph_plan.c - which node of an executable graph goes into which stream
 *
 * Steps are the nodes in an order in which each comes after its dependencies, with child graphs
 * unrolled.  A step continues the lane of a dependency that ends one; what branches off takes a
 * lane whose end somebody waits for, and which would idle otherwise, or a new one.  What a
 * step waits for in other lanes comes earlier in the order, so lanes can never wait in a
 * circle, however few there are.
 */
#include <stdlib.h>

#include "softgpu/graph_exec.h"

#define NONE ((size_t)-1)

/* struct plan - @ends: the last step of each lane */
struct plan {
	struct exec *exec;
	size_t ends[EXEC_LANES];
};

static unsigned int choose_lane(struct plan *plan, const size_t *from, size_t count)
{
	struct exec *exec = plan->exec;
	unsigned int lane;

	for (size_t i = 0; i < count; i++) {
		lane = exec->steps[from[i]].lane;
		if (plan->ends[lane] == from[i])
			return lane;
	}
	for (lane = 0; lane < exec->lane_count; lane++)
		if (exec->steps[plan->ends[lane]].awaited)
			return lane;
	if (exec->lane_count < EXEC_LANES)
		return exec->lane_count++;
	return (unsigned int)(exec->step_count % EXEC_LANES);
}

static bool grow(struct exec *exec)
{
	size_t room = exec->step_room ? 2 * exec->step_room : 16;
	struct step *steps;

	if (exec->step_count < exec->step_room)
		return true;
	steps = realloc(exec->steps, room * sizeof(*steps));
	if (!steps)
		return false;
	exec->steps = steps;
	exec->step_room = room;
	return true;
}

/* add_step() - after the steps @from.  Return: its number, or NONE: no memory */
static size_t add_step(struct plan *plan, struct node *node, const size_t *from, size_t count)
{
	struct exec *exec = plan->exec;
	struct step step = { .node = node };

	if (!grow(exec))
		return NONE;
	step.lane = choose_lane(plan, from, count);
	step.waits = calloc(count + 1, sizeof(size_t));
	if (!step.waits)
		return NONE;
	for (size_t i = 0; i < count; i++) {
		if (exec->steps[from[i]].lane == step.lane)
			continue;
		exec->steps[from[i]].awaited = true;
		step.waits[step.wait_count++] = from[i];
	}
	plan->ends[step.lane] = exec->step_count;
	exec->steps[exec->step_count] = step;
	return exec->step_count++;
}

static size_t add_graph(struct plan *plan, const struct graph *graph, size_t entry);

/* add_node() - @from has room for all its dependencies and one more */
static size_t add_node(struct plan *plan, struct node *node, size_t entry, size_t *from)
{
	size_t count = node->from.count, step;

	for (size_t i = 0; i < count; i++)
		from[i] = node->from.at[i].node->index;
	if (!count && entry != NONE)
		from[count++] = entry;
	step = add_step(plan, node->child ? NULL : node, from, count);
	return node->child && step != NONE ? add_graph(plan, node->child, step) : step;
}

/* add_nodes() - node->index becomes its step; false: no memory */
static bool add_nodes(struct plan *plan, struct node **nodes, size_t count, size_t entry,
		      size_t *from)
{
	for (size_t i = 0; i < count; i++) {
		nodes[i]->index = add_node(plan, nodes[i], entry, from);
		if (nodes[i]->index == NONE)
			return false;
	}
	return true;
}

/* add_end() - where the branches of a graph meet */
static size_t add_end(struct plan *plan, const struct graph *graph, size_t entry, size_t *from)
{
	size_t count = 0;

	for (const struct node *node = graph->first; node; node = node->next)
		if (!node->to.count)
			from[count++] = node->index;
	if (!count && entry != NONE)
		from[count++] = entry;
	return add_step(plan, NULL, from, count);
}

/* add_graph() - its nodes after the step @entry.  Return: the step of its end, or NONE */
static size_t add_graph(struct plan *plan, const struct graph *graph, size_t entry)
{
	struct node **nodes = calloc(graph->count + 1, sizeof(struct node *));
	size_t *from = calloc(graph->count + 1, sizeof(size_t));
	size_t end = NONE;

	if (nodes && from && graph_sort(graph, nodes) &&
	    add_nodes(plan, nodes, graph->count, entry, from))
		end = add_end(plan, graph, entry, from);
	free(nodes);
	free(from);
	return end;
}

/* sortable() - no cycle, in child graphs and bodies neither */
static CUresult sortable(const struct graph *graph)
{
	struct node **nodes = calloc(graph->count + 1, sizeof(struct node *));
	CUresult result = CUDA_ERROR_OUT_OF_MEMORY;

	if (nodes)
		result = graph_sort(graph, nodes) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
	free(nodes);
	for (const struct node *node = graph->first; node && !result; node = node->next) {
		if (node->child)
			result = sortable(node->child);
		for (unsigned int i = 0; i < node->body_count && !result; i++)
			result = sortable(node->bodies[i]);
	}
	return result;
}

CUresult exec_plan(struct exec *exec)
{
	struct plan plan = { .exec = exec };
	CUresult result = sortable(exec->graph);

	if (result)
		return result;
	return add_graph(&plan, exec->graph, NONE) == NONE ? CUDA_ERROR_OUT_OF_MEMORY :
							     CUDA_SUCCESS;
}
