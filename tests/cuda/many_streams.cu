/* SPDX-License-Identifier: MIT */
/* 32 streams with work of their own each, none of it lost or mixed */
#include "check.h"

#define STREAMS 32
#define N 1000

__global__ void accumulate(unsigned *p, unsigned x)
{
	unsigned i = threadIdx.x + blockIdx.x * blockDim.x;

	if (i < N)
		p[i] = p[i] * 7 + x + i;
}

int main()
{
	cudaStream_t stream[STREAMS];
	unsigned *dev, *host, want;

	CUDA(cudaMalloc(&dev, STREAMS * N * 4));
	CUDA(cudaMallocHost(&host, STREAMS * N * 4));
	for (int s = 0; s < STREAMS; s++) {
		CUDA(cudaStreamCreate(&stream[s]));
		CUDA(cudaMemsetAsync(dev + s * N, 0, N * 4, stream[s]));
	}
	for (int round = 0; round < 5; round++)
		for (int s = 0; s < STREAMS; s++)
			accumulate<<<(N + 127) / 128, 128, 0, stream[s]>>>(dev + s * N, s + round);
	for (int s = 0; s < STREAMS; s++)
		CUDA(cudaMemcpyAsync(host + s * N, dev + s * N, N * 4, cudaMemcpyDeviceToHost,
				     stream[s]));
	CUDA(cudaDeviceSynchronize());
	for (int s = 0; s < STREAMS; s++) {
		for (unsigned i = 0; i < N; i++) {
			want = 0;
			for (int round = 0; round < 5; round++)
				want = want * 7 + s + round + i;
			CHECK(host[s * N + i] == want);
		}
		CUDA(cudaStreamDestroy(stream[s]));
	}
	CUDA(cudaFree(dev));
	CUDA(cudaFreeHost(host));
	return finish();
}
