/* SPDX-License-Identifier: MIT */
/*
 * graph.c - graphs as a whole: their nodes, edges, and what they use
 *
 * Faces qcu-device/worker/graph.c.  The host's driver has the graphs; here are only
 * their names, and the holds (hold.h) that live as long as they do.  A graph within
 * another (a child, the body of a conditional node) leaves its holds to the
 * outermost one, which it lives and runs with.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "qcu-library/cuda/device.h"
#include "qcu-library/cuda/graph.h"
#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/loan.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"

/* Guards the holds of all graphs. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void graph_destroy(void *p)
{
	holds_bury(p, false);
	free(p);
}

static uint64_t outermost(uint64_t graph)
{
	uint64_t node;

	while ((node = handle_owner(graph)))
		graph = handle_owner(node);
	return graph;
}

/* The list of an outermost graph, NULL without memory */
static struct holds *holds_of(uint64_t graph)
{
	struct holds *holds = handle_data(graph), *made;

	if (holds)
		return holds;
	made = calloc(1, sizeof(*made));
	holds = made ? handle_set_data(graph, made, graph_destroy) : NULL;
	if (holds != made)
		free(made);
	return holds;
}

CUresult graph_keep_copy(uint64_t graph, const struct holds *from)
{
	CUresult rc = CUDA_ERROR_OUT_OF_MEMORY;
	struct holds *holds;

	if (!from->n)
		return CUDA_SUCCESS;
	pthread_mutex_lock(&lock);
	holds = holds_of(outermost(graph));
	if (holds)
		rc = holds_copy(holds, from);
	pthread_mutex_unlock(&lock);
	return rc;
}

CUresult graph_keep(uint64_t graph, struct holds *holds)
{
	CUresult rc = graph_keep_copy(graph, holds);

	holds_clear(holds);
	return rc;
}

CUresult graph_holds(uint64_t graph, struct holds *holds)
{
	CUresult rc = CUDA_SUCCESS;
	struct holds *from;

	pthread_mutex_lock(&lock);
	from = handle_data(outermost(graph));
	if (from)
		rc = holds_copy(holds, from);
	pthread_mutex_unlock(&lock);
	return rc;
}

CUresult graph_keep_as(uint64_t to, uint64_t from)
{
	struct holds holds = { 0 };
	CUresult rc = graph_holds(from, &holds);

	return rc == CUDA_SUCCESS ? graph_keep(to, &holds) : rc;
}

bool graph_let_go(uint64_t graph, struct hold *hold, uint64_t count)
{
	struct holds *holds;
	bool had;

	pthread_mutex_lock(&lock);
	holds = handle_data(outermost(graph));
	had = holds && holds_take(holds, hold, count);
	pthread_mutex_unlock(&lock);
	return had;
}

CUresult CUDAAPI cuGraphDestroy(CUgraph hGraph)
{
	CUresult rc;

	/* CUDA Driver API: a graph that a node owns goes with the node. */
	if (handle_owner((uint64_t)hGraph))
		return CUDA_ERROR_INVALID_VALUE;
	rc = send_cuGraphDestroy(hGraph);
	holds_sweep();
	return rc;
}

CUresult CUDAAPI cuGraphClone(CUgraph *phGraphClone, CUgraph originalGraph)
{
	CUresult rc = send_cuGraphClone(phGraphClone, originalGraph);

	return rc == CUDA_SUCCESS ? graph_keep_as((uint64_t)*phGraphClone, (uint64_t)originalGraph) :
				    rc;
}

CUresult CUDAAPI cuGraphNodeFindInClone(CUgraphNode *phNode, CUgraphNode hOriginalNode,
					CUgraph hClonedGraph)
{
	CUresult rc = session_check();
	struct loan loan;
	uint64_t node = 0;

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!phNode || !handle_is(KIND_CUgraph, (uint64_t)hClonedGraph))
		return CUDA_ERROR_INVALID_VALUE;
	rc = loan_init(&loan, KIND_CUgraphNode, (uint64_t)hClonedGraph, 1);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = send_graph_find_in_clone(hOriginalNode, hClonedGraph, loan.names[0], &node);
	loan_finish(&loan, node == loan.names[0]);
	if (rc == CUDA_SUCCESS)
		*phNode = (CUgraphNode)node;
	return rc;
}

