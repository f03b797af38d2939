/* SPDX-License-Identifier: MIT */
/* Nodes and edges can be asked for, added and taken away, and wrong ones are refused */
#include "graph.h"

static size_t count_nodes(CUgraph graph)
{
	size_t count;

	CU(cuGraphGetNodes(graph, NULL, &count));
	return count;
}

static size_t count_roots(CUgraph graph)
{
	size_t count;

	CU(cuGraphGetRootNodes(graph, NULL, &count));
	return count;
}

static size_t count_edges(CUgraph graph)
{
	size_t count;

	CU(cuGraphGetEdges(graph, NULL, NULL, NULL, &count));
	return count;
}

int main(void)
{
	CUgraphNode a, b, c, d, pair[2], list[8], from[8], to[8], stranger;
	CUgraphEdgeData data[8], programmatic;
	CUgraphExec exec;
	CUgraph graph, other;
	CUgraphNodeType type;
	size_t count;

	graph_begin();
	CU(cuGraphCreate(&graph, 0));
	CU(cuGraphCreate(&other, 0));
	CHECK(!count_nodes(graph) && !count_roots(graph) && !count_edges(graph));
	CU(cuGraphAddEmptyNode(&a, graph, NULL, 0));
	CU(cuGraphAddEmptyNode(&b, graph, &a, 1));
	CU(cuGraphAddEmptyNode(&c, graph, &a, 1));
	pair[0] = b;
	pair[1] = c;
	CU(cuGraphAddEmptyNode(&d, graph, pair, 2));
	CU(cuGraphAddEmptyNode(&stranger, other, NULL, 0));
	CHECK(count_nodes(graph) == 4 && count_roots(graph) == 1 && count_edges(graph) == 4);
	CU(cuGraphNodeGetType(d, &type));
	CHECK(type == CU_GRAPH_NODE_TYPE_EMPTY);

	puts("lists");
	count = 2;
	CU(cuGraphGetNodes(graph, list, &count));
	CHECK(count == 2);
	memset(list, 0xff, sizeof(list));
	count = 6;
	CU(cuGraphGetNodes(graph, list, &count));
	CHECK(count == 4 && !list[4] && !list[5]);
	count = 8;
	CU(cuGraphGetEdges(graph, from, to, data, &count));
	CHECK(count == 4);
	for (size_t i = 0; i < count; i++)
		CHECK((from[i] == a && (to[i] == b || to[i] == c)) ||
		      ((from[i] == b || from[i] == c) && to[i] == d));
	count = 8;
	CU(cuGraphNodeGetDependencies(d, list, data, &count));
	CHECK(count == 2 && ((list[0] == b && list[1] == c) || (list[0] == c && list[1] == b)));
	CU(cuGraphNodeGetDependentNodes(d, NULL, NULL, &count));
	CHECK(!count);

	puts("changes");
	CU(cuGraphAddDependencies(graph, &a, &d, NULL, 1));
	CHECK(count_edges(graph) == 5);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphAddDependencies(graph, &a, &d, NULL, 1));
	CU(cuGraphRemoveDependencies(graph, &a, &d, NULL, 1));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphRemoveDependencies(graph, &a, &d, NULL, 1));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphAddDependencies(graph, &stranger, &d, NULL, 1));
	CHECK(count_edges(graph) == 4);
	CU(cuGraphDestroyNode(b));
	CHECK(count_nodes(graph) == 3 && count_roots(graph) == 1 && count_edges(graph) == 2);
	CU(cuGraphRemoveDependencies(graph, &a, &c, NULL, 1));
	CHECK(count_roots(graph) == 2);

	puts("wrong nodes");
	pair[0] = pair[1] = a;
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphAddEmptyNode(&b, graph, pair, 2));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphAddEmptyNode(&b, graph, &stranger, 1));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphAddEmptyNode(&b, graph, NULL, 1));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphAddEmptyNode(NULL, graph, NULL, 0));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphAddEmptyNode(&b, NULL, NULL, 0));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphDestroyNode(NULL));
	CHECK(count_nodes(graph) == 3);

	puts("edge data");
	memset(&programmatic, 0, sizeof(programmatic));
	programmatic.type = CU_GRAPH_DEPENDENCY_TYPE_PROGRAMMATIC;
	programmatic.from_port = CU_GRAPH_KERNEL_NODE_PORT_PROGRAMMATIC;
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE,
		  cuGraphAddDependencies(graph, &a, &c, &programmatic, 1));
	pair[0] = graph_add_step(graph, NULL, 0, 1);
	pair[1] = graph_add_step(graph, NULL, 0, 2);
	CU(cuGraphAddDependencies(graph, &pair[0], &pair[1], NULL, 1));
	count = 1;
	CU(cuGraphNodeGetDependencies(pair[1], list, NULL, &count));
	CHECK(count == 1 && list[0] == pair[0]);

	puts("a cycle");
	CU(cuGraphDestroy(other));
	CU(cuGraphCreate(&other, 0));
	CU(cuGraphAddEmptyNode(&a, other, NULL, 0));
	CU(cuGraphAddEmptyNode(&b, other, &a, 1));
	if (cuGraphAddDependencies(other, &b, &a, NULL, 1) == CUDA_SUCCESS)
		CHECK(cuGraphInstantiate(&exec, other, 0) == CUDA_ERROR_INVALID_VALUE);
	CU(cuGraphDestroy(other));
	CU(cuGraphDestroy(graph));
	return finish();
}
