/* SPDX-License-Identifier: MIT */
/* cudaMemcpyToSymbolAsync and FromSymbolAsync in stream order, device memory as well as host */
#include "check.h"

#define N 3000

__device__ int variable[N];

__global__ void negate(void)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < N)
		variable[i] = -variable[i];
}

int main()
{
	cudaStream_t stream;
	int *host, *out, *dev;

	CUDA(cudaStreamCreate(&stream));
	CUDA(cudaMallocHost(&host, N * 4));
	CUDA(cudaMallocHost(&out, N * 4));
	CUDA(cudaMalloc(&dev, N * 4));
	for (int i = 0; i < N; i++)
		host[i] = (int)rng_below(1 << 30);
	CUDA(cudaMemcpyToSymbolAsync(variable, host, N * 4, 0, cudaMemcpyHostToDevice, stream));
	negate<<<(N + 255) / 256, 256, 0, stream>>>();
	CUDA(cudaMemcpyFromSymbolAsync(dev, variable, N * 4, 0, cudaMemcpyDeviceToDevice, stream));
	CUDA(cudaMemcpyToSymbolAsync(variable, dev, 400, 4000, cudaMemcpyDeviceToDevice, stream));
	CUDA(cudaMemcpyFromSymbolAsync(out, variable, N * 4, 0, cudaMemcpyDeviceToHost, stream));
	CUDA(cudaStreamSynchronize(stream));
	for (int i = 0; i < N; i++)
		CHECK(out[i] == -host[i >= 1000 && i < 1100 ? i - 1000 : i]);
	CUDA(cudaStreamDestroy(stream));
	CUDA(cudaFreeHost(host));
	CUDA(cudaFreeHost(out));
	CUDA(cudaFree(dev));
	return finish();
}
