/* SPDX-License-Identifier: MIT */
/* cuGraphAddNode for every type of node that needs no other library, and what is asked of them */
#include "ptx.h"

#define N 64

struct things {
	CUcontext context;
	CUdeviceptr dev, dev2;
	CUevent event;
	CUfunction kernel;	/* *p += 5 */
	int calls;
};

static void CUDA_CB count(void *data)
{
	++*(int *)data;
}

static CUgraphNode add(CUgraph graph, const CUgraphNode *after, CUgraphNodeParams *params)
{
	CUgraphNode node = NULL;

	CU(cuGraphAddNode(&node, graph, after, NULL, after ? 1 : 0, params));
	CHECK(node && node != (after ? *after : NULL));
	return node;
}

static CUgraphNodeParams params_of(CUgraphNodeType type)
{
	CUgraphNodeParams params;

	memset(&params, 0, sizeof(params));
	params.type = type;
	return params;
}

static CUgraphNode add_kernel(struct things *t, CUgraph graph, const CUgraphNode *after, CUdeviceptr *at)
{
	CUgraphNodeParams params = params_of(CU_GRAPH_NODE_TYPE_KERNEL);
	void *values[] = { at };

	params.kernel.func = t->kernel;
	params.kernel.gridDimX = params.kernel.gridDimY = params.kernel.gridDimZ = 1;
	params.kernel.blockDimX = params.kernel.blockDimY = params.kernel.blockDimZ = 1;
	params.kernel.kernelParams = values;
	return add(graph, after, &params);
}

static CUgraph child_of(struct things *t)
{
	CUgraph child;

	CU(cuGraphCreate(&child, 0));
	add_kernel(t, child, NULL, &t->dev);
	return child;
}

/* memset, copy, kernel, child, events, empty and host function, one after another */
static CUgraph build(struct things *t, CUgraphNode *nodes)
{
	CUgraphNodeParams set = params_of(CU_GRAPH_NODE_TYPE_MEMSET);
	CUgraphNodeParams copy = params_of(CU_GRAPH_NODE_TYPE_MEMCPY);
	CUgraphNodeParams child = params_of(CU_GRAPH_NODE_TYPE_GRAPH);
	CUgraphNodeParams record = params_of(CU_GRAPH_NODE_TYPE_EVENT_RECORD);
	CUgraphNodeParams wait = params_of(CU_GRAPH_NODE_TYPE_WAIT_EVENT);
	CUgraphNodeParams empty = params_of(CU_GRAPH_NODE_TYPE_EMPTY);
	CUgraphNodeParams host = params_of(CU_GRAPH_NODE_TYPE_HOST);
	CUgraph graph, inner, found;
	CUevent event;
	size_t n = 0;

	CU(cuGraphCreate(&graph, 0));
	set.memset.dst = t->dev;
	set.memset.value = 3;
	set.memset.elementSize = 4;
	set.memset.width = N;
	set.memset.height = 1;
	set.memset.ctx = t->context;
	nodes[0] = add(graph, NULL, &set);
	nodes[1] = add_kernel(t, graph, &nodes[0], &t->dev);
	inner = child_of(t);
	child.graph.graph = inner;
	nodes[2] = add(graph, &nodes[1], &child);
	CU(cuGraphDestroy(inner));
	copy.memcpy.copyCtx = t->context;
	copy.memcpy.copyParams.srcMemoryType = copy.memcpy.copyParams.dstMemoryType = CU_MEMORYTYPE_DEVICE;
	copy.memcpy.copyParams.srcDevice = t->dev;
	copy.memcpy.copyParams.dstDevice = t->dev2;
	copy.memcpy.copyParams.WidthInBytes = N * 4;
	copy.memcpy.copyParams.Height = copy.memcpy.copyParams.Depth = 1;
	nodes[3] = add(graph, &nodes[2], &copy);
	record.eventRecord.event = t->event;
	nodes[4] = add(graph, &nodes[3], &record);
	wait.eventWait.event = t->event;
	nodes[5] = add(graph, &nodes[4], &wait);
	nodes[6] = add(graph, &nodes[5], &empty);
	host.host.fn = count;
	host.host.userData = &t->calls;
	nodes[7] = add(graph, &nodes[6], &host);

	CU(cuGraphEventRecordNodeGetEvent(nodes[4], &event));
	CHECK(event == t->event);
	CU(cuGraphEventWaitNodeGetEvent(nodes[5], &event));
	CHECK(event == t->event);
	CU(cuGraphChildGraphNodeGetGraph(nodes[2], &found));
	CU(cuGraphGetNodes(found, NULL, &n));
	CHECK(n == 1);
	return graph;
}

