/* SPDX-License-Identifier: MIT */
/* A child graph is a copy that runs as one node; graphs in graphs too */
#include "graph.h"

int main(void)
{
	CUgraph inner, middle, outer, embedded;
	CUgraphNode node, first, last;
	CUgraphExec exec;
	size_t count;

	graph_begin();
	CU(cuGraphCreate(&inner, 0));
	node = graph_add_step(inner, NULL, 0, 3);
	graph_add_step(inner, &node, 1, 4);
	CU(cuGraphCreate(&middle, 0));
	first = graph_add_step(middle, NULL, 0, 2);
	CU(cuGraphAddChildGraphNode(&node, middle, &first, 1, inner));
	graph_add_step(middle, &node, 1, 5);
	CU(cuGraphCreate(&outer, 0));
	first = graph_add_step(outer, NULL, 0, 1);
	CU(cuGraphAddChildGraphNode(&node, outer, &first, 1, middle));
	last = graph_add_step(outer, &node, 1, 6);

	/* What happens to the originals now changes nothing. */
	graph_add_step(inner, NULL, 0, 9);
	CU(cuGraphDestroy(middle));
	CU(cuGraphGetNodes(outer, NULL, &count));
	CHECK(count == 3);
	CU(cuGraphChildGraphNodeGetGraph(node, &embedded));
	CU(cuGraphGetNodes(embedded, NULL, &count));
	CHECK(count == 3);
	graph_run(outer);
	CHECK(graph_value() == 123456);

	/* An empty child graph orders what is around it. */
	CU(cuGraphDestroyNode(node));
	CU(cuGraphCreate(&middle, 0));
	CU(cuGraphAddChildGraphNode(&node, outer, &first, 1, middle));
	CU(cuGraphAddDependencies(outer, &node, &last, NULL, 1));
	CU(cuGraphInstantiate(&exec, outer, 0));
	CU(cuGraphLaunch(exec, graph_stream));
	CU(cuGraphExecDestroy(exec));
	CHECK(graph_value() == 16);

	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphAddChildGraphNode(&node, outer, NULL, 0, NULL));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphChildGraphNodeGetGraph(first, &embedded));
	CU(cuGraphDestroy(inner));
	CU(cuGraphDestroy(middle));
	CU(cuGraphDestroy(outer));
	return finish();
}
