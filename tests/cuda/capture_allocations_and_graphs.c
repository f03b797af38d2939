/* SPDX-License-Identifier: MIT */
/* A capture of allocations, into a graph that was there, and with nodes of the program's own */
#include "graph.h"

static void allocations(void)
{
	CUdeviceptr memory;
	CUgraphExec exec;
	CUgraph graph;
	size_t count;

	puts("allocations");
	CU(cuStreamBeginCapture(graph_stream, CU_STREAM_CAPTURE_MODE_GLOBAL));
	NEEDS_CU(cuMemAllocAsync(&memory, 4096, graph_stream));
	CU(cuMemsetD32Async(memory, 31, 1024, graph_stream));
	CU(cuMemcpyDtoDAsync(graph_word, memory + 4092, 4, graph_stream));
	CU(cuMemFreeAsync(memory, graph_stream));
	CU(cuStreamEndCapture(graph_stream, &graph));
	CU(cuGraphGetNodes(graph, NULL, &count));
	CHECK(count == 4);
	CU(cuGraphInstantiate(&exec, graph, 0));
	for (int i = 0; i < 3; i++) {
		CU(cuGraphLaunch(exec, graph_stream));
		CHECK(graph_value() == 31);
	}
	CU(cuGraphExecDestroy(exec));
	CU(cuGraphDestroy(graph));
}

/* into_a_graph() - what is captured comes behind nodes that were there */
static void into_a_graph(void)
{
	CUgraph graph, ended;
	CUgraphNode first;
	size_t count;

	puts("into a graph");
	CU(cuGraphCreate(&graph, 0));
	first = graph_add_step(graph, NULL, 0, 1);
	NEEDS_CU(cuStreamBeginCaptureToGraph(graph_stream, graph, &first, NULL, 1,
					     CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
	CU(graph_launch_step(graph_stream, 2));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE,
		  cuStreamUpdateCaptureDependencies(graph_stream, NULL, NULL, 1,
						    CU_STREAM_ADD_CAPTURE_DEPENDENCIES));
	CU(cuStreamEndCapture(graph_stream, &ended));
	CHECK(ended == graph);
	CU(cuGraphGetEdges(graph, NULL, NULL, NULL, &count));
	CHECK(count == 1);
	graph_run(graph);
	CHECK(graph_value() == 12);
	CU(cuGraphDestroy(graph));
}

/* own_nodes() - the graph that is captured into may be asked for, and added to */
static void own_nodes(void)
{
	CUstreamCaptureStatus status;
	const CUgraphEdgeData *data;
	const CUgraphNode *nodes;
	CUgraphNode node;
	cuuint64_t id, later;
	CUgraph graph, ended;
	size_t count;

	puts("own nodes");
	EXPECT_CU(CUDA_ERROR_ILLEGAL_STATE,
		  cuStreamUpdateCaptureDependencies(graph_stream, NULL, NULL, 0, 0));
	CU(cuStreamGetCaptureInfo(graph_stream, &status, NULL, NULL, NULL, NULL, NULL));
	CHECK(status == CU_STREAM_CAPTURE_STATUS_NONE);
	CU(cuStreamBeginCapture(graph_stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
	CU(graph_launch_step(graph_stream, 1));
	CU(cuStreamGetCaptureInfo(graph_stream, &status, &id, &graph, &nodes, NULL, &count));
	CHECK(status == CU_STREAM_CAPTURE_STATUS_ACTIVE && count == 1);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE,
		  cuStreamGetCaptureInfo(graph_stream, &status, NULL, NULL, NULL, &data, NULL));
	node = graph_add_step(graph, nodes, count, 2);
	CU(cuStreamUpdateCaptureDependencies(graph_stream, &node, NULL, 1,
					     CU_STREAM_SET_CAPTURE_DEPENDENCIES));
	CU(graph_launch_step(graph_stream, 3));
	CU(cuStreamGetCaptureInfo(graph_stream, &status, &later, NULL, &nodes, NULL, &count));
	CHECK(later == id && count == 1 && nodes[0] != node);
	CU(cuStreamEndCapture(graph_stream, &ended));
	CHECK(ended == graph);
	graph_run(graph);
	CHECK(graph_value() == 123);
	CU(cuGraphDestroy(graph));
	CU(cuStreamBeginCapture(graph_stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
	CU(cuStreamGetCaptureInfo(graph_stream, &status, &later, NULL, NULL, NULL, NULL));
	CHECK(later != id);
	CU(cuStreamEndCapture(graph_stream, &graph));
	CU(cuGraphGetNodes(graph, NULL, &count));
	CHECK(!count);
	graph_run(graph);
	CU(cuGraphDestroy(graph));
}

int main(void)
{
	graph_begin();
	allocations();
	into_a_graph();
	own_nodes();
	return finish();
}
