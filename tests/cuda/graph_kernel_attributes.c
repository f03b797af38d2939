/* SPDX-License-Identifier: MIT */
/* Attributes of kernel nodes are kept, copied, and read back */
#include "graph.h"

/* What a launch says of itself a captured kernel keeps */
static void captured(void)
{
	CUlaunchAttribute attributes[2];
	CUlaunchConfig config = { 0 };
	CUkernelNodeAttrValue got;
	CUgraphNode node;
	CUgraph graph;
	size_t count = 1;
	int lowest, highest;
	unsigned digit = 7;
	void *params[] = { &graph_word, &digit };

	CU(cuCtxGetStreamPriorityRange(&lowest, &highest));
	memset(attributes, 0, sizeof(attributes));
	attributes[0].id = CU_LAUNCH_ATTRIBUTE_PRIORITY;
	attributes[0].value.priority = highest;
	attributes[1].id = CU_LAUNCH_ATTRIBUTE_COOPERATIVE;
	attributes[1].value.cooperative = 1;
	config.gridDimX = config.gridDimY = config.gridDimZ = 1;
	config.blockDimX = config.blockDimY = config.blockDimZ = 1;
	config.hStream = graph_stream;
	config.attrs = attributes;
	config.numAttrs = 2;
	CU(cuStreamBeginCapture(graph_stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
	CU(cuLaunchKernelEx(&config, graph_step, params, NULL));
	CU(cuStreamEndCapture(graph_stream, &graph));
	CU(cuGraphGetNodes(graph, &node, &count));
	CHECK(count == 1);
	CU(cuGraphKernelNodeGetAttribute(node, CU_KERNEL_NODE_ATTRIBUTE_PRIORITY, &got));
	CHECK(got.priority == highest);
	CU(cuGraphKernelNodeGetAttribute(node, CU_KERNEL_NODE_ATTRIBUTE_COOPERATIVE, &got));
	CHECK(got.cooperative == 1);
	graph_run(graph);
	CHECK(graph_value() == digit);
	CU(cuGraphDestroy(graph));
}

int main(void)
{
	CUkernelNodeAttrValue value, got;
	CUgraphNode first, second, empty;
	CUgraph graph;

	graph_begin();
	CU(cuGraphCreate(&graph, 0));
	first = graph_add_step(graph, NULL, 0, 1);
	second = graph_add_step(graph, &first, 1, 2);
	CU(cuGraphAddEmptyNode(&empty, graph, NULL, 0));
	CU(cuGraphKernelNodeGetAttribute(first, CU_KERNEL_NODE_ATTRIBUTE_COOPERATIVE, &got));
	CHECK(!got.cooperative);
	memset(&value, 0, sizeof(value));
	value.cooperative = 1;
	CU(cuGraphKernelNodeSetAttribute(first, CU_KERNEL_NODE_ATTRIBUTE_COOPERATIVE, &value));
	CU(cuGraphKernelNodeGetAttribute(first, CU_KERNEL_NODE_ATTRIBUTE_COOPERATIVE, &got));
	CHECK(got.cooperative == 1);
	CU(cuGraphKernelNodeGetAttribute(second, CU_KERNEL_NODE_ATTRIBUTE_COOPERATIVE, &got));
	CHECK(!got.cooperative);
	CU(cuGraphKernelNodeCopyAttributes(second, first));
	CU(cuGraphKernelNodeGetAttribute(second, CU_KERNEL_NODE_ATTRIBUTE_COOPERATIVE, &got));
	CHECK(got.cooperative == 1);
	graph_run(graph);
	CHECK(graph_value() == 12);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE,
		  cuGraphKernelNodeGetAttribute(empty, CU_KERNEL_NODE_ATTRIBUTE_COOPERATIVE, &got));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE,
		  cuGraphKernelNodeSetAttribute(empty, CU_KERNEL_NODE_ATTRIBUTE_COOPERATIVE,
						&value));
	CU(cuGraphDestroy(graph));
	captured();
	return finish();
}
