/* SPDX-License-Identifier: MIT */
/* A copy in one stream goes on while a kernel in another has not ended */
#include "gate.h"

int main()
{
	struct gate gate = gate_create();
	cudaStream_t busy, copies;
	unsigned char *host, *got, *dev;

	CUDA(cudaStreamCreateWithFlags(&busy, cudaStreamNonBlocking));
	CUDA(cudaStreamCreateWithFlags(&copies, cudaStreamNonBlocking));
	CUDA(cudaMallocHost((void **)&host, MIB));
	CUDA(cudaMallocHost((void **)&got, MIB));
	CUDA(cudaMalloc((void **)&dev, MIB));
	rng_fill(host, MIB);
	gate_shut(gate, busy);
	CUDA(cudaMemcpyAsync(dev, host, MIB, cudaMemcpyHostToDevice, copies));
	CUDA(cudaMemcpyAsync(got, dev, MIB, cudaMemcpyDeviceToHost, copies));
	CUDA(cudaStreamSynchronize(copies));
	CHECK_SAME(got, host, MIB);
	EXPECT(cudaErrorNotReady, cudaStreamQuery(busy));
	gate_open(gate);
	CUDA(cudaStreamSynchronize(busy));
	CUDA(cudaStreamDestroy(busy));
	CUDA(cudaStreamDestroy(copies));
	CUDA(cudaFreeHost(host));
	CUDA(cudaFreeHost(got));
	CUDA(cudaFree(dev));
	gate_destroy(gate);
	return finish();
}
