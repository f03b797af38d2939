/* SPDX-License-Identifier: MIT */
/* Shared memory is a block's own: blocks that run at once do not see each other's */
#include "check.h"

#define BLOCKS 300
#define THREADS 128

__global__ void kernel(unsigned *out)
{
	__shared__ unsigned tile[THREADS];
	unsigned sum = 0;

	for (int round = 0; round < 10; round++) {
		tile[threadIdx.x] = blockIdx.x * 1000 + threadIdx.x + round;
		__syncthreads();
		sum += tile[(threadIdx.x + 37 * (round + 1)) % THREADS];
		__syncthreads();
	}
	out[blockIdx.x * THREADS + threadIdx.x] = sum;
}

int main()
{
	static unsigned got[BLOCKS * THREADS];
	unsigned *dev;

	CUDA(cudaMalloc(&dev, sizeof(got)));
	kernel<<<BLOCKS, THREADS>>>(dev);
	CUDA(cudaGetLastError());
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	for (unsigned b = 0; b < BLOCKS; b++)
		for (unsigned t = 0; t < THREADS; t++) {
			unsigned want = 0;

			for (unsigned r = 0; r < 10; r++)
				want += b * 1000 + (t + 37 * (r + 1)) % THREADS + r;
			CHECK(got[b * THREADS + t] == want);
		}
	CUDA(cudaFree(dev));
	return finish();
}