/*
 * A list that the host gives a piece at a time.  @get asks for one; the others are
 * what it needs, and where the program wants the result.
 */
struct query {
	CUresult (*get)(const struct query *query, uint64_t first, uint32_t capacity,
			const uint64_t *lent, uint32_t *used, uint64_t *total);
	uint64_t object, owner;
	bool flag;		/* roots, or dependents */
	uint32_t lend;		/* names for each entry */
	CUgraphNode *nodes, *others;
	CUgraphEdgeData *data;
	CUgraphEdgeData *unwanted;	/* for entries whose data nobody wants */
};

static CUgraphEdgeData *data_at(const struct query *query, uint64_t first)
{
	return query->data ? query->data + first : query->unwanted;
}

static CUresult get_nodes(const struct query *query, uint64_t first, uint32_t capacity,
			  const uint64_t *lent, uint32_t *used, uint64_t *total)
{
	return send_graph_nodes((CUgraph)query->object, query->flag, first, capacity, lent, used,
				total, (uint64_t *)query->nodes + first);
}

static CUresult get_edges(const struct query *query, uint64_t first, uint32_t capacity,
			  const uint64_t *lent, uint32_t *used, uint64_t *total)
{
	return send_graph_edges((CUgraph)query->object, query->data != NULL, first, capacity, lent,
				used, total, (uint64_t *)query->nodes + first,
				(uint64_t *)query->others + first, data_at(query, first));
}

static CUresult get_neighbours(const struct query *query, uint64_t first, uint32_t capacity,
			       const uint64_t *lent, uint32_t *used, uint64_t *total)
{
	return send_node_neighbours((CUgraphNode)query->object, query->flag, query->data != NULL,
				    first, capacity, lent, used, total,
				    (uint64_t *)query->nodes + first, data_at(query, first));
}

static CUresult get_piece(const struct query *query, uint64_t first, uint32_t n, uint64_t *total)
{
	struct loan loan;
	uint32_t used = 0;
	CUresult rc = loan_init(&loan, KIND_CUgraphNode, query->owner, n * query->lend);

	if (rc != CUDA_SUCCESS)
		return rc;
	rc = query->get(query, first, n, loan.names, &used, total);
	loan_finish(&loan, rc == CUDA_SUCCESS ? used : 0);
	return rc;
}

/*
 * CUDA Driver API, cuGraphGetNodes: without an array only the number; an array that
 * is too long is filled up with NULL.
 */
static CUresult list(struct query *query, size_t *n)
{
	uint32_t used;
	uint64_t total, wanted = *n, piece;
	CUgraphNode *nodes = query->nodes;
	CUresult rc;

	query->nodes = NULL;
	rc = query->get(query, 0, 0, NULL, &used, &total);
	query->nodes = nodes;
	if (rc != CUDA_SUCCESS || !nodes) {
		*n = rc == CUDA_SUCCESS ? total : *n;
		return rc;
	}
	if (!query->data)
		query->unwanted = calloc(WIRE_MAX_NODES, sizeof(*query->unwanted));
	if (!query->data && !query->unwanted)
		return CUDA_ERROR_OUT_OF_MEMORY;
	for (uint64_t i = total; i < wanted; i++) {
		nodes[i] = NULL;
		if (query->others)
			query->others[i] = NULL;
	}
	if (wanted > total)
		wanted = total;
	for (uint64_t at = 0; rc == CUDA_SUCCESS && at < wanted; at += piece) {
		piece = wanted - at < WIRE_MAX_NODES ? wanted - at : WIRE_MAX_NODES;
		rc = get_piece(query, at, piece, &total);
	}
	free(query->unwanted);
	if (rc == CUDA_SUCCESS)
		*n = wanted;
	return rc;
}

static CUresult list_nodes(CUgraph graph, CUgraphNode *nodes, size_t *n, bool roots)
{
	struct query query = { .get = get_nodes, .object = (uint64_t)graph,
			       .owner = (uint64_t)graph, .flag = roots, .lend = 1,
			       .nodes = nodes };
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && !n)
		rc = CUDA_ERROR_INVALID_VALUE;
	return rc == CUDA_SUCCESS ? list(&query, n) : rc;
}

