/* SPDX-License-Identifier: MIT */
/*
 * The runtime's nodes: what is set of a node is what a graph instantiated later does, what is set
 * of an executable's node is what its next launch does, and both say what they were told
 */
#include "check.h"

enum { N = 1000 };

__device__ unsigned char table[N];

__global__ void add(unsigned char *to, int by)
{
	unsigned i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < N)
		to[i] = (unsigned char)(table[i] + by);
}

struct nodes {
	cudaGraph_t graph;
	cudaGraphNode_t put, run, fill, get, peek, call;
};

static unsigned char *dev, *one, *two, *out, *other_out, *seen;

static void CUDART_CB add_one(void *data)
{
	++*(unsigned *)data;
}

static void CUDART_CB add_ten(void *data)
{
	*(unsigned *)data += 10;
}

static cudaKernelNodeParams kernel_params(void **args)
{
	cudaKernelNodeParams params = {};

	params.func = (void *)add;
	params.gridDim = dim3((N + 127) / 128);
	params.blockDim = dim3(128);
	params.kernelParams = args;
	return params;
}

static cudaMemsetParams fill_params(unsigned value)
{
	cudaMemsetParams params = {};

	params.dst = dev;
	params.value = value;
	params.elementSize = 1;
	params.width = 16;
	params.height = 1;
	return params;
}

static cudaMemcpy3DParms copy_params(void *to)
{
	cudaMemcpy3DParms params = {};

	params.srcPtr = make_cudaPitchedPtr(dev, N, N, 1);
	params.dstPtr = make_cudaPitchedPtr(to, N, N, 1);
	params.extent = make_cudaExtent(N, 1, 1);
	params.kind = cudaMemcpyDeviceToHost;
	return params;
}

static void build(struct nodes *n, int *by, unsigned *calls)
{
	void *args[] = { &dev, by };
	cudaKernelNodeParams kernel = kernel_params(args);
	cudaMemsetParams fill = fill_params(0x11);
	cudaMemcpy3DParms copy = copy_params(out);
	cudaHostNodeParams host = { add_one, calls };

	CUDA(cudaGraphCreate(&n->graph, 0));
	CUDA(cudaGraphAddMemcpyNodeToSymbol(&n->put, n->graph, NULL, 0, table, one, N, 0,
					    cudaMemcpyHostToDevice));
	CUDA(cudaGraphAddKernelNode(&n->run, n->graph, &n->put, 1, &kernel));
	CUDA(cudaGraphAddMemsetNode(&n->fill, n->graph, &n->run, 1, &fill));
	CUDA(cudaGraphAddMemcpyNode(&n->get, n->graph, &n->fill, 1, &copy));
	CUDA(cudaGraphAddMemcpyNodeFromSymbol(&n->peek, n->graph, &n->get, 1, seen, table, 100, 7,
					      cudaMemcpyDeviceToHost));
	CUDA(cudaGraphAddHostNode(&n->call, n->graph, &n->peek, 1, &host));
}

/* The copy at @to is @from plus @by but for the filled beginning */
static void expect(const unsigned char *to, const unsigned char *from, int by, int filled)
{
	for (int i = 0; i < N; i++)
		CHECK(to[i] == (unsigned char)(i < 16 ? filled : from[i] + by));
}

static void launch(cudaGraphExec_t exec)
{
	memset(out, 0, N);
	memset(other_out, 0, N);
	memset(seen, 0, N);
	CUDA(cudaGraphLaunch(exec, 0));
	CUDA(cudaDeviceSynchronize());
}

static void of_nodes(struct nodes *n, unsigned *calls)
{
	int by = 30;
	void *args[] = { &dev, &by };
	cudaKernelNodeParams kernel = kernel_params(args);
	cudaMemsetParams fill = fill_params(0x22), filled = {};
	cudaMemcpy3DParms copy = copy_params(other_out), copied = {};
	cudaHostNodeParams host = { add_ten, calls }, called = {};
	cudaGraphExec_t exec;

	CUDA(cudaGraphKernelNodeSetParams(n->run, &kernel));
	CUDA(cudaGraphMemsetNodeSetParams(n->fill, &fill));
	CUDA(cudaGraphMemsetNodeGetParams(n->fill, &filled));
	CHECK(filled.value == 0x22 && filled.dst == dev && filled.width == 16);
	CUDA(cudaGraphMemcpyNodeSetParams(n->get, &copy));
	CUDA(cudaGraphMemcpyNodeGetParams(n->get, &copied));
	CHECK(copied.dstPtr.ptr == other_out && copied.srcPtr.ptr == dev);
	CHECK(copied.extent.width == N && copied.extent.height == 1 && copied.extent.depth == 1);
	CUDA(cudaGraphHostNodeSetParams(n->call, &host));
	CUDA(cudaGraphHostNodeGetParams(n->call, &called));
	CHECK(called.fn == add_ten && called.userData == calls);
	CUDA(cudaGraphMemcpyNodeSetParamsToSymbol(n->put, table, two, N, 0,
						  cudaMemcpyHostToDevice));
	CUDA(cudaGraphMemcpyNodeSetParamsFromSymbol(n->peek, seen, table, 50, 20,
						    cudaMemcpyDeviceToHost));
	CUDA(cudaGraphInstantiateWithFlags(&exec, n->graph, 0));
	*calls = 0;
	launch(exec);
	expect(other_out, two, 30, 0x22);
	CHECK_SAME(seen, two + 20, 50);
	CHECK(*calls == 10 && !seen[50]);
	CUDA(cudaGraphExecDestroy(exec));
	/* The copy of one dimension is as good for a node that was made otherwise */
	CUDA(cudaGraphMemcpyNodeSetParams1D(n->get, out, dev, N, cudaMemcpyDeviceToHost));
	CUDA(cudaGraphInstantiateWithFlags(&exec, n->graph, 0));
	launch(exec);
	expect(out, two, 30, 0x22);
	CUDA(cudaGraphExecDestroy(exec));
}

