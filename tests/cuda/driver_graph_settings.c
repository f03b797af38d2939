/* SPDX-License-Identifier: MIT */
/* Settings of nodes and executables through the driver: said again, and seen in what runs */
#include "graph.h"

static unsigned ran;

static void CUDA_CB add_one(void *data)
{
	++*(unsigned *)data;
}

static void CUDA_CB add_ten(void *data)
{
	*(unsigned *)data += 10;
}

static CUDA_MEMSET_NODE_PARAMS fill(unsigned value)
{
	return (CUDA_MEMSET_NODE_PARAMS){ .dst = graph_word, .value = value, .elementSize = 4,
					  .width = 1, .height = 1 };
}

static CUDA_MEMCPY3D copy(unsigned *from)
{
	return (CUDA_MEMCPY3D){ .srcMemoryType = CU_MEMORYTYPE_HOST, .srcHost = from, .srcPitch = 4,
				.srcHeight = 1, .dstMemoryType = CU_MEMORYTYPE_DEVICE,
				.dstDevice = graph_word, .dstPitch = 4, .dstHeight = 1,
				.WidthInBytes = 4, .Height = 1, .Depth = 1 };
}

static void nodes(void)
{
	CUgraphNodeParams any = { .type = CU_GRAPH_NODE_TYPE_MEMSET };
	CUDA_HOST_NODE_PARAMS host = { add_one, &ran };
	CUDA_MEMSET_NODE_PARAMS value = fill(1);
	CUgraphNode set, take, call;
	unsigned one = 11, two = 22;
	CUDA_MEMCPY3D from = copy(&one);
	CUgraph graph;

	CU(cuGraphCreate(&graph, 0));
	CU(cuGraphAddMemcpyNode(&take, graph, NULL, 0, &from, graph_context));
	CU(cuGraphAddHostNode(&call, graph, &take, 1, &host));
	graph_run(graph);
	CHECK(graph_value() == 11 && ran == 1);
	from = copy(&two);
	CU(cuGraphMemcpyNodeSetParams(take, &from));
	host.fn = add_ten;
	CU(cuGraphHostNodeSetParams(call, &host));
	graph_run(graph);
	CHECK(graph_value() == 22 && ran == 11);
	CU(cuGraphAddMemsetNode(&set, graph, &call, 1, &value, graph_context));
	value = fill(5);
	CU(cuGraphMemsetNodeSetParams(set, &value));
	graph_run(graph);
	CHECK(graph_value() == 5);
	any.memset = (CUDA_MEMSET_NODE_PARAMS_v2){ .dst = graph_word, .value = 6, .elementSize = 4,
						   .width = 1, .height = 1, .ctx = graph_context };
	CU(cuGraphNodeSetParams(set, &any));
	graph_run(graph);
	CHECK(graph_value() == 6);
	CU(cuGraphDestroy(graph));
}

static void executables(void)
{
	CUDA_GRAPH_INSTANTIATE_PARAMS how = { 0 };
	CUgraphNodeParams any = { .type = CU_GRAPH_NODE_TYPE_MEMSET };
	CUDA_MEMSET_NODE_PARAMS value = fill(3);
	CUgraph graph, child, other;
	CUgraphNode set, node;
	cuuint64_t flags = 99;
	CUgraphExec exec;

	CU(cuGraphCreate(&child, 0));
	CU(cuGraphAddMemsetNode(&set, child, NULL, 0, &value, graph_context));
	CU(cuGraphCreate(&graph, 0));
	CU(cuGraphAddChildGraphNode(&node, graph, NULL, 0, child));
	CU(cuGraphInstantiateWithParams(&exec, graph, &how));
	CHECK(how.result_out == CUDA_GRAPH_INSTANTIATE_SUCCESS);
	CU(cuGraphExecGetFlags(exec, &flags));
	CHECK(!flags);
	CU(cuGraphUpload(exec, graph_stream));
	CU(cuGraphLaunch(exec, graph_stream));
	CHECK(graph_value() == 3);
	CU(cuGraphCreate(&other, 0));
	value = fill(4);
	CU(cuGraphAddMemsetNode(&set, other, NULL, 0, &value, graph_context));
	CU(cuGraphExecChildGraphNodeSetParams(exec, node, other));
	CU(cuGraphLaunch(exec, graph_stream));
	CHECK(graph_value() == 4);
	CU(cuGraphExecDestroy(exec));
	CU(cuGraphInstantiate(&exec, other, 0));
	any.memset = (CUDA_MEMSET_NODE_PARAMS_v2){ .dst = graph_word, .value = 8, .elementSize = 4,
						   .width = 1, .height = 1, .ctx = graph_context };
	CU(cuGraphExecNodeSetParams(exec, set, &any));
	CU(cuGraphLaunch(exec, graph_stream));
	CHECK(graph_value() == 8);
	CU(cuGraphExecDestroy(exec));
	CU(cuGraphDestroy(graph));
	CU(cuGraphDestroy(other));
	CU(cuGraphDestroy(child));
}

static void events_and_words(void)
{
	CUstreamBatchMemOpParams write = {
		.writeValue = { .operation = CU_STREAM_MEM_OP_WRITE_VALUE_32, .address = graph_word,
				.value = 41 },
	};
	CUDA_BATCH_MEM_OP_NODE_PARAMS batch = { .ctx = graph_context, .count = 1,
						.paramArray = &write };
	CUgraphConditionalHandle handle = 0;
	CUgraphNode wait, words;
	CUevent first, second, said;
	CUgraph graph;

	CU(cuEventCreate(&first, CU_EVENT_DISABLE_TIMING));
	CU(cuEventCreate(&second, CU_EVENT_DISABLE_TIMING));
	CU(cuGraphCreate(&graph, 0));
	CU(cuGraphAddEventWaitNode(&wait, graph, NULL, 0, first));
	CU(cuGraphEventWaitNodeSetEvent(wait, second));
	CU(cuGraphEventWaitNodeGetEvent(wait, &said));
	CHECK(said == second);
	CU(cuGraphAddBatchMemOpNode(&words, graph, &wait, 1, &batch));
	write.writeValue.value = 42;
	CU(cuGraphBatchMemOpNodeSetParams(words, &batch));
	graph_run(graph);
	CHECK(graph_value() == 42);
	CU(cuGraphConditionalHandleCreate(&handle, graph, graph_context, 1,
					  CU_GRAPH_COND_ASSIGN_DEFAULT));
	CHECK(handle);
	CU(cuGraphDestroy(graph));
	CU(cuEventDestroy(first));
	CU(cuEventDestroy(second));
}

static void memory(void)
{
	CUDA_MEM_ALLOC_NODE_PARAMS alloc = {
		.poolProps = { .allocType = CU_MEM_ALLOCATION_TYPE_PINNED,
			       .location = { CU_MEM_LOCATION_TYPE_DEVICE, 0 } },
		.bytesize = 65536,
	}, said;
	CUgraphNode node, end;
	CUgraph graph;

	CU(cuGraphCreate(&graph, 0));
	CU(cuGraphAddMemAllocNode(&node, graph, NULL, 0, &alloc));
	CU(cuGraphAddMemFreeNode(&end, graph, &node, 1, alloc.dptr));
	CU(cuGraphMemAllocNodeGetParams(node, &said));
	CHECK(said.dptr == alloc.dptr && said.bytesize == 65536);
	graph_run(graph);
	CU(cuGraphDestroy(graph));
}

int main(void)
{
	graph_begin();
	nodes();
	executables();
	events_and_words();
	memory();
	return finish();
}