static void check(struct things *t, CUgraphExec exec, uint32_t first)
{
	uint32_t got[N];
	int i, before = t->calls;

	CU(cuMemsetD32(t->dev2, 0, N));
	CU(cuGraphLaunch(exec, NULL));
	CU(cuMemcpyDtoH(got, t->dev2, sizeof(got)));
	CHECK(got[0] == first);
	for (i = 1; i < N; i++)
		CHECK(got[i] == 3);
	CHECK(t->calls == before + 1);
}

static void switched(struct things *t, CUgraphExec exec, CUgraphNode kernel)
{
	unsigned int enabled = 7;

	CU(cuGraphNodeGetEnabled(exec, kernel, &enabled));
	CHECK(enabled == 1);
	CU(cuGraphNodeSetEnabled(exec, kernel, 0));
	CU(cuGraphNodeGetEnabled(exec, kernel, &enabled));
	CHECK(enabled == 0);
	check(t, exec, 8);
	CU(cuGraphNodeSetEnabled(exec, kernel, 1));
	check(t, exec, 13);
}

/* A graph of another shape is no update, and the executable is as it was. */
static void not_updated(struct things *t, CUgraphExec exec)
{
	CUgraphExecUpdateResultInfo info;
	CUgraph other = child_of(t);

	EXPECT_CU(CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE, cuGraphExecUpdate(exec, other, &info));
	CHECK(info.result != CU_GRAPH_EXEC_UPDATE_SUCCESS);
	CU(cuGraphDestroy(other));
	check(t, exec, 13);
}

static void printed(CUgraph graph)
{
	char path[] = "/tmp/graph-XXXXXX", line[64] = "";
	int fd = mkstemp(path);
	CUresult result;
	FILE *file;

	CHECK(fd >= 0);
	result = cuGraphDebugDotPrint(graph, path, 0);
	file = fdopen(fd, "r");
	CHECK(file);
	/* A driver may have no picture to give. */
	if (result != CUDA_ERROR_NOT_SUPPORTED) {
		CU(result);
		CHECK(fgets(line, sizeof(line), file) && !strncmp(line, "digraph", 7));
	}
	fclose(file);
	unlink(path);
}

static void destroyed_node(CUgraph graph, CUgraphNode last)
{
	CUgraphNodeType type;
	size_t n = 0;

	CU(cuGraphNodeGetType(last, &type));
	CHECK(type == CU_GRAPH_NODE_TYPE_HOST);
	CU(cuGraphDestroyNode(last));
	CU(cuGraphGetNodes(graph, NULL, &n));
	CHECK(n == 7);
}

int main(void)
{
	struct things t = { 0 };
	CUgraphNode nodes[8];
	CUgraphExec exec;
	CUmodule module;
	CUgraph graph;

	t.context = ptx_context();
	CU(cuModuleLoadData(&module, ptx_text));
	CU(cuModuleGetFunction(&t.kernel, module, "add_variable"));
	CU(cuMemAlloc(&t.dev, N * 4));
	CU(cuMemAlloc(&t.dev2, N * 4));
	CU(cuEventCreate(&t.event, CU_EVENT_DISABLE_TIMING));
	NEEDS_CU(cuGraphCreate(&graph, 0));
	CU(cuGraphDestroy(graph));
	graph = build(&t, nodes);
	CU(cuGraphInstantiate(&exec, graph, 0));
	check(&t, exec, 13);
	check(&t, exec, 13);
	switched(&t, exec, nodes[1]);
	not_updated(&t, exec);
	printed(graph);
	destroyed_node(graph, nodes[7]);
	CU(cuGraphDestroy(graph));
	check(&t, exec, 13);
	CU(cuGraphExecDestroy(exec));
	CU(cuEventDestroy(t.event));
	CU(cuMemFree(t.dev));
	CU(cuMemFree(t.dev2));
	CU(cuModuleUnload(module));
	return finish();
}
