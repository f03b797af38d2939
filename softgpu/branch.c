/* SPDX-License-Identifier: MIT */
/*
 * branch.c - conditional nodes, when they run
 *
 * What a body does is not known when the graph is launched, so it cannot be put into streams; it
 * is run here, one node after the other, by the thread that has come to the conditional
 * node.  CUDA allows nothing in a body that would need more: kernels, copies, fills, and graphs
 * of them.
 */
#include "softgpu/branch.h"

#include <stdlib.h>

#include "softgpu/conditional.h"
#include "softgpu/context.h"
#include "softgpu/graph.h"
#include "softgpu/stream.h"
#include "softgpu/work.h"

/* struct piece - of a body: one of the two */
struct piece {
	struct task *work;
	struct task *branch;
};

/* struct body - @room is what @pieces can hold */
struct body {
	struct piece *pieces;
	size_t count, room;
};

/* struct branch - the task */
struct branch {
	struct task task;
	struct conditional *conditional;
	CUgraphConditionalNodeType type;
	unsigned int count;
	struct body bodies[];
};

/* struct reset - the task that gives variables their initial values */
struct reset {
	struct task task;
	size_t count;
	struct conditional *conditionals[];
};

static CUresult run(struct branch *branch);

static CUresult run_body(const struct body *body)
{
	CUresult result = CUDA_SUCCESS;

	for (size_t i = 0; i < body->count && !result; i++) {
		const struct piece *piece = &body->pieces[i];

		if (piece->branch)
			result = run(CONTAINER_OF(piece->branch, struct branch, task));
		else
			result = piece->work->run(piece->work);
	}
	return result;
}

static unsigned int value_of(const struct branch *branch)
{
	return __atomic_load_n(&branch->conditional->value, __ATOMIC_ACQUIRE);
}

static CUresult run(struct branch *branch)
{
	CUresult result = CUDA_SUCCESS;
	unsigned int value = value_of(branch);

	switch (branch->type) {
	case CU_GRAPH_COND_TYPE_IF:
		if (value)
			return run_body(&branch->bodies[0]);
		return branch->count > 1 ? run_body(&branch->bodies[1]) : CUDA_SUCCESS;
	case CU_GRAPH_COND_TYPE_WHILE:
		while (!result && value_of(branch) && !branch->conditional->context->stop)
			result = run_body(&branch->bodies[0]);
		return result;
	default:
		return value < branch->count ? run_body(&branch->bodies[value]) : CUDA_SUCCESS;
	}
}

static CUresult branch_run(struct task *task)
{
	return run(CONTAINER_OF(task, struct branch, task));
}

static void branch_free(struct task *task)
{
	struct branch *branch = CONTAINER_OF(task, struct branch, task);

	for (unsigned int i = 0; i < branch->count; i++) {
		struct body *body = &branch->bodies[i];

		for (size_t j = 0; j < body->count; j++) {
			work_put(body->pieces[j].work);
			if (body->pieces[j].branch)
				branch_free(body->pieces[j].branch);
		}
		free(body->pieces);
	}
	conditional_put(branch->conditional);
	free(branch);
}

static bool grow(struct body *body)
{
	size_t room = body->room ? 2 * body->room : 8;
	struct piece *pieces;

	if (body->count < body->room)
		return true;
	pieces = realloc(body->pieces, room * sizeof(*pieces));
	if (!pieces)
		return false;
	body->pieces = pieces;
	body->room = room;
	return true;
}

static bool gather(const struct graph *graph, struct body *body);

static bool gather_node(const struct node *node, struct body *body)
{
	struct piece piece = { 0 };

	if (node->child)
		return gather(node->child, body);
	if (!grow(body))
		return false;
	if (node->conditional)
		piece.branch = branch_new(node);
	else if (node->work && node->work->run && !node->disabled)
		piece.work = work_ref(node->work);
	else
		return true;
	if (!piece.branch && !piece.work)
		return false;
	body->pieces[body->count++] = piece;
	return true;
}

/* gather() - the nodes of a graph, in an order in which they may run */
static bool gather(const struct graph *graph, struct body *body)
{
	struct node **nodes = calloc(graph->count + 1, sizeof(struct node *));
	bool done = nodes && graph_sort(graph, nodes);

	for (size_t i = 0; i < graph->count && done; i++)
		done = gather_node(nodes[i], body);
	free(nodes);
	return done;
}

struct task *branch_new(const struct node *node)
{
	struct branch *branch = calloc(1, sizeof(*branch) +
					  node->body_count * sizeof(struct body));
	bool done = true;

	if (!branch)
		return NULL;
	branch->task.run = branch_run;
	branch->task.free = branch_free;
	branch->conditional = conditional_ref(node->conditional);
	branch->type = node->condition;
	branch->count = node->body_count;
	for (unsigned int i = 0; i < node->body_count && done; i++)
		done = gather(node->bodies[i], &branch->bodies[i]);
	if (done)
		return &branch->task;
	branch_free(&branch->task);
	return NULL;
}

static CUresult reset_run(struct task *task)
{
	const struct reset *reset = CONTAINER_OF(task, struct reset, task);

	for (size_t i = 0; i < reset->count; i++)
		__atomic_store_n(&reset->conditionals[i]->value, reset->conditionals[i]->initial,
				 __ATOMIC_RELEASE);
	return CUDA_SUCCESS;
}

static void reset_free(struct task *task)
{
	struct reset *reset = CONTAINER_OF(task, struct reset, task);

	for (size_t i = 0; i < reset->count; i++)
		conditional_put(reset->conditionals[i]);
	free(reset);
}

/* collect() - the variables to be set, inner graphs' too; with @to NULL only counts them */
static size_t collect(const struct graph *graph, struct conditional **to)
{
	size_t count = 0;

	for (const struct conditional_link *link = graph->conditionals; link; link = link->next) {
		if (!link->conditional->assign)
			continue;
		if (to)
			to[count] = conditional_ref(link->conditional);
		count++;
	}
	for (const struct node *node = graph->first; node; node = node->next) {
		if (node->child)
			count += collect(node->child, to ? to + count : NULL);
		for (unsigned int i = 0; i < node->body_count; i++)
			count += collect(node->bodies[i], to ? to + count : NULL);
	}
	return count;
}

struct task *branch_reset_new(const struct graph *graph)
{
	size_t count = collect(graph, NULL);
	struct reset *reset = calloc(1, sizeof(*reset) + count * sizeof(struct conditional *));

	if (!reset)
		return NULL;
	reset->task.run = reset_run;
	reset->task.free = reset_free;
	reset->task.instant = true;
	reset->count = collect(graph, reset->conditionals);
	return &reset->task;
}
