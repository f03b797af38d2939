/* SPDX-License-Identifier: MIT */
/* graph_edge.c - what depends on what: edges, and the lists that a program may ask for */
#include "softgpu/graph.h"

#include <stdlib.h>
#include <string.h>

#include "softgpu/driver.h"

static const CUgraphEdgeData plain;

static bool grow(struct edges *edges)
{
	size_t room = edges->room ? 2 * edges->room : 4;
	struct edge *at;

	if (edges->count < edges->room)
		return true;
	at = realloc(edges->at, room * sizeof(*at));
	if (!at)
		return false;
	edges->at = at;
	edges->room = room;
	return true;
}

bool edge_add(struct node *from, struct node *to, const CUgraphEdgeData *data)
{
	if (!grow(&from->to) || !grow(&to->from))
		return false;
	from->to.at[from->to.count++] = (struct edge){ .node = to, .data = *data };
	to->from.at[to->from.count++] = (struct edge){ .node = from, .data = *data };
	return true;
}

static struct edge *find(const struct edges *edges, const struct node *node)
{
	for (size_t i = 0; i < edges->count; i++)
		if (edges->at[i].node == node)
			return &edges->at[i];
	return NULL;
}

static void take_out(struct edges *edges, const struct node *node)
{
	struct edge *edge = find(edges, node);
	size_t place = (size_t)(edge - edges->at);

	memmove(edge, edge + 1, (--edges->count - place) * sizeof(*edge));
}

void edges_drop(struct node *node)
{
	for (size_t i = 0; i < node->from.count; i++)
		take_out(&node->from.at[i].node->to, node);
	for (size_t i = 0; i < node->to.count; i++)
		take_out(&node->to.at[i].node->from, node);
	free(node->from.at);
	free(node->to.at);
	node->from = node->to = (struct edges){ 0 };
}

/* data_fits() - ports and types are for kernels only (cuda.h, CUgraphEdgeData) */
static bool data_fits(const CUgraphEdgeData *data, const struct node *from, const struct node *to)
{
	static const unsigned char zero[sizeof(data->reserved)];

	if (data->to_port || memcmp(data->reserved, zero, sizeof(zero)))
		return false;
	if (data->from_port && (data->from_port > CU_GRAPH_KERNEL_NODE_PORT_LAUNCH_ORDER ||
				from->type != CU_GRAPH_NODE_TYPE_KERNEL))
		return false;
	if (data->type == CU_GRAPH_DEPENDENCY_TYPE_PROGRAMMATIC)
		return from->type == CU_GRAPH_NODE_TYPE_KERNEL &&
		       to->type == CU_GRAPH_NODE_TYPE_KERNEL;
	return data->type == CU_GRAPH_DEPENDENCY_TYPE_DEFAULT;
}