CUresult CUDAAPI cuGraphGetNodes(CUgraph hGraph, CUgraphNode *nodes, size_t *numNodes)
{
	return list_nodes(hGraph, nodes, numNodes, false);
}

CUresult CUDAAPI cuGraphGetRootNodes(CUgraph hGraph, CUgraphNode *rootNodes, size_t *numRootNodes)
{
	return list_nodes(hGraph, rootNodes, numRootNodes, true);
}

CUresult CUDAAPI cuGraphGetEdges_v2(CUgraph hGraph, CUgraphNode *from, CUgraphNode *to,
				    CUgraphEdgeData *edgeData, size_t *numEdges)
{
	struct query query = { .get = get_edges, .object = (uint64_t)hGraph,
			       .owner = (uint64_t)hGraph, .lend = 2, .nodes = from, .others = to,
			       .data = edgeData };
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && (!numEdges || !from != !to))
		rc = CUDA_ERROR_INVALID_VALUE;
	return rc == CUDA_SUCCESS ? list(&query, numEdges) : rc;
}

static CUresult list_neighbours(CUgraphNode node, CUgraphNode *nodes, CUgraphEdgeData *data,
				size_t *n, bool dependents)
{
	struct query query = { .get = get_neighbours, .object = (uint64_t)node,
			       .owner = handle_owner((uint64_t)node), .flag = dependents,
			       .lend = 1, .nodes = nodes, .data = data };
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && !n)
		rc = CUDA_ERROR_INVALID_VALUE;
	return rc == CUDA_SUCCESS ? list(&query, n) : rc;
}

CUresult CUDAAPI cuGraphNodeGetDependencies_v2(CUgraphNode hNode, CUgraphNode *dependencies,
					       CUgraphEdgeData *edgeData, size_t *numDependencies)
{
	return list_neighbours(hNode, dependencies, edgeData, numDependencies, false);
}

CUresult CUDAAPI cuGraphNodeGetDependentNodes_v2(CUgraphNode hNode, CUgraphNode *dependentNodes,
						 CUgraphEdgeData *edgeData,
						 size_t *numDependentNodes)
{
	return list_neighbours(hNode, dependentNodes, edgeData, numDependentNodes, true);
}

/* The host's driver wrote it to a file there; the program wants it in one here. */
CUresult CUDAAPI cuGraphDebugDotPrint(CUgraph hGraph, const char *path, unsigned int flags)
{
	char text[16384];
	uint64_t at = 0, total;
	CUresult rc = session_check();
	FILE *file;

	if (rc == CUDA_SUCCESS && !path)
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = send_graph_dot(hGraph, flags, 0, sizeof(text), &total, text);
	if (rc != CUDA_SUCCESS)
		return rc;
	file = fopen(path, "w");
	if (!file)
		return CUDA_ERROR_OPERATING_SYSTEM;
	while (rc == CUDA_SUCCESS && at < total) {
		size_t n = total - at < sizeof(text) ? total - at : sizeof(text);

		if (fwrite(text, 1, n, file) != n)
			rc = CUDA_ERROR_OPERATING_SYSTEM;
		at += n;
		if (rc == CUDA_SUCCESS && at < total)
			rc = send_graph_dot(hGraph, flags, at, sizeof(text), &total, text);
	}
	if (fclose(file) && rc == CUDA_SUCCESS)
		rc = CUDA_ERROR_OPERATING_SYSTEM;
	return rc;
}

CUresult CUDAAPI cuDeviceGetGraphMemAttribute(CUdevice device, CUgraphMem_attribute attr,
					      void *value)
{
	CUresult rc = device_check(device);

	if (rc == CUDA_SUCCESS && !value)
		rc = CUDA_ERROR_INVALID_VALUE;
	return rc == CUDA_SUCCESS ? send_graph_mem_get(device, attr, value) : rc;
}

CUresult CUDAAPI cuDeviceSetGraphMemAttribute(CUdevice device, CUgraphMem_attribute attr,
					      void *value)
{
	CUresult rc = device_check(device);

	if (rc == CUDA_SUCCESS && !value)
		rc = CUDA_ERROR_INVALID_VALUE;
	return rc == CUDA_SUCCESS ? send_graph_mem_set(device, attr, *(cuuint64_t *)value) : rc;
}
