/* SPDX-License-Identifier: MIT */
/* A radix sort: histogram, offsets and scatter, eight bits at a time, stable */
#include "check.h"

#define N 20000
#define THREADS 64

__global__ void histogram(const unsigned *in, unsigned *counts, int shift)
{
	__shared__ unsigned local[256];

	for (int i = threadIdx.x; i < 256; i += blockDim.x)
		local[i] = 0;
	__syncthreads();
	for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < N; i += gridDim.x * blockDim.x)
		atomicAdd(&local[in[i] >> shift & 255], 1);
	__syncthreads();
	for (int i = threadIdx.x; i < 256; i += blockDim.x)
		atomicAdd(&counts[i], local[i]);
}

/* one thread for each digit: simple, stable, and slow on purpose */
__global__ void scatter(const unsigned *in, unsigned *out, const unsigned *counts, int shift)
{
	unsigned digit = threadIdx.x, at = 0;

	for (unsigned d = 0; d < digit; d++)
		at += counts[d];
	for (int i = 0; i < N; i++)
		if ((in[i] >> shift & 255) == digit)
			out[at++] = in[i];
}

static int compare(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return x < y ? -1 : x > y;
}

int main()
{
	unsigned *host = (unsigned *)rng_bytes(N * 4), got[N], *one, *two, *counts, *swap;

	CUDA(cudaMalloc(&one, N * 4));
	CUDA(cudaMalloc(&two, N * 4));
	CUDA(cudaMalloc(&counts, 1024));
	CUDA(cudaMemcpy(one, host, N * 4, cudaMemcpyHostToDevice));
	for (int shift = 0; shift < 32; shift += 8) {
		CUDA(cudaMemsetAsync(counts, 0, 1024));
		histogram<<<4, THREADS>>>(one, counts, shift);
		scatter<<<1, 256>>>(one, two, counts, shift);
		swap = one;
		one = two;
		two = swap;
	}
	CUDA(cudaGetLastError());
	CUDA(cudaMemcpy(got, one, N * 4, cudaMemcpyDeviceToHost));
	qsort(host, N, 4, compare);
	CHECK_SAME(got, host, N * 4);
	CUDA(cudaFree(one));
	CUDA(cudaFree(two));
	CUDA(cudaFree(counts));
	free(host);
	return finish();
}
