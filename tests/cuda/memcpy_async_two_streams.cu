/* SPDX-License-Identifier: MIT */
/* Copy in, kernel, copy out on two streams at once: each stream in its own order */
#include "check.h"

#define N (256 * 1024 + 13)
#define STREAMS 2
#define ROUNDS 8

__global__ void add(unsigned *p, unsigned n, unsigned x)
{
	unsigned i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		p[i] = p[i] * 3 + x;
}

int main()
{
	cudaStream_t stream[STREAMS];
	unsigned *in[STREAMS], *out[STREAMS], *dev[STREAMS];
	int s, r;

	for (s = 0; s < STREAMS; s++) {
		CUDA(cudaStreamCreate(&stream[s]));
		CUDA(cudaMallocHost(&in[s], ROUNDS * N * 4));
		CUDA(cudaMallocHost(&out[s], ROUNDS * N * 4));
		CUDA(cudaMalloc(&dev[s], N * 4));
		rng_fill(in[s], ROUNDS * N * 4);
	}
	for (r = 0; r < ROUNDS; r++)
		for (s = 0; s < STREAMS; s++) {
			CUDA(cudaMemcpyAsync(dev[s], in[s] + r * N, N * 4, cudaMemcpyHostToDevice,
					     stream[s]));
			add<<<(N + 255) / 256, 256, 0, stream[s]>>>(dev[s], N, r * 10 + s);
			CUDA(cudaGetLastError());
			CUDA(cudaMemcpyAsync(out[s] + r * N, dev[s], N * 4, cudaMemcpyDeviceToHost,
					     stream[s]));
		}
	for (s = 0; s < STREAMS; s++) {
		CUDA(cudaStreamSynchronize(stream[s]));
		for (r = 0; r < ROUNDS; r++)
			for (int i = 0; i < N; i++)
				CHECK(out[s][r * N + i] == in[s][r * N + i] * 3 + r * 10 + s);
		CUDA(cudaStreamDestroy(stream[s]));
		CUDA(cudaFreeHost(in[s]));
		CUDA(cudaFreeHost(out[s]));
		CUDA(cudaFree(dev[s]));
	}
	return finish();
}
