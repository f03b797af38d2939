/* SPDX-License-Identifier: MIT */
/* What is put into a capturing stream is not done but becomes nodes, one behind the other */
#include "graph.h"

enum { N = 3000 };

static void CUDA_CB add_one(void *data)
{
	++*(unsigned *)data;
}

int main(void)
{
	static const CUgraphNodeType want[] = {
		CU_GRAPH_NODE_TYPE_KERNEL, CU_GRAPH_NODE_TYPE_KERNEL, CU_GRAPH_NODE_TYPE_MEMCPY,
		CU_GRAPH_NODE_TYPE_MEMSET, CU_GRAPH_NODE_TYPE_HOST, CU_GRAPH_NODE_TYPE_MEMCPY,
	};
	enum { NODES = ARRAY_SIZE(want) };
	CUgraphNode nodes[NODES], before;
	CUstreamCaptureStatus status;
	CUgraphNodeType type;
	unsigned calls = 0;
	unsigned char *from, *to;
	CUdeviceptr buffer;
	CUgraphExec exec;
	CUgraph graph;
	size_t count;

	graph_begin();
	CU(cuMemAlloc(&buffer, N));
	CU(cuMemHostAlloc((void **)&from, N, 0));
	CU(cuMemHostAlloc((void **)&to, N, 0));
	CU(cuStreamIsCapturing(graph_stream, &status));
	CHECK(status == CU_STREAM_CAPTURE_STATUS_NONE);
	CU(cuStreamBeginCapture(graph_stream, CU_STREAM_CAPTURE_MODE_GLOBAL));
	CU(cuStreamIsCapturing(graph_stream, &status));
	CHECK(status == CU_STREAM_CAPTURE_STATUS_ACTIVE);
	CU(graph_launch_step(graph_stream, 1));
	CU(graph_launch_step(graph_stream, 2));
	CU(cuMemcpyHtoDAsync(buffer, from, N, graph_stream));
	CU(cuMemsetD8Async(buffer, 0x5a, N / 2, graph_stream));
	CU(cuLaunchHostFunc(graph_stream, add_one, &calls));
	CU(cuMemcpyDtoHAsync(to, buffer, N, graph_stream));
	CU(cuStreamEndCapture(graph_stream, &graph));
	CU(cuStreamIsCapturing(graph_stream, &status));
	CHECK(status == CU_STREAM_CAPTURE_STATUS_NONE);
	CHECK(graph_value() == 0 && !calls);

	CU(cuGraphGetNodes(graph, NULL, &count));
	CHECK(count == NODES);
	CU(cuGraphGetRootNodes(graph, NULL, &count));
	CHECK(count == 1);
	/* From the first node on, each has one that depends on it. */
	count = 1;
	CU(cuGraphGetRootNodes(graph, nodes, &count));
	for (int i = 0; i < NODES; i++) {
		CU(cuGraphNodeGetType(nodes[i], &type));
		CHECK(type == want[i]);
		CU(cuGraphNodeGetDependentNodes(nodes[i], NULL, NULL, &count));
		CHECK(count == (i < NODES - 1));
		if (count)
			CU(cuGraphNodeGetDependentNodes(nodes[i], &nodes[i + 1], NULL, &count));
		if (i) {
			count = 1;
			CU(cuGraphNodeGetDependencies(nodes[i], &before, NULL, &count));
			CHECK(count == 1 && before == nodes[i - 1]);
		}
	}

	CU(cuGraphInstantiate(&exec, graph, 0));
	for (unsigned i = 1; i <= 4; i++) {
		rng_fill(from, N);
		CU(cuGraphLaunch(exec, graph_stream));
		CU(cuStreamSynchronize(graph_stream));
		memset(from, 0x5a, N / 2);
		CHECK_SAME(to, from, N);
		CHECK(calls == i);
		CHECK(graph_value() == 12);
	}
	CU(cuGraphExecDestroy(exec));
	CU(cuGraphDestroy(graph));
	CU(cuMemFree(buffer));
	CU(cuMemFreeHost(from));
	CU(cuMemFreeHost(to));
	return finish();
}
