/* SPDX-License-Identifier: MIT */
/* A chain of nodes of every usual type runs in order at every launch, and asks for nothing later */
#include "graph.h"

enum { N = 1000 };

static void CUDA_CB add_one(void *data)
{
	unsigned *count = data;

	++*count;
}

int main(void)
{
	CUgraphNode clear, put, first, second, empty, host, get, *last;
	CUDA_MEMSET_NODE_PARAMS fill = { .elementSize = 4, .value = 7, .width = 1, .height = 1 };
	CUDA_MEMCPY3D copy = {
		.srcMemoryType = CU_MEMORYTYPE_HOST, .dstMemoryType = CU_MEMORYTYPE_DEVICE,
		.Height = 1, .Depth = 1,
	};
	unsigned char *from, *to;
	CUdeviceptr buffer;
	unsigned calls = 0, value;
	CUDA_HOST_NODE_PARAMS call = { .fn = add_one, .userData = &calls };
	CUgraphExec exec;
	CUgraph graph;

	graph_begin();
	CU(cuMemAlloc(&buffer, N));
	CU(cuMemHostAlloc((void **)&from, N, 0));
	CU(cuMemHostAlloc((void **)&to, N, 0));
	CU(cuGraphCreate(&graph, 0));
	fill.dst = graph_word;
	CU(cuGraphAddMemsetNode(&clear, graph, NULL, 0, &fill, graph_context));
	first = graph_add_step(graph, &clear, 1, 1);
	CU(cuGraphAddEmptyNode(&empty, graph, &first, 1));
	second = graph_add_step(graph, &empty, 1, 2);
	copy.srcHost = from;
	copy.dstDevice = buffer;
	copy.WidthInBytes = copy.srcPitch = copy.dstPitch = N;
	CU(cuGraphAddMemcpyNode(&put, graph, &second, 1, &copy, graph_context));
	CU(cuGraphAddHostNode(&host, graph, &put, 1, &call));
	copy.srcMemoryType = CU_MEMORYTYPE_DEVICE;
	copy.dstMemoryType = CU_MEMORYTYPE_HOST;
	copy.srcDevice = buffer;
	copy.dstHost = to;
	last = &host;
	CU(cuGraphAddMemcpyNode(&get, graph, last, 1, &copy, graph_context));
	/* What the calls were given may change now. */
	memset(&fill, 0, sizeof(fill));
	memset(&copy, 0, sizeof(copy));
	memset(&call, 0, sizeof(call));

	CU(cuGraphInstantiate(&exec, graph, 0));
	CU(cuGraphDestroy(graph));
	for (unsigned i = 1; i <= 5; i++) {
		rng_fill(from, N);
		memset(to, 0, N);
		CU(cuGraphLaunch(exec, graph_stream));
		CU(cuStreamSynchronize(graph_stream));
		CHECK_SAME(to, from, N);
		CHECK(calls == i);
		CU(cuMemcpyDtoH(&value, graph_word, sizeof(value)));
		CHECK(value == 712);
	}
	CU(cuGraphExecDestroy(exec));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphLaunch(NULL, graph_stream));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphInstantiate(&exec, NULL, 0));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphCreate(&graph, 1));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphCreate(NULL, 0));
	CU(cuMemFree(buffer));
	CU(cuMemFreeHost(from));
	CU(cuMemFreeHost(to));
	return finish();
}
