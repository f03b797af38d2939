/* SPDX-License-Identifier: MIT */
/*
 * graph.c - graphs as a whole
 *
 * A graph is a list of nodes in the order in which they were made, and edges between them.  What
 * a node does is a task that does not change (work.h), so a copy of a graph is new nodes
 * and edges around the same tasks.  A copy remembers for each node which one it was copied from:
 * that is how cuGraphNodeFindInClone() and the updates of executable graphs find their way.
 */
#include "softgpu/graph.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "softgpu/conditional.h"
#include "softgpu/driver.h"
#include "softgpu/user_object.h"
#include "softgpu/work.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t last_id;	/* under the lock */

void graph_lock(void)
{
	pthread_mutex_lock(&lock);
}

void graph_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

/* Nobody destroys an object while the lock is held: the table's reference will do. */
static void *borrow(const void *value, enum handle_type type)
{
	void *found = handle_get(value, type);

	handle_put(found);
	return found;
}

struct graph *graph_find(CUgraph value)
{
	return borrow(value, HANDLE_GRAPH);
}

struct node *node_find(CUgraphNode value)
{
	return borrow(value, HANDLE_NODE);
}

CUresult graph_enter(CUgraph value, struct graph **graph)
{
	CUresult result = driver_enter();

	if (result)
		return result;
	graph_lock();
	*graph = graph_find(value);
	if (*graph)
		return CUDA_SUCCESS;
	graph_unlock();
	return CUDA_ERROR_INVALID_VALUE;
}

CUresult graph_enter_node(CUgraphNode value, struct node **node)
{
	CUresult result = driver_enter();

	if (result)
		return result;
	graph_lock();
	*node = node_find(value);
	if (*node)
		return CUDA_SUCCESS;
	graph_unlock();
	return CUDA_ERROR_INVALID_VALUE;
}

static void graph_free(struct handle *handle)
{
	free(CONTAINER_OF(handle, struct graph, handle));
}

struct graph *graph_new(struct node *owner)
{
	struct graph *graph = calloc(1, sizeof(*graph));

	if (!graph)
		return NULL;
	handle_init(&graph->handle, HANDLE_GRAPH, NULL, graph_free);
	graph->id = ++last_id;
	graph->owner = owner;
	handle_publish(&graph->handle);
	handle_put(&graph->handle);
	return graph;
}

void graph_destroy(struct graph *graph)
{
	if (!graph)
		return;
	while (graph->last)
		node_destroy(graph->last);
	conditional_drop_all(graph);
	user_hold_drop_all(graph);
	handle_retire(&graph->handle);
}

static void node_free(struct handle *handle)
{
	free(CONTAINER_OF(handle, struct node, handle));
}

struct node *node_new(struct graph *graph, CUgraphNodeType type)
{
	struct node *node = calloc(1, sizeof(*node));

	if (!node)
		return NULL;
	handle_init(&node->handle, HANDLE_NODE, NULL, node_free);
	node->graph = graph;
	node->id = ++last_id;
	node->type = type;
	node->previous = graph->last;
	if (graph->last)
		graph->last->next = node;
	else
		graph->first = node;
	graph->last = node;
	graph->count++;
	handle_publish(&node->handle);
	handle_put(&node->handle);
	return node;
}

void node_destroy(struct node *node)
{
	struct graph *graph = node->graph;

	edges_drop(node);
	if (node->previous)
		node->previous->next = node->next;
	else
		graph->first = node->next;
	if (node->next)
		node->next->previous = node->previous;
	else
		graph->last = node->previous;
	graph->count--;
	work_put(node->work);
	graph_destroy(node->child);
	for (unsigned int i = 0; i < node->body_count; i++)
		graph_destroy(node->bodies[i]);
	free(node->bodies);
	conditional_put(node->conditional);
	handle_retire(&node->handle);
}

/* copy_bodies() - of a conditional node; false: no memory */
static bool copy_bodies(const struct node *node, struct node *copy)
{
	copy->conditional = conditional_ref(node->conditional);
	copy->condition = node->condition;
	if (!node->body_count)
		return true;
	copy->bodies = calloc(node->body_count, sizeof(struct graph *));
	if (!copy->bodies)
		return false;
	for (unsigned int i = 0; i < node->body_count; i++) {
		copy->bodies[i] = graph_copy(node->bodies[i], copy);
		if (!copy->bodies[i])
			return false;
		copy->body_count++;
	}
	return true;
}

/* copy_node() - without its edges; false: no memory */
static bool copy_node(struct node *node, struct graph *graph)
{
	struct node *copy = node_new(graph, node->type);

	if (!copy)
		return false;
	copy->original = node->id;
	copy->work = work_ref(node->work);
	if (node->child) {
		copy->child = graph_copy(node->child, copy);
		if (!copy->child)
			return false;
	}
	return copy_bodies(node, copy);
}

