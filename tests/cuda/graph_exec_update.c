/* SPDX-License-Identifier: MIT */
/* An executable graph takes over the parameters of a graph of the same shape, and of no other */
#include "graph.h"

static CUgraph chain(unsigned x, unsigned y)
{
	CUgraphNode node;
	CUgraph graph;

	CU(cuGraphCreate(&graph, 0));
	node = graph_add_step(graph, NULL, 0, x);
	graph_add_step(graph, &node, 1, y);
	return graph;
}

static CUgraph captured(unsigned x, unsigned y)
{
	CUgraph graph;

	CU(cuStreamBeginCapture(graph_stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
	CU(graph_launch_step(graph_stream, x));
	CU(graph_launch_step(graph_stream, y));
	CU(cuStreamEndCapture(graph_stream, &graph));
	return graph;
}

/* refuse() - an update that must fail, and changes nothing */
static void refuse(CUgraphExec exec, CUgraph graph, CUgraphExecUpdateResult why)
{
	CUgraphExecUpdateResultInfo info;

	EXPECT_CU(CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE, cuGraphExecUpdate(exec, graph, &info));
	CHECK(info.result == why);
	CU(cuGraphDestroy(graph));
	CU(cuGraphLaunch(exec, graph_stream));
	CHECK(graph_value() == 56);
}

int main(void)
{
	CUgraphExecUpdateResultInfo info;
	CUgraphNode node, nodes[2];
	CUgraph graph, other;
	CUgraphExec exec;
	size_t count = 2;

	graph_begin();
	graph = chain(1, 2);
	CU(cuGraphInstantiate(&exec, graph, 0));
	CU(cuGraphLaunch(exec, graph_stream));
	CHECK(graph_value() == 12);

	/* A launch that is in the stream is not changed by what comes after. */
	other = chain(3, 4);
	CU(cuGraphLaunch(exec, graph_stream));
	CU(cuGraphExecUpdate(exec, other, &info));
	CHECK(info.result == CU_GRAPH_EXEC_UPDATE_SUCCESS && !info.errorNode);
	CHECK(graph_value() == 12);
	CU(cuGraphDestroy(other));
	CU(cuGraphLaunch(exec, graph_stream));
	CHECK(graph_value() == 34);
	other = captured(5, 6);
	CU(cuGraphExecUpdate(exec, other, &info));
	CU(cuGraphDestroy(other));
	CU(cuGraphLaunch(exec, graph_stream));
	CHECK(graph_value() == 56);

	puts("other shapes");
	other = chain(7, 8);
	graph_add_step(other, NULL, 0, 9);
	refuse(exec, other, CU_GRAPH_EXEC_UPDATE_ERROR_TOPOLOGY_CHANGED);
	other = chain(7, 8);
	CU(cuGraphGetNodes(other, nodes, &count));
	count = 1;
	CU(cuGraphGetRootNodes(other, &node, &count));
	CU(cuGraphRemoveDependencies(other, &node, node == nodes[0] ? &nodes[1] : &nodes[0], NULL,
				     1));
	refuse(exec, other, CU_GRAPH_EXEC_UPDATE_ERROR_TOPOLOGY_CHANGED);
	CU(cuGraphCreate(&other, 0));
	node = graph_add_step(other, NULL, 0, 7);
	CU(cuGraphAddEmptyNode(&node, other, &node, 1));
	refuse(exec, other, CU_GRAPH_EXEC_UPDATE_ERROR_NODE_TYPE_CHANGED);

	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphExecUpdate(exec, NULL, &info));
	CU(cuGraphExecDestroy(exec));
	CU(cuGraphDestroy(graph));
	return finish();
}
