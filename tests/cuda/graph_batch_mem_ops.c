/* SPDX-License-Identifier: MIT */
/* A node that writes words and waits for words, made by hand and captured */
#include "graph.h"

int main(void)
{
	CUstreamBatchMemOpParams ops[3];
	CUDA_BATCH_MEM_OP_NODE_PARAMS params, got;
	CUgraphNode node, last;
	CUdeviceptr words;
	CUgraphNodeType type;
	CUgraphExec exec;
	CUgraph graph;
	unsigned out[3];
	size_t count = 1;

	graph_begin();
	CU(cuMemAlloc(&words, sizeof(out)));
	CU(cuMemsetD32(words, 0, 3));
	memset(ops, 0, sizeof(ops));
	ops[0].operation = ops[1].operation = CU_STREAM_MEM_OP_WRITE_VALUE_32;
	ops[0].writeValue.address = words;
	ops[0].writeValue.value = 5;
	ops[1].writeValue.address = words + 4;
	ops[1].writeValue.value = 6;
	ops[2].operation = CU_STREAM_MEM_OP_WAIT_VALUE_32;
	ops[2].waitValue.address = words;
	ops[2].waitValue.value = 5;
	ops[2].waitValue.flags = CU_STREAM_WAIT_VALUE_GEQ;
	memset(&params, 0, sizeof(params));
	params.ctx = graph_context;
	params.count = 3;
	params.paramArray = ops;
	CU(cuGraphCreate(&graph, 0));
	NEEDS_CU(cuGraphAddBatchMemOpNode(&node, graph, NULL, 0, &params));
	last = graph_add_step(graph, &node, 1, 1);
	CU(cuGraphBatchMemOpNodeGetParams(node, &got));
	CHECK(got.count == 3 && got.ctx == graph_context);
	CHECK(got.paramArray[1].writeValue.value == 6);
	CU(cuGraphInstantiate(&exec, graph, 0));
	CU(cuGraphLaunch(exec, graph_stream));
	CHECK(graph_value() == 1);
	CU(cuMemcpyDtoH(out, words, sizeof(out)));
	CHECK(out[0] == 5 && out[1] == 6 && !out[2]);

	puts("other values");
	ops[1].writeValue.value = 9;
	CU(cuGraphExecBatchMemOpNodeSetParams(exec, node, &params));
	CU(cuGraphLaunch(exec, graph_stream));
	CHECK(graph_value() == 1);
	CU(cuMemcpyDtoH(out, words, sizeof(out)));
	CHECK(out[0] == 5 && out[1] == 9);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphBatchMemOpNodeGetParams(last, &got));
	CU(cuGraphExecDestroy(exec));
	CU(cuGraphDestroy(graph));

	puts("captured");
	CU(cuStreamBeginCapture(graph_stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
	CU(cuStreamWriteValue32(graph_stream, words + 8, 3, 0));
	CU(cuStreamEndCapture(graph_stream, &graph));
	CU(cuGraphGetNodes(graph, &node, &count));
	CHECK(count == 1);
	CU(cuGraphNodeGetType(node, &type));
	CHECK(type == CU_GRAPH_NODE_TYPE_BATCH_MEM_OP);
	graph_run(graph);
	CU(cuMemcpyDtoH(out, words, sizeof(out)));
	CHECK(out[2] == 3);
	CU(cuGraphDestroy(graph));
	CU(cuMemFree(words));
	return finish();
}