static void of_executables(struct nodes *n, unsigned *calls)
{
	int by = 50;
	void *args[] = { &dev, &by };
	cudaKernelNodeParams kernel = kernel_params(args);
	cudaMemsetParams fill = fill_params(0x33);
	cudaMemcpy3DParms copy = copy_params(other_out);
	cudaHostNodeParams host = { add_one, calls };
	cudaGraphNodeParams any = {};
	cudaGraphExec_t exec;

	CUDA(cudaGraphInstantiateWithFlags(&exec, n->graph, 0));
	CUDA(cudaGraphExecKernelNodeSetParams(exec, n->run, &kernel));
	CUDA(cudaGraphExecMemsetNodeSetParams(exec, n->fill, &fill));
	CUDA(cudaGraphExecMemcpyNodeSetParams(exec, n->get, &copy));
	CUDA(cudaGraphExecHostNodeSetParams(exec, n->call, &host));
	CUDA(cudaGraphExecMemcpyNodeSetParamsToSymbol(exec, n->put, table, one, N, 0,
						      cudaMemcpyHostToDevice));
	CUDA(cudaGraphExecMemcpyNodeSetParamsFromSymbol(exec, n->peek, seen, table, 10, 900,
							cudaMemcpyDeviceToHost));
	*calls = 0;
	launch(exec);
	expect(other_out, one, 50, 0x33);
	CHECK_SAME(seen, one + 900, 10);
	CHECK(*calls == 1);
	CUDA(cudaGraphExecMemcpyNodeSetParams1D(exec, n->get, out, dev, N, cudaMemcpyDeviceToHost));
	launch(exec);
	expect(out, one, 50, 0x33);
	/* One call for nodes of any type */
	any.type = cudaGraphNodeTypeMemset;
	any.memset.dst = dev;
	any.memset.value = 0x44;
	any.memset.elementSize = 1;
	any.memset.width = 16;
	any.memset.height = 1;
	CUDA(cudaGraphExecNodeSetParams(exec, n->fill, &any));
	launch(exec);
	expect(out, one, 50, 0x44);
	CUDA(cudaGraphExecDestroy(exec));
	CUDA(cudaGraphNodeSetParams(n->fill, &any));
	CUDA(cudaGraphInstantiateWithFlags(&exec, n->graph, 0));
	launch(exec);
	expect(out, two, 30, 0x44);
	CUDA(cudaGraphExecDestroy(exec));
}

static void attributes(struct nodes *n)
{
	cudaKernelNodeAttrValue value = {}, said = {};
	cudaGraphNode_t copy;
	int by = 1;
	void *args[] = { &dev, &by };
	cudaKernelNodeParams kernel = kernel_params(args);

	CUDA(cudaGraphAddKernelNode(&copy, n->graph, NULL, 0, &kernel));
	value.cooperative = 1;
	CUDA(cudaGraphKernelNodeSetAttribute(n->run, cudaLaunchAttributeCooperative, &value));
	CUDA(cudaGraphKernelNodeGetAttribute(n->run, cudaLaunchAttributeCooperative, &said));
	CHECK(said.cooperative == 1);
	CUDA(cudaGraphKernelNodeGetAttribute(copy, cudaLaunchAttributeCooperative, &said));
	CHECK(said.cooperative == 0);
	CUDA(cudaGraphKernelNodeCopyAttributes(copy, n->run));
	CUDA(cudaGraphKernelNodeGetAttribute(copy, cudaLaunchAttributeCooperative, &said));
	CHECK(said.cooperative == 1);
	CUDA(cudaGraphDestroyNode(copy));
}

int main()
{
	unsigned calls = 0;
	struct nodes nodes;
	int by = 5;

	CUDA(cudaMalloc(&dev, N));
	one = (unsigned char *)rng_bytes(N);
	two = (unsigned char *)rng_bytes(N);
	CUDA(cudaMallocHost(&out, N));
	CUDA(cudaMallocHost(&other_out, N));
	CUDA(cudaMallocHost(&seen, N));
	build(&nodes, &by, &calls);
	of_nodes(&nodes, &calls);
	of_executables(&nodes, &calls);
	attributes(&nodes);
	CUDA(cudaGraphDestroy(nodes.graph));
	return finish();
}
