/* SPDX-License-Identifier: MIT */
/* A clone has the same nodes, found by the originals, and then a life of its own */
#include "graph.h"

static void set_step(CUgraphNode node, unsigned x)
{
	void *args[] = { &graph_word, &x };
	CUDA_KERNEL_NODE_PARAMS params;

	CU(cuGraphKernelNodeGetParams(node, &params));
	params.kernelParams = args;
	CU(cuGraphKernelNodeSetParams(node, &params));
}

int main(void)
{
	CUgraphNode first, second, inner, copy, found;
	CUgraph graph, clone, child;
	size_t count;

	graph_begin();
	CU(cuGraphCreate(&child, 0));
	graph_add_step(child, NULL, 0, 5);
	CU(cuGraphCreate(&graph, 0));
	first = graph_add_step(graph, NULL, 0, 1);
	second = graph_add_step(graph, &first, 1, 2);
	CU(cuGraphAddChildGraphNode(&inner, graph, &second, 1, child));
	CU(cuGraphClone(&clone, graph));
	CU(cuGraphGetNodes(clone, NULL, &count));
	CHECK(count == 3);
	CU(cuGraphNodeFindInClone(&copy, second, clone));
	CHECK(copy != second);
	count = 1;
	CU(cuGraphNodeGetDependencies(copy, &found, NULL, &count));
	CU(cuGraphNodeFindInClone(&copy, first, clone));
	CHECK(count == 1 && found == copy);

	set_step(copy, 7);
	graph_run(graph);
	CHECK(graph_value() == 125);
	graph_run(clone);
	CHECK(graph_value() == 725);
	CU(cuGraphDestroyNode(copy));
	graph_run(clone);
	CHECK(graph_value() == 25);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphNodeFindInClone(&found, first, clone));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphNodeFindInClone(&found, second, child));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphClone(&clone, NULL));
	CU(cuGraphDestroy(graph));
	graph_run(clone);
	CHECK(graph_value() == 25);
	CU(cuGraphDestroy(clone));
	CU(cuGraphDestroy(child));
	return finish();
}