static bool copy_edges(const struct graph *graph, const struct graph *copy)
{
	struct node **copies = calloc(graph->count + 1, sizeof(struct node *));
	struct node *node, *other;
	size_t i = 0;
	bool done = copies;

	for (node = graph->first, other = copy->first; node && done;
	     node = node->next, other = other->next) {
		node->index = i;
		copies[i++] = other;
	}
	for (node = graph->first; node && done; node = node->next)
		for (i = 0; i < node->from.count && done; i++)
			done = edge_add(copies[node->from.at[i].node->index], copies[node->index],
					&node->from.at[i].data);
	free(copies);
	return done;
}

struct graph *graph_copy(const struct graph *graph, struct node *owner)
{
	struct graph *copy = graph_new(owner);
	struct node *node;
	bool done = copy;

	for (node = graph->first; node && done; node = node->next)
		done = copy_node(node, copy);
	if (done && copy_edges(graph, copy) && conditional_copy_all(graph, copy) &&
	    user_hold_copy_all(graph, copy)) {
		copy->original = graph->id;
		copy->memory_nodes = graph->memory_nodes;
		return copy;
	}
	graph_destroy(copy);
	return NULL;
}

struct node *graph_copy_of(const struct graph *copy, uint64_t id)
{
	struct node *node, *found = NULL;

	for (node = copy->first; node && !found; node = node->next) {
		if (node->original == id)
			return node;
		if (node->child)
			found = graph_copy_of(node->child, id);
		for (unsigned int i = 0; i < node->body_count && !found; i++)
			found = graph_copy_of(node->bodies[i], id);
	}
	return found;
}

bool graph_sort(const struct graph *graph, struct node **nodes)
{
	size_t done = 0, ready = 0;
	struct node *node;

	for (node = graph->first; node; node = node->next) {
		node->index = node->from.count;
		if (!node->index)
			nodes[ready++] = node;
	}
	for (; done < ready; done++) {
		node = nodes[done];
		for (size_t i = 0; i < node->to.count; i++)
			if (!--node->to.at[i].node->index)
				nodes[ready++] = node->to.at[i].node;
	}
	for (size_t i = 0; i < ready; i++)
		nodes[i]->index = i;
	return ready == graph->count;
}

CUresult cuGraphCreate(CUgraph *phGraph, unsigned int flags)
{
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!phGraph || flags)
		return CUDA_ERROR_INVALID_VALUE;
	graph_lock();
	*phGraph = (CUgraph)graph_new(NULL);
	graph_unlock();
	return *phGraph ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

static bool is_captured(const struct graph *graph)
{
	if (graph->capture)
		return true;
	for (const struct node *node = graph->first; node; node = node->next)
		if (node_is_captured(node))
			return true;
	return false;
}

bool node_is_captured(const struct node *node)
{
	for (unsigned int i = 0; i < node->body_count; i++)
		if (is_captured(node->bodies[i]))
			return true;
	return node->child && is_captured(node->child);
}

/* A child graph goes with its node, one that is captured into with the capture. */
CUresult cuGraphDestroy(CUgraph hGraph)
{
	struct graph *graph;
	CUresult result = graph_enter(hGraph, &graph);

	if (result)
		return result;
	if (graph->owner || is_captured(graph))
		result = CUDA_ERROR_INVALID_VALUE;
	else
		graph_destroy(graph);
	graph_unlock();
	return result;
}

static bool is_plain(const struct graph *graph)
{
	for (const struct node *node = graph->first; node; node = node->next)
		if (node->conditional || (node->child && !is_plain(node->child)))
			return false;
	return !graph->memory_nodes;
}

CUresult cuGraphClone(CUgraph *phGraphClone, CUgraph originalGraph)
{
	struct graph *graph, *copy;
	CUresult result = graph_enter(originalGraph, &graph);

	if (result)
		return result;
	if (!phGraphClone) {
		result = CUDA_ERROR_INVALID_VALUE;
	} else if (!is_plain(graph)) {
		result = CUDA_ERROR_NOT_SUPPORTED;
	} else {
		copy = graph_copy(graph, NULL);
		result = copy ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
		*phGraphClone = (CUgraph)copy;
	}
	graph_unlock();
	return result;
}

CUresult cuGraphNodeFindInClone(CUgraphNode *phNode, CUgraphNode hOriginalNode,
				CUgraph hClonedGraph)
{
	struct node *node, *copy = NULL;
	struct graph *graph;
	CUresult result = graph_enter_node(hOriginalNode, &node);

	if (result)
		return result;
	graph = graph_find(hClonedGraph);
	if (phNode && graph && graph->original == node->graph->id)
		copy = graph_copy_of(graph, node->id);
	if (copy)
		*phNode = (CUgraphNode)copy;
	graph_unlock();
	return copy ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
