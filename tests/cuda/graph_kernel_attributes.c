/* SPDX-License-Identifier: MIT */
/* Attributes of kernel nodes are kept, copied, and read back */
#include "graph.h"

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
	return finish();
}
