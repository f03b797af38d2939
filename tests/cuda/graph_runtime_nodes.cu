/* SPDX-License-Identifier: MIT */
/* The runtime's own nodes: kernels by their stubs, copies in one dimension and of symbols */
#include "check.h"

enum { N = 2000 };

__device__ unsigned char table[N];

__global__ void turn(unsigned char *to, int by)
{
	unsigned i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < N)
		to[i] = (unsigned char)(table[i] + by);
}

__global__ void twist(unsigned char *to, int by)
{
	unsigned i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < N)
		to[i] = (unsigned char)(table[i] ^ by);
}

static void CUDART_CB add_one(void *data)
{
	++*(unsigned *)data;
}

int main()
{
	unsigned char *dev, *from, *to;
	unsigned calls = 0;
	int by = 7, other_by = 9;
	void *args[] = { &dev, &by }, *other_args[] = { &dev, &other_by };
	cudaKernelNodeParams kernel = {}, got = {};
	cudaHostNodeParams host = { add_one, &calls };
	cudaGraphNode_t put, run, get, call, clear;
	cudaMemsetParams fill = {}, filled = {};
	cudaGraphNodeType type;
	cudaGraphExec_t exec;
	cudaGraph_t graph;

	NEEDS(cudaGraphCreate(&graph, 0));
	CUDA(cudaMalloc(&dev, N));
	CUDA(cudaMallocHost(&from, N));
	CUDA(cudaMallocHost(&to, N));
	CUDA(cudaGraphAddMemcpyNodeToSymbol(&put, graph, NULL, 0, table, from, N, 0,
					    cudaMemcpyHostToDevice));
	kernel.func = (void *)turn;
	kernel.gridDim = dim3((N + 127) / 128);
	kernel.blockDim = dim3(128);
	kernel.kernelParams = args;
	CUDA(cudaGraphAddKernelNode(&run, graph, &put, 1, &kernel));
	fill.dst = dev;
	fill.value = 0x11;
	fill.elementSize = 1;
	fill.width = 10;
	fill.height = 1;
	CUDA(cudaGraphAddMemsetNode(&clear, graph, &run, 1, &fill));
	CUDA(cudaGraphAddMemcpyNode1D(&get, graph, &clear, 1, to, dev, N, cudaMemcpyDeviceToHost));
	CUDA(cudaGraphAddHostNode(&call, graph, &get, 1, &host));
	CUDA(cudaGraphNodeGetType(get, &type));
	CHECK(type == cudaGraphNodeTypeMemcpy);

	CUDA(cudaGraphKernelNodeGetParams(run, &got));
	CHECK(got.func == (void *)turn && got.gridDim.x == kernel.gridDim.x &&
	      got.blockDim.x == 128 && got.sharedMemBytes == 0);
	CHECK(*(int *)got.kernelParams[1] == 7);
	CUDA(cudaGraphMemsetNodeGetParams(clear, &filled));
	CHECK(filled.dst == dev && filled.value == 0x11 && filled.width == 10);

	CUDA(cudaGraphInstantiate(&exec, graph, 0));
	for (unsigned round = 1; round <= 4; round++) {
		bool twisted = round > 2;

		if (round == 3) {
			kernel.func = (void *)twist;
			kernel.kernelParams = other_args;
			CUDA(cudaGraphExecKernelNodeSetParams(exec, run, &kernel));
		}
		rng_fill(from, N);
		CUDA(cudaGraphLaunch(exec, 0));
		CUDA(cudaDeviceSynchronize());
		for (int i = 0; i < N; i++)
			from[i] = (unsigned char)(twisted ? from[i] ^ 9 : from[i] + 7);
		memset(from, 0x11, 10);
		CHECK_SAME(to, from, N);
		CHECK(calls == round);
	}
	EXPECT(cudaErrorInvalidValue, cudaGraphKernelNodeGetParams(get, &got));
	EXPECT(cudaErrorInvalidValue, cudaGraphLaunch(NULL, 0));
	CHECK(cudaGetLastError() == cudaErrorInvalidValue);
	CUDA(cudaGraphExecDestroy(exec));
	CUDA(cudaGraphDestroy(graph));
	CUDA(cudaFree(dev));
	CUDA(cudaFreeHost(from));
	CUDA(cudaFreeHost(to));
	return finish();
}
