/* SPDX-License-Identifier: MIT */
/*
 * graph.h - graphs and their nodes
 *
 * One lock, graph_lock(), guards every graph, node, edge and executable graph: they are small and
 * touched seldom, and CUDA promises nothing to a program that races on one anyway.  It is a leaf
 * but for the locks of handle.c and memory.c: nothing is put into a stream, and nothing waited for,
 * with it held, since what a stream runs may take it.  Functions below are called with it unless
 * they say otherwise.
 */
#ifndef SOFTGPU_GRAPH_H
#define SOFTGPU_GRAPH_H

#include "softgpu/api.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "softgpu/handle.h"

struct capture;
struct conditional;
struct conditional_link;
struct graph;
struct task;
struct user_hold;

/* struct edge - from one list of edges of a node to @node */
struct edge {
	struct node *node;
	CUgraphEdgeData data;
};

struct edges {
	struct edge *at;
	size_t count, room;
};

/**
 * struct node - of a graph
 * @graph:	it is in
 * @next, @previous: in the order in which the graph's nodes were made
 * @id:		never reused
 * @original:	id of the node this one was copied from, or 0
 * @work:	what it does, with a reference; NULL: nothing, or one of the next two
 * @child:	child graph, owned
 * @conditional: condition, with a reference
 * @bodies:	of a conditional node, owned; @body_count of them
 * @from, @to:	dependencies and dependent nodes, in the order they were added
 * @index:	scratch for whoever holds the lock
 */
struct node {
	struct handle handle;
	struct graph *graph;
	struct node *next, *previous;
	uint64_t id, original;
	CUgraphNodeType type;
	struct task *work;
	struct graph *child;
	struct conditional *conditional;
	CUgraphConditionalNodeType condition;
	struct graph **bodies;
	unsigned int body_count;
	bool disabled;
	struct edges from, to;
	size_t index;
};

/**
 * struct graph - nodes, and what the graph keeps alive
 * @id:		never reused
 * @original:	id of the graph this one was cloned from, or 0
 * @owner:	the node whose child or body it is, or NULL
 * @memory_nodes: how many nodes allocate or free; such a graph is not to be changed or cloned
 * @execs:	executable graphs made from it
 * @capture:	the capture that goes into it, or NULL
 * @conditionals: made for it, with references
 * @holds:	references to user objects
 */
struct graph {
	struct handle handle;
	uint64_t id, original;
	struct node *owner;
	struct node *first, *last;
	size_t count, memory_nodes, execs;
	struct capture *capture;
	struct conditional_link *conditionals;
	struct user_hold *holds;
};

void graph_lock(void);
void graph_unlock(void);

/**
 * graph_enter() - driver_enter(), take the lock and find a graph
 *
 * Return: CUDA_SUCCESS with the lock; driver_enter()'s errors or CUDA_ERROR_INVALID_VALUE without.
 */
CUresult graph_enter(CUgraph value, struct graph **graph);

/* graph_enter_node() - the same for a node */
CUresult graph_enter_node(CUgraphNode value, struct node **node);

/* graph_find(), node_find() - borrowed while the lock is held; NULL: there is none */
struct graph *graph_find(CUgraph value);
struct node *node_find(CUgraphNode value);

/* graph_new() - empty and published; NULL: no memory */
struct graph *graph_new(struct node *owner);

/* graph_destroy() - with all nodes and child graphs; NULL is fine */
void graph_destroy(struct graph *graph);

/**
 * graph_copy() - all of it, child graphs and bodies too; the copies share the work
 * @owner:	of the copy
 *
 * Return: NULL: no memory.
 */
struct graph *graph_copy(const struct graph *graph, struct node *owner);

/* graph_copy_of() - the node of @copy that was copied from @id, child graphs included; or NULL */
struct node *graph_copy_of(const struct graph *copy, uint64_t id);

/* node_new() - the last of its graph, with no work and no edges; NULL: no memory */
struct node *node_new(struct graph *graph, CUgraphNodeType type);

/* node_destroy() - take it out of its graph with its edges */
void node_destroy(struct node *node);

/* node_is_captured() - does a capture add to a graph that the node owns? */
bool node_is_captured(const struct node *node);

/**
 * graph_sort() - the nodes in an order in which each comes after its dependencies
 * @nodes:	room for graph->count; node->index is the place in it
 *
 * Among those that are ready, what was made first comes first.
 * Return: false: there is a cycle.
 */
bool graph_sort(const struct graph *graph, struct node **nodes);

/**
 * edges_connect() - make @node depend on nodes of its graph
 * @data:	of each edge; NULL: all zero
 *
 * Return: CUDA_SUCCESS; CUDA_ERROR_INVALID_VALUE (a node of another graph, twice the same, edge
 * data that does not fit the nodes), CUDA_ERROR_OUT_OF_MEMORY: some may have been made.
 */
CUresult edges_connect(struct node *node, const CUgraphNode *from, const CUgraphEdgeData *data,
		       size_t count);

/* edge_add() - false: no memory */
bool edge_add(struct node *from, struct node *to, const CUgraphEdgeData *data);

/* edges_drop() - all edges of a node that goes */
void edges_drop(struct node *node);

/**
 * node_add() - what cuGraphAddNode and its sisters do
 * @params:	what CUDA fills in is filled in
 *
 * Called without the lock.  Return: CUDA_SUCCESS; work_new()'s and edges_connect()'s errors;
 * CUDA_ERROR_INVALID_VALUE.
 */
CUresult node_add(CUgraphNode *out, CUgraph graph, const CUgraphNode *from,
		  const CUgraphEdgeData *data, size_t count, CUgraphNodeParams *params);

/* node_get_params() - of a node of this type.  Without the lock */
CUresult node_get_params(CUgraphNode node, CUgraphNodeType type, CUgraphNodeParams *params);

/* node_set_params() - of a node of params->type.  Without the lock */
CUresult node_set_params(CUgraphNode node, const CUgraphNodeParams *params);

/* exec_set_params() - of the same node in an executable graph.  Without the lock */
CUresult exec_set_params(CUgraphExec exec, CUgraphNode node, const CUgraphNodeParams *params);

#endif /* SOFTGPU_GRAPH_H */
