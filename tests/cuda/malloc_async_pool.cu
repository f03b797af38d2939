/* SPDX-License-Identifier: MIT */
/* cudaMallocAsync and cudaFreeAsync: memory in stream order, reused, and freed by cudaFree too */
#include "check.h"

__global__ void fill(unsigned *p, unsigned n, unsigned x)
{
	unsigned i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		p[i] = x + i;
}

int main()
{
	const unsigned n = 10000;
	cudaStream_t stream;
	unsigned *dev, *host;

	CUDA(cudaStreamCreate(&stream));
	CUDA(cudaMallocHost(&host, n * 4));
	for (unsigned round = 0; round < 20; round++) {
		CUDA(cudaMallocAsync(&dev, n * 4, stream));
		fill<<<(n + 255) / 256, 256, 0, stream>>>(dev, n, round * 1000);
		CUDA(cudaMemcpyAsync(host, dev, n * 4, cudaMemcpyDeviceToHost, stream));
		CUDA(cudaFreeAsync(dev, stream));
		CUDA(cudaStreamSynchronize(stream));
		for (unsigned i = 0; i < n; i++)
			CHECK(host[i] == round * 1000 + i);
	}
	CUDA(cudaMallocAsync(&dev, 100, stream));
	CUDA(cudaStreamSynchronize(stream));
	CUDA(cudaFree(dev));
	EXPECT(cudaErrorInvalidValue, cudaMallocAsync((void **)NULL, 16, stream));
	CUDA(cudaStreamDestroy(stream));
	CUDA(cudaFreeHost(host));
	return finish();
}
