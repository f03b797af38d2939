/* SPDX-License-Identifier: MIT */
#include "softgpu/conditional.h"

#include <stdlib.h>

#include "softgpu/context.h"
#include "softgpu/graph.h"

static void conditional_free(struct handle *handle)
{
	struct conditional *conditional = CONTAINER_OF(handle, struct conditional, handle);

	context_put(conditional->context);
	free(conditional);
}

struct conditional *conditional_get(CUgraphConditionalHandle value)
{
	return handle_get((const void *)(uintptr_t)value, HANDLE_CONDITIONAL);
}

struct conditional *conditional_ref(struct conditional *conditional)
{
	return conditional ? handle_ref(&conditional->handle) : NULL;
}

void conditional_put(struct conditional *conditional)
{
	if (conditional)
		handle_put(&conditional->handle);
}

bool conditional_set(uint64_t value, unsigned int to)
{
	struct conditional *conditional = conditional_get(value);

	if (!conditional)
		return false;
	__atomic_store_n(&conditional->value, to, __ATOMIC_RELEASE);
	conditional_put(conditional);
	return true;
}

/* link_to() - takes the reference over; false: no memory */
static bool link_to(struct graph *graph, struct conditional *conditional)
{
	struct conditional_link *link = malloc(sizeof(*link));

	if (!link)
		return false;
	link->conditional = conditional;
	conditional->graphs++;
	link->next = graph->conditionals;
	graph->conditionals = link;
	return true;
}

static CUresult create(struct graph *graph, struct context *context, unsigned int initial,
		       unsigned int flags, CUgraphConditionalHandle *out)
{
	struct conditional *conditional = calloc(1, sizeof(*conditional));

	if (!conditional)
		return CUDA_ERROR_OUT_OF_MEMORY;
	handle_init(&conditional->handle, HANDLE_CONDITIONAL, NULL, conditional_free);
	conditional->context = handle_ref(&context->handle);
	conditional->initial = conditional->value = initial;
	conditional->assign = flags & CU_GRAPH_COND_ASSIGN_DEFAULT;
	if (!link_to(graph, conditional)) {
		handle_put(&conditional->handle);
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	handle_publish(&conditional->handle);
	*out = (uintptr_t)conditional;
	return CUDA_SUCCESS;
}

CUresult cuGraphConditionalHandleCreate(CUgraphConditionalHandle *pHandle_out, CUgraph hGraph,
					CUcontext ctx, unsigned int defaultLaunchValue,
					unsigned int flags)
{
	struct context *context;
	struct graph *graph;
	CUresult result = graph_enter(hGraph, &graph);

	if (result)
		return result;
	if (ctx)
		context = context_get(ctx);
	else
		context = context_current() ? handle_ref(&context_current()->handle) : NULL;
	if (!pHandle_out || flags & ~(unsigned int)CU_GRAPH_COND_ASSIGN_DEFAULT)
		result = CUDA_ERROR_INVALID_VALUE;
	else if (!context)
		result = CUDA_ERROR_INVALID_CONTEXT;
	else
		result = create(graph, context, defaultLaunchValue, flags, pHandle_out);
	context_put(context);
	graph_unlock();
	return result;
}

void conditional_drop_all(struct graph *graph)
{
	while (graph->conditionals) {
		struct conditional_link *link = graph->conditionals;

		graph->conditionals = link->next;
		if (!--link->conditional->graphs)
			handle_retire(&link->conditional->handle);
		conditional_put(link->conditional);
		free(link);
	}
}

bool conditional_copy_all(const struct graph *graph, struct graph *copy)
{
	for (const struct conditional_link *link = graph->conditionals; link; link = link->next)
		if (!link_to(copy, conditional_ref(link->conditional))) {
			conditional_put(link->conditional);
			return false;
		}
	return true;
}

bool conditional_unused(const struct graph *graph)
{
	for (const struct conditional_link *link = graph->conditionals; link; link = link->next)
		if (!link->conditional->used)
			return true;
	return false;
}