static CUresult connect(struct node *from, struct node *to, const CUgraphEdgeData *data)
{
	if (!from || !to || from == to || from->graph != to->graph || find(&to->from, from) ||
	    !data_fits(data, from, to))
		return CUDA_ERROR_INVALID_VALUE;
	return edge_add(from, to, data) ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

CUresult edges_connect(struct node *node, const CUgraphNode *from, const CUgraphEdgeData *data,
		       size_t count)
{
	CUresult result = CUDA_SUCCESS;

	if (count && !from)
		return CUDA_ERROR_INVALID_VALUE;
	for (size_t i = 0; i < count && !result; i++)
		result = connect(node_find(from[i]), node, data ? &data[i] : &plain);
	return result;
}

/* disconnect() - take out the last @count edges that were made */
static void disconnect(const CUgraphNode *from, const CUgraphNode *to, size_t count)
{
	while (count--) {
		struct node *a = node_find(from[count]), *b = node_find(to[count]);

		take_out(&a->to, b);
		take_out(&b->from, a);
	}
}

CUresult cuGraphAddDependencies_v2(CUgraph hGraph, const CUgraphNode *from, const CUgraphNode *to,
				   const CUgraphEdgeData *edgeData, size_t numDependencies)
{
	struct graph *graph;
	CUresult result = graph_enter(hGraph, &graph);

	if (result)
		return result;
	if (numDependencies && (!from || !to))
		result = CUDA_ERROR_INVALID_VALUE;
	for (size_t i = 0; i < numDependencies && !result; i++) {
		struct node *a = node_find(from[i]);

		result = a && a->graph == graph ?
				 connect(a, node_find(to[i]), edgeData ? &edgeData[i] : &plain) :
				 CUDA_ERROR_INVALID_VALUE;
		if (result)
			disconnect(from, to, i);
	}
	graph_unlock();
	return result;
}

/* is_edge() - of this graph, with this data */
static bool is_edge(const struct graph *graph, const struct node *from, const struct node *to,
		    const CUgraphEdgeData *data)
{
	const struct edge *edge;

	if (!from || !to || from->graph != graph || to->graph != graph)
		return false;
	edge = find(&to->from, from);
	return edge && !memcmp(&edge->data, data, sizeof(*data));
}

CUresult cuGraphRemoveDependencies_v2(CUgraph hGraph, const CUgraphNode *from,
				      const CUgraphNode *to, const CUgraphEdgeData *edgeData,
				      size_t numDependencies)
{
	struct graph *graph;
	CUresult result = graph_enter(hGraph, &graph);

	if (result)
		return result;
	if (graph->memory_nodes || graph->capture || (numDependencies && (!from || !to)))
		result = CUDA_ERROR_INVALID_VALUE;
	for (size_t i = 0; i < numDependencies && !result; i++)
		if (is_edge(graph, node_find(from[i]), node_find(to[i]),
			    edgeData ? &edgeData[i] : &plain))
			disconnect(&from[i], &to[i], 1);
		else
			result = CUDA_ERROR_INVALID_VALUE;
	graph_unlock();
	return result;
}

/*
 * A program asks for a list with NULL to learn its length, or with room for *@count entries:
 * fewer are cut off, more are set to NULL, and *@count becomes how many there are.
 */

static CUresult list_nodes(CUgraph hGraph, CUgraphNode *nodes, size_t *count, bool roots)
{
	struct graph *graph;
	size_t room, found = 0;
	CUresult result = graph_enter(hGraph, &graph);

	if (result)
		return result;
	room = nodes && count ? *count : 0;
	for (struct node *node = graph->first; node; node = node->next) {
		if (roots && node->from.count)
			continue;
		if (found < room)
			nodes[found] = (CUgraphNode)node;
		found++;
	}
	graph_unlock();
	if (!count)
		return CUDA_ERROR_INVALID_VALUE;
	for (size_t i = found; i < room; i++)
		nodes[i] = NULL;
	*count = nodes && found > room ? room : found;
	return CUDA_SUCCESS;
}

CUresult cuGraphGetNodes(CUgraph hGraph, CUgraphNode *nodes, size_t *numNodes)
{
	return list_nodes(hGraph, nodes, numNodes, false);
}

CUresult cuGraphGetRootNodes(CUgraph hGraph, CUgraphNode *rootNodes, size_t *numRootNodes)
{
	return list_nodes(hGraph, rootNodes, numRootNodes, true);
}

/* struct listing - where edges are listed: any array may be NULL */
struct listing {
	CUgraphNode *from, *to;
	CUgraphEdgeData *data;
	size_t room, found;
	bool lossy;	/* there was data, and no array for it */
};

static void list(struct listing *listing, struct node *from, struct node *to,
		 const CUgraphEdgeData *data)
{
	size_t i = listing->found++;

	if (!listing->from && !listing->to)
		return;
	if (!listing->data && memcmp(data, &plain, sizeof(plain)))
		listing->lossy = true;
	if (i >= listing->room)
		return;
	if (listing->from)
		listing->from[i] = (CUgraphNode)from;
	if (listing->to)
		listing->to[i] = (CUgraphNode)to;
	if (listing->data)
		listing->data[i] = *data;
}

static CUresult listed(struct listing *listing, size_t *count)
{
	size_t found = listing->found, room = listing->room;

	if (listing->lossy)
		return CUDA_ERROR_LOSSY_QUERY;
	for (size_t i = found; i < room; i++) {
		if (listing->from)
			listing->from[i] = NULL;
		if (listing->to)
			listing->to[i] = NULL;
		if (listing->data)
			listing->data[i] = plain;
	}
	*count = (listing->from || listing->to) && found > room ? room : found;
	return CUDA_SUCCESS;
}

CUresult cuGraphGetEdges_v2(CUgraph hGraph, CUgraphNode *from, CUgraphNode *to,
			    CUgraphEdgeData *edgeData, size_t *numEdges)
{
	struct listing listing = { .from = from, .to = to, .data = edgeData };
	struct graph *graph;
	CUresult result = graph_enter(hGraph, &graph);

	if (result)
		return result;
	if (!numEdges || !from != !to || (edgeData && !from)) {
		result = CUDA_ERROR_INVALID_VALUE;
	} else {
		listing.room = from ? *numEdges : 0;
		for (struct node *node = graph->first; node; node = node->next)
			for (size_t i = 0; i < node->to.count; i++)
				list(&listing, node, node->to.at[i].node, &node->to.at[i].data);
		result = listed(&listing, numEdges);
	}
	graph_unlock();
	return result;
}

static CUresult neighbours(CUgraphNode hNode, CUgraphNode *nodes, CUgraphEdgeData *data,
			   size_t *count, bool dependents)
{
	struct listing listing = { .to = nodes, .data = data };
	const struct edges *edges;
	struct node *node;
	CUresult result = graph_enter_node(hNode, &node);

	if (result)
		return result;
	if (!count || (data && !nodes)) {
		result = CUDA_ERROR_INVALID_VALUE;
	} else {
		listing.room = nodes ? *count : 0;
		edges = dependents ? &node->to : &node->from;
		for (size_t i = 0; i < edges->count; i++)
			list(&listing, node, edges->at[i].node, &edges->at[i].data);
		result = listed(&listing, count);
	}
	graph_unlock();
	return result;
}

CUresult cuGraphNodeGetDependencies_v2(CUgraphNode hNode, CUgraphNode *dependencies,
				       CUgraphEdgeData *edgeData, size_t *numDependencies)
{
	return neighbours(hNode, dependencies, edgeData, numDependencies, false);
}

CUresult cuGraphNodeGetDependentNodes_v2(CUgraphNode hNode, CUgraphNode *dependentNodes,
					 CUgraphEdgeData *edgeData, size_t *numDependentNodes)
{
	return neighbours(hNode, dependentNodes, edgeData, numDependentNodes, true);
}
