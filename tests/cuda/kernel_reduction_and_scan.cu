/* SPDX-License-Identifier: MIT */
/* A sum over blocks and a prefix sum, with barriers, shared memory and several kernels */
#include "check.h"

#define N 100003
#define BLOCK 256

__global__ void scan_blocks(const unsigned *in, unsigned *out, unsigned *sums)
{
	__shared__ unsigned s[2][BLOCK];
	int i = blockIdx.x * BLOCK + threadIdx.x, from = 0;

	s[0][threadIdx.x] = i < N ? in[i] : 0;
	for (int d = 1; d < BLOCK; d *= 2) {
		__syncthreads();
		s[!from][threadIdx.x] =
			s[from][threadIdx.x] + (threadIdx.x >= d ? s[from][threadIdx.x - d] : 0);
		from = !from;
	}
	if (i < N)
		out[i] = s[from][threadIdx.x];
	if (threadIdx.x == BLOCK - 1)
		sums[blockIdx.x] = s[from][threadIdx.x];
}

__global__ void add_before(unsigned *out, const unsigned *sums)
{
	__shared__ unsigned before;
	int i = blockIdx.x * BLOCK + threadIdx.x;

	if (threadIdx.x == 0)
		before = 0;
	__syncthreads();
	for (int b = threadIdx.x; b < blockIdx.x; b += BLOCK)
		atomicAdd(&before, sums[b]);
	__syncthreads();
	if (i < N)
		out[i] += before;
}

int main()
{
	const int blocks = (N + BLOCK - 1) / BLOCK;
	unsigned *in = (unsigned *)rng_bytes(N * 4), *got = (unsigned *)malloc(N * 4), sum = 0;
	unsigned *dev_in, *dev_out, *dev_sums;

	CUDA(cudaMalloc(&dev_in, N * 4));
	CUDA(cudaMalloc(&dev_out, N * 4));
	CUDA(cudaMalloc(&dev_sums, blocks * 4));
	CUDA(cudaMemcpy(dev_in, in, N * 4, cudaMemcpyHostToDevice));
	scan_blocks<<<blocks, BLOCK>>>(dev_in, dev_out, dev_sums);
	add_before<<<blocks, BLOCK>>>(dev_out, dev_sums);
	CUDA(cudaGetLastError());
	CUDA(cudaMemcpy(got, dev_out, N * 4, cudaMemcpyDeviceToHost));
	for (int i = 0; i < N; i++) {
		sum += in[i];
		CHECK(got[i] == sum);
	}
	CUDA(cudaFree(dev_in));
	CUDA(cudaFree(dev_out));
	CUDA(cudaFree(dev_sums));
	free(in);
	free(got);
	return finish();
}
