/* SPDX-License-Identifier: MIT */
/*
 * A graph of explicit nodes, by the driver API: what was said of each node is given back, edges
 * are found both ways, and the graph does what it says with the host memory it names: at the time
 * it runs, whatever kind of memory that is.
 */
#include "ptx.h"

#define N 1000

struct graph {
	CUgraph graph;
	CUgraphNode in_x, in_y, kernel, out, host, set;
	CUdeviceptr x, y, filled;
	float *host_x, *host_y, *result;	/* two from malloc, one pinned */
	float a;
	unsigned int n;
	int ran;
};

static void CUDA_CB count(void *data)
{
	++*(int *)data;
}

static CUDA_MEMCPY3D to_device(CUdeviceptr dst, const void *src)
{
	CUDA_MEMCPY3D copy = { .srcMemoryType = CU_MEMORYTYPE_HOST, .srcHost = src,
			       .dstMemoryType = CU_MEMORYTYPE_DEVICE, .dstDevice = dst,
			       .srcPitch = N * 4, .dstPitch = N * 4,
			       .WidthInBytes = N * 4, .Height = 1, .Depth = 1 };

	return copy;
}

static CUDA_MEMCPY3D to_host(void *dst, CUdeviceptr src)
{
	CUDA_MEMCPY3D copy = { .srcMemoryType = CU_MEMORYTYPE_DEVICE, .srcDevice = src,
			       .dstMemoryType = CU_MEMORYTYPE_HOST, .dstHost = dst,
			       .srcPitch = N * 4, .dstPitch = N * 4,
			       .WidthInBytes = N * 4, .Height = 1, .Depth = 1 };

	return copy;
}

static void build(struct graph *g, CUfunction saxpy, CUcontext context)
{
	void *values[] = { &g->y, &g->x, &g->a, &g->n };
	CUDA_KERNEL_NODE_PARAMS kernel = { .func = saxpy, .gridDimX = 8, .gridDimY = 1,
					   .gridDimZ = 1, .blockDimX = 128, .blockDimY = 1,
					   .blockDimZ = 1, .kernelParams = values };
	CUDA_MEMSET_NODE_PARAMS set = { .dst = g->filled, .value = 7, .elementSize = 4,
					.width = 16, .height = 1 };
	CUDA_HOST_NODE_PARAMS host = { .fn = count, .userData = &g->ran };
	CUDA_MEMCPY3D in_x = to_device(g->x, g->host_x), in_y = to_device(g->y, g->host_y);
	CUDA_MEMCPY3D out = to_host(g->result, g->y);
	CUgraphNode inputs[2], outputs[2];

	NEEDS_CU(cuGraphCreate(&g->graph, 0));
	CU(cuGraphAddMemcpyNode(&g->in_x, g->graph, NULL, 0, &in_x, context));
	CU(cuGraphAddMemcpyNode(&g->in_y, g->graph, NULL, 0, &in_y, context));
	inputs[0] = g->in_x;
	inputs[1] = g->in_y;
	CU(cuGraphAddKernelNode(&g->kernel, g->graph, inputs, 2, &kernel));
	CU(cuGraphAddMemcpyNode(&g->out, g->graph, &g->kernel, 1, &out, context));
	CU(cuGraphAddMemsetNode(&g->set, g->graph, NULL, 0, &set, context));
	outputs[0] = g->out;
	outputs[1] = g->set;
	CU(cuGraphAddHostNode(&g->host, g->graph, outputs, 2, &host));
}

static int among(CUgraphNode node, const CUgraphNode *nodes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (nodes[i] == node)
			return 1;
	return 0;
}

static void shape(const struct graph *g)
{
	CUgraphNode nodes[8], from[8], to[8];
	size_t n = 0;

	CU(cuGraphGetNodes(g->graph, NULL, &n));
	CHECK(n == 6);
	n = 8;
	CU(cuGraphGetNodes(g->graph, nodes, &n));
	CHECK(n == 6 && among(g->in_x, nodes, n) && among(g->host, nodes, n) && !nodes[7]);
	n = 8;
	CU(cuGraphGetRootNodes(g->graph, nodes, &n));
	CHECK(n == 3 && among(g->in_x, nodes, n) && among(g->in_y, nodes, n) &&
	      among(g->set, nodes, n));
	n = 8;
	CU(cuGraphGetEdges(g->graph, from, to, NULL, &n));
	CHECK(n == 5 && among(g->kernel, from, n) && among(g->out, to, n));
	n = 8;
	CU(cuGraphNodeGetDependencies(g->kernel, nodes, NULL, &n));
	CHECK(n == 2 && among(g->in_x, nodes, n) && among(g->in_y, nodes, n));
	n = 8;
	CU(cuGraphNodeGetDependentNodes(g->kernel, nodes, NULL, &n));
	CHECK(n == 1 && nodes[0] == g->out);
}

