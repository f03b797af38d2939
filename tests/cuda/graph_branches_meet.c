/* SPDX-License-Identifier: MIT */
/* Branches of a graph come after what they branch off from and before what they meet in */
#include "graph.h"

enum { BRANCHES = 40, LENGTH = 3 };

/* add_fill() - a node that sets a word */
static CUgraphNode add_fill(CUgraph graph, const CUgraphNode *after, size_t count, CUdeviceptr to,
			    unsigned value)
{
	CUDA_MEMSET_NODE_PARAMS fill = {
		.dst = to, .elementSize = 4, .value = value, .width = 1, .height = 1,
	};
	CUgraphNode node;

	CU(cuGraphAddMemsetNode(&node, graph, after, count, &fill, graph_context));
	return node;
}

/* add_copy() - a node that copies @count words */
static CUgraphNode add_copy(CUgraph graph, const CUgraphNode *after, size_t count, CUdeviceptr to,
			    CUdeviceptr from, size_t bytes)
{
	CUDA_MEMCPY3D copy = {
		.srcMemoryType = CU_MEMORYTYPE_DEVICE, .dstMemoryType = CU_MEMORYTYPE_DEVICE,
		.srcDevice = from, .dstDevice = to, .WidthInBytes = bytes, .Height = 1, .Depth = 1,
	};
	CUgraphNode node;

	CU(cuGraphAddMemcpyNode(&node, graph, after, count, &copy, graph_context));
	return node;
}

int main(void)
{
	/* words[0] is where all begins, words[b + 1] a branch's own, then their copies */
	unsigned got[BRANCHES], start;
	CUgraphNode root, ends[BRANCHES];
	CUdeviceptr words, copies;
	CUgraphExec exec;
	CUgraph graph;
	size_t count;

	graph_begin();
	CU(cuMemAlloc(&words, (BRANCHES + 1) * 4));
	CU(cuMemAlloc(&copies, BRANCHES * 4));
	CU(cuGraphCreate(&graph, 0));
	start = (unsigned)rng();
	root = add_fill(graph, NULL, 0, words, start);
	for (int b = 0; b < BRANCHES; b++) {
		ends[b] = root;
		for (int i = 0; i < LENGTH; i++)
			ends[b] = add_copy(graph, &ends[b], 1, words + 4 * (b + 1),
					   words + (i ? 4 * (b + 1) : 0), 4);
	}
	root = add_copy(graph, ends, BRANCHES, copies, words + 4, BRANCHES * 4);
	add_fill(graph, &root, 1, words, 0);
	CU(cuGraphGetNodes(graph, NULL, &count));
	CHECK(count == BRANCHES * LENGTH + 3);
	CU(cuGraphInstantiate(&exec, graph, 0));
	for (int launch = 0; launch < 20; launch++) {
		CU(cuMemsetD32Async(words + 4, 0, BRANCHES, graph_stream));
		CU(cuGraphLaunch(exec, graph_stream));
		CU(cuMemcpyDtoHAsync(got, copies, sizeof(got), graph_stream));
		CU(cuStreamSynchronize(graph_stream));
		for (int b = 0; b < BRANCHES; b++)
			CHECK(got[b] == start);
	}
	CU(cuGraphExecDestroy(exec));
	CU(cuGraphDestroy(graph));
	CU(cuMemFree(words));
	CU(cuMemFree(copies));
	return finish();
}
