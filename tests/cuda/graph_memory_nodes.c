/* SPDX-License-Identifier: MIT */
/* Allocation nodes: one address for all launches, freed in the graph, outside, or by the next */
#include "graph.h"

static CUgraphNode add_alloc(CUgraph graph, size_t bytes, CUdeviceptr *out)
{
	CUDA_MEM_ALLOC_NODE_PARAMS params;
	CUgraphNode node;

	memset(&params, 0, sizeof(params));
	params.poolProps.allocType = CU_MEM_ALLOCATION_TYPE_PINNED;
	params.poolProps.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
	params.bytesize = bytes;
	NEEDS_CU(cuGraphAddMemAllocNode(&node, graph, NULL, 0, &params));
	CHECK(params.dptr);
	*out = params.dptr;
	return node;
}

/* add_fill() - all words of @to become @value */
static CUgraphNode add_fill(CUgraph graph, const CUgraphNode *after, CUdeviceptr to, size_t words,
			    unsigned value)
{
	CUDA_MEMSET_NODE_PARAMS fill = {
		.dst = to, .elementSize = 4, .value = value, .width = words, .height = 1,
	};
	CUgraphNode node;

	CU(cuGraphAddMemsetNode(&node, graph, after, 1, &fill, graph_context));
	return node;
}

static CUgraphNode add_copy(CUgraph graph, const CUgraphNode *after, CUdeviceptr to,
			    CUdeviceptr from, size_t bytes)
{
	CUDA_MEMCPY3D copy = {
		.srcMemoryType = CU_MEMORYTYPE_DEVICE, .dstMemoryType = CU_MEMORYTYPE_DEVICE,
		.srcDevice = from, .dstDevice = to, .WidthInBytes = bytes, .Height = 1, .Depth = 1,
	};
	CUgraphNode node;

	CU(cuGraphAddMemcpyNode(&node, graph, after, 1, &copy, graph_context));
	return node;
}

static cuuint64_t attribute(CUgraphMem_attribute which)
{
	cuuint64_t value;

	CU(cuDeviceGetGraphMemAttribute(0, which, &value));
	return value;
}

static void freed_in_the_graph(void)
{
	CUdeviceptr memory, got;
	CUgraphNode node, alloc, last;
	CUgraphExec exec, second;
	CUgraph graph, clone;

	puts("freed in the graph");
	CU(cuGraphCreate(&graph, 0));
	alloc = add_alloc(graph, 1 << 20, &memory);
	node = add_fill(graph, &alloc, memory, 1 << 18, 4321);
	node = add_copy(graph, &node, graph_word, memory + (1 << 20) - 4, 4);
	CU(cuGraphAddMemFreeNode(&last, graph, &node, 1, memory));
	CU(cuGraphMemFreeNodeGetParams(last, &got));
	CHECK(got == memory);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphAddMemFreeNode(&node, graph, &last, 1, memory));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE,
		  cuGraphAddMemFreeNode(&node, graph, &last, 1, graph_word));
	CU(cuGraphInstantiate(&exec, graph, 0));
	CHECK(cuGraphInstantiate(&second, graph, 0) != CUDA_SUCCESS);
	CHECK(cuGraphClone(&clone, graph) != CUDA_SUCCESS);
	CHECK(cuGraphDestroyNode(node) != CUDA_SUCCESS);
	for (int i = 0; i < 3; i++) {
		CU(cuGraphLaunch(exec, graph_stream));
		CHECK(graph_value() == 4321);
	}
	CHECK(attribute(CU_GRAPH_MEM_ATTR_USED_MEM_HIGH) >= 1 << 20);
	CU(cuGraphExecDestroy(exec));
	CU(cuGraphInstantiate(&exec, graph, 0));
	CU(cuGraphExecDestroy(exec));
	CU(cuGraphDestroy(graph));
}

static void freed_outside(void)
{
	CUdeviceptr memory;
	CUgraphExec exec;
	CUgraphNode node;
	CUgraph graph;
	unsigned got = 0;

	puts("freed outside");
	CU(cuGraphCreate(&graph, 0));
	node = add_alloc(graph, 4096, &memory);
	add_fill(graph, &node, memory, 1024, 77);
	CU(cuGraphInstantiate(&exec, graph, 0));
	for (int i = 0; i < 3; i++) {
		CU(cuGraphLaunch(exec, graph_stream));
		EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphLaunch(exec, graph_stream));
		CU(cuMemcpyDtoHAsync(&got, memory + 4092, 4, graph_stream));
		CU(cuStreamSynchronize(graph_stream));
		CHECK(got == 77);
		if (i & 1)
			CU(cuMemFree(memory));
		else
			CU(cuMemFreeAsync(memory, graph_stream));
		CU(cuStreamSynchronize(graph_stream));
	}
	CU(cuGraphExecDestroy(exec));

	puts("freed by the next launch");
	CU(cuGraphInstantiate(&exec, graph, CUDA_GRAPH_INSTANTIATE_FLAG_AUTO_FREE_ON_LAUNCH));
	for (int i = 0; i < 3; i++)
		CU(cuGraphLaunch(exec, graph_stream));
	CU(cuMemFreeAsync(memory, graph_stream));
	CU(cuStreamSynchronize(graph_stream));
	CU(cuGraphExecDestroy(exec));
	CU(cuGraphDestroy(graph));
}

static void freed_by_another_graph(void)
{
	CUgraphExec exec, freeing;
	CUgraph graph, other;
	CUdeviceptr memory;
	CUgraphNode node;

	puts("freed by another graph");
	CU(cuGraphCreate(&graph, 0));
	node = add_alloc(graph, 4096, &memory);
	add_fill(graph, &node, memory, 1024, 55);
	CU(cuGraphCreate(&other, 0));
	CU(cuGraphAddEmptyNode(&node, other, NULL, 0));
	node = add_copy(other, &node, graph_word, memory, 4);
	CU(cuGraphAddMemFreeNode(&node, other, &node, 1, memory));
	CU(cuGraphInstantiate(&exec, graph, 0));
	CU(cuGraphInstantiate(&freeing, other, 0));
	for (int i = 0; i < 3; i++) {
		CU(cuGraphLaunch(exec, graph_stream));
		CU(cuGraphLaunch(freeing, graph_stream));
		CHECK(graph_value() == 55);
	}
	CU(cuGraphExecDestroy(exec));
	CU(cuGraphExecDestroy(freeing));
	CU(cuGraphDestroy(graph));
	CU(cuGraphDestroy(other));
}

int main(void)
{
	cuuint64_t zero = 0;

	graph_begin();
	freed_in_the_graph();
	freed_outside();
	freed_by_another_graph();
	CU(cuDeviceGraphMemTrim(0));
	/* An H200 may still count what was freed outside of the graph as used */
	CU(cuDeviceSetGraphMemAttribute(0, CU_GRAPH_MEM_ATTR_USED_MEM_HIGH, &zero));
	CHECK(attribute(CU_GRAPH_MEM_ATTR_USED_MEM_HIGH) ==
	      attribute(CU_GRAPH_MEM_ATTR_USED_MEM_CURRENT));
	return finish();
}