static void params(const struct graph *g, CUfunction saxpy)
{
	CUDA_KERNEL_NODE_PARAMS kernel;
	CUDA_MEMSET_NODE_PARAMS set;
	CUDA_HOST_NODE_PARAMS host;
	CUDA_MEMCPY3D copy;
	CUgraphNodeType type;

	CU(cuGraphKernelNodeGetParams(g->kernel, &kernel));
	CHECK(kernel.func == saxpy && kernel.gridDimX == 8 && kernel.blockDimX == 128);
	CHECK(*(CUdeviceptr *)kernel.kernelParams[0] == g->y);
	CHECK(*(CUdeviceptr *)kernel.kernelParams[1] == g->x);
	CHECK(*(float *)kernel.kernelParams[2] == g->a && *(unsigned *)kernel.kernelParams[3] == N);
	CU(cuGraphMemcpyNodeGetParams(g->in_x, &copy));
	CHECK(copy.srcMemoryType == CU_MEMORYTYPE_HOST && copy.srcHost == g->host_x);
	CHECK(copy.dstDevice == g->x && copy.WidthInBytes == N * 4);
	CU(cuGraphMemcpyNodeGetParams(g->out, &copy));
	CHECK(copy.dstHost == g->result && copy.srcDevice == g->y);
	CU(cuGraphMemsetNodeGetParams(g->set, &set));
	CHECK(set.dst == g->filled && set.value == 7 && set.width == 16);
	CU(cuGraphHostNodeGetParams(g->host, &host));
	CHECK(host.fn == count && host.userData == &g->ran);
	CU(cuGraphNodeGetType(g->host, &type));
	CHECK(type == CU_GRAPH_NODE_TYPE_HOST);
}

/* Inputs are read when the graph runs, not when it is built. */
static void runs(struct graph *g, CUgraphExec exec, float a, CUstream stream)
{
	unsigned int filled[16];
	int i, before = g->ran;

	for (i = 0; i < N; i++) {
		g->host_x[i] = (float)(int)rng_below(1000);
		g->host_y[i] = (float)(int)rng_below(1000);
	}
	CU(cuMemsetD32(g->filled, 0, 16));
	CU(cuCtxSynchronize());
	CU(cuGraphLaunch(exec, stream));
	CU(cuStreamSynchronize(stream));
	for (i = 0; i < N; i++)
		CHECK(g->result[i] == g->host_y[i] + a * g->host_x[i]);
	CU(cuMemcpyDtoH(filled, g->filled, sizeof(filled)));
	for (i = 0; i < 16; i++)
		CHECK(filled[i] == 7);
	CHECK(g->ran == before + 1);
}

static void changed(struct graph *g, CUgraphExec exec, CUfunction saxpy, CUstream stream)
{
	float a = 4;
	void *values[] = { &g->y, &g->x, &a, &g->n };
	CUDA_KERNEL_NODE_PARAMS kernel = { .func = saxpy, .gridDimX = 8, .gridDimY = 1,
					   .gridDimZ = 1, .blockDimX = 128, .blockDimY = 1,
					   .blockDimZ = 1, .kernelParams = values };
	CUgraphExecUpdateResultInfo info;

	CU(cuGraphExecKernelNodeSetParams(exec, g->kernel, &kernel));
	runs(g, exec, 4, stream);
	CU(cuGraphExecUpdate(exec, g->graph, &info));
	CHECK(info.result == CU_GRAPH_EXEC_UPDATE_SUCCESS);
	runs(g, exec, g->a, stream);
}

static void cloned(struct graph *g, CUstream stream)
{
	CUgraphNode node;
	CUgraphExec exec;
	CUgraph clone;
	CUDA_MEMCPY3D copy;

	CU(cuGraphClone(&clone, g->graph));
	CU(cuGraphNodeFindInClone(&node, g->in_x, clone));
	CHECK(node != g->in_x);
	CU(cuGraphMemcpyNodeGetParams(node, &copy));
	CHECK(copy.srcHost == g->host_x);
	CU(cuGraphInstantiate(&exec, clone, 0));
	CU(cuGraphDestroy(clone));
	runs(g, exec, g->a, stream);
	CU(cuGraphExecDestroy(exec));
}

static void errors(struct graph *g)
{
	CUgraphNode node;
	CUgraphExec exec;
	size_t n;

	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphAddEmptyNode(&node, NULL, NULL, 0));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphAddEmptyNode(NULL, g->graph, NULL, 0));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphGetNodes(g->graph, NULL, NULL));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphGetNodes(NULL, NULL, &n));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGraphInstantiate(&exec, NULL, 0));
}

int main(void)
{
	struct graph g = { .a = 0.5f, .n = N };
	CUcontext context = ptx_context();
	CUgraphExec exec;
	CUfunction saxpy;
	CUmodule module;
	CUstream stream;

	CU(cuModuleLoadData(&module, ptx_text));
	CU(cuModuleGetFunction(&saxpy, module, "saxpy"));
	CU(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
	CU(cuMemAlloc(&g.x, N * 4));
	CU(cuMemAlloc(&g.y, N * 4));
	CU(cuMemAlloc(&g.filled, 64));
	g.host_x = (float *)rng_bytes(N * 4);
	g.host_y = (float *)rng_bytes(N * 4);
	CU(cuMemAllocHost((void **)&g.result, N * 4));
	build(&g, saxpy, context);
	shape(&g);
	params(&g, saxpy);
	CU(cuGraphInstantiate(&exec, g.graph, 0));
	runs(&g, exec, g.a, stream);
	runs(&g, exec, g.a, stream);
	changed(&g, exec, saxpy, stream);
	cloned(&g, stream);
	errors(&g);
	CU(cuGraphDestroy(g.graph));
	runs(&g, exec, g.a, stream);
	CU(cuGraphExecDestroy(exec));
	CU(cuMemFreeHost(g.result));
	free(g.host_x);
	free(g.host_y);
	CU(cuMemFree(g.x));
	CU(cuMemFree(g.y));
	CU(cuMemFree(g.filled));
	CU(cuStreamDestroy(stream));
	CU(cuModuleUnload(module));
	return finish();
}
