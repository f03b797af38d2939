/* SPDX-License-Identifier: MIT */
/* New parameters for a node of an executable graph hold from the next launch on */
#include "graph.h"

static void CUDA_CB add_one(void *data)
{
	++*(unsigned *)data;
}

static CUDA_KERNEL_NODE_PARAMS kernel_params(void **args)
{
	CUDA_KERNEL_NODE_PARAMS params;

	memset(&params, 0, sizeof(params));
	params.func = graph_step;
	params.gridDimX = params.gridDimY = params.gridDimZ = 1;
	params.blockDimX = params.blockDimY = params.blockDimZ = 1;
	params.kernelParams = args;
	return params;
}

int main(void)
{
	unsigned x = 7, calls[2] = { 0, 0 }, words[4];
	void *args[] = { &graph_word, &x };
	CUDA_KERNEL_NODE_PARAMS kernel, got;
	CUDA_MEMSET_NODE_PARAMS fill = { .elementSize = 4, .value = 11, .width = 1, .height = 1 };
	CUDA_HOST_NODE_PARAMS host = { .fn = add_one, .userData = &calls[0] };
	CUDA_MEMCPY3D copy = {
		.srcMemoryType = CU_MEMORYTYPE_DEVICE, .dstMemoryType = CU_MEMORYTYPE_DEVICE,
		.WidthInBytes = 4, .Height = 1, .Depth = 1,
	}, copied;
	CUgraphNode step, set, call, move;
	CUgraphExec exec, twin;
	CUdeviceptr buffer;
	CUgraph graph;
	unsigned on;

	graph_begin();
	kernel = kernel_params(args);
	CU(cuMemAlloc(&buffer, 16));
	CU(cuMemsetD32(buffer, 0, 4));
	CU(cuGraphCreate(&graph, 0));
	step = graph_add_step(graph, NULL, 0, 1);
	fill.dst = buffer;
	CU(cuGraphAddMemsetNode(&set, graph, &step, 1, &fill, graph_context));
	CU(cuGraphAddHostNode(&call, graph, &set, 1, &host));
	copy.srcDevice = buffer;
	copy.dstDevice = buffer + 4;
	CU(cuGraphAddMemcpyNode(&move, graph, &call, 1, &copy, graph_context));
	CU(cuGraphInstantiate(&exec, graph, 0));
	CU(cuGraphInstantiate(&twin, graph, 0));

	CU(cuGraphExecKernelNodeSetParams(exec, step, &kernel));
	fill.value = 22;
	CU(cuGraphExecMemsetNodeSetParams(exec, set, &fill, graph_context));
	host.userData = &calls[1];
	CU(cuGraphExecHostNodeSetParams(exec, call, &host));
	copy.dstDevice = buffer + 8;
	CU(cuGraphExecMemcpyNodeSetParams(exec, move, &copy, graph_context));
	CU(cuGraphLaunch(exec, graph_stream));
	CHECK(graph_value() == 7);
	CU(cuMemcpyDtoH(words, buffer, sizeof(words)));
	CHECK(words[0] == 22 && !words[1] && words[2] == 22 && !calls[0] && calls[1] == 1);

	/* Neither the graph nor another executable graph of it has changed. */
	CU(cuGraphKernelNodeGetParams(step, &got));
	CHECK(*(CUdeviceptr *)got.kernelParams[0] == graph_word);
	CHECK(*(unsigned *)got.kernelParams[1] == 1);
	CHECK(got.gridDimX == 1 && got.blockDimZ == 1 && got.sharedMemBytes == 0);
	CU(cuGraphMemcpyNodeGetParams(move, &copied));
	CHECK(copied.dstDevice == buffer + 4 && copied.WidthInBytes == 4);
	CU(cuGraphMemsetNodeGetParams(set, &fill));
	CHECK(fill.value == 11 && fill.dst == buffer && fill.elementSize == 4);
	CU(cuGraphHostNodeGetParams(call, &host));
	CHECK(host.fn == add_one && host.userData == &calls[0]);
	CU(cuGraphLaunch(twin, graph_stream));
	CHECK(graph_value() == 1);
	CU(cuMemcpyDtoH(words, buffer, sizeof(words)));
	CHECK(words[0] == 11 && words[1] == 11 && words[2] == 22 && calls[0] == 1);

	puts("disabled nodes");
	CU(cuGraphNodeGetEnabled(exec, step, &on));
	CHECK(on == 1);
	CU(cuGraphNodeSetEnabled(exec, step, 0));
	CU(cuGraphNodeSetEnabled(exec, move, 0));
	CU(cuGraphNodeGetEnabled(exec, step, &on));
	CHECK(!on);
	CU(cuMemsetD32(buffer, 0, 4));
	CU(cuGraphLaunch(exec, graph_stream));
	CHECK(graph_value() == 0);
	CU(cuMemcpyDtoH(words, buffer, sizeof(words)));
	CHECK(words[0] == 22 && !words[2] && calls[1] == 2);
	CU(cuGraphNodeSetEnabled(exec, step, 1));
	CU(cuGraphLaunch(exec, graph_stream));
	CHECK(graph_value() == 7);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphNodeSetEnabled(exec, call, 0));

	puts("wrong nodes");
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphExecKernelNodeSetParams(exec, set, &kernel));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphKernelNodeGetParams(call, &got));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphHostNodeGetParams(step, &host));
	CU(cuGraphExecDestroy(exec));
	CU(cuGraphExecDestroy(twin));
	CU(cuGraphDestroy(graph));
	CU(cuMemFree(buffer));
	return finish();
}
