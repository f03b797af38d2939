/* SPDX-License-Identifier: MIT */
/* A stream's work captured into a graph, which runs it as often as one likes */
#include "check.h"

__global__ void step(unsigned *p, unsigned x)
{
	*p = *p * 10 + x;
}

int main()
{
	cudaStreamCaptureStatus status;
	cudaGraphExec_t exec;
	cudaGraph_t graph;
	cudaStream_t stream;
	unsigned *dev, *host;
	size_t nodes = 0;

	CUDA(cudaStreamCreate(&stream));
	CUDA(cudaMalloc(&dev, sizeof(*dev)));
	CUDA(cudaMallocHost(&host, sizeof(*host)));
	CUDA(cudaMemset(dev, 0, sizeof(*dev)));
	step<<<1, 1, 0, stream>>>(dev, 0);
	CUDA(cudaStreamSynchronize(stream));
	NEEDS(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
	step<<<1, 1, 0, stream>>>(dev, 1);
	step<<<1, 1, 0, stream>>>(dev, 2);
	CUDA(cudaMemcpyAsync(host, dev, sizeof(*host), cudaMemcpyDeviceToHost, stream));
	CUDA(cudaStreamIsCapturing(stream, &status));
	CHECK(status == cudaStreamCaptureStatusActive);
	CUDA(cudaStreamEndCapture(stream, &graph));
	CUDA(cudaGraphGetNodes(graph, NULL, &nodes));
	CHECK(nodes == 3);
	CUDA(cudaGraphInstantiate(&exec, graph, 0));
	for (int i = 0; i < 3; i++)
		CUDA(cudaGraphLaunch(exec, stream));
	CUDA(cudaStreamSynchronize(stream));
	CHECK(*host == 121212);
	CUDA(cudaGraphExecDestroy(exec));
	CUDA(cudaGraphDestroy(graph));
	CUDA(cudaStreamDestroy(stream));
	CUDA(cudaFree(dev));
	CUDA(cudaFreeHost(host));
	return finish();
}
