/* SPDX-License-Identifier: MIT */
/* Barriers that count and vote; threads that have left do not hold the others up */
#include "check.h"

__global__ void kernel(int *out, int n)
{
	int t = threadIdx.x;

	if (t >= n)
		return;
	out[t * 3] = __syncthreads_count(t % 3 == 0);
	out[t * 3 + 1] = __syncthreads_and(t < 100);
	out[t * 3 + 2] = __syncthreads_or(t == 70);
}

int main()
{
	int got[128][3], *dev;

	CUDA(cudaMalloc(&dev, sizeof(got)));
	for (int n = 32; n <= 128; n += 32) {
		kernel<<<1, 128>>>(dev, n);
		CUDA(cudaGetLastError());
		CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
		for (int t = 0; t < n; t++) {
			CHECK(got[t][0] == (n + 2) / 3);
			CHECK(got[t][1] == (n <= 100));
			CHECK(got[t][2] == (n > 70));
		}
	}
	CUDA(cudaFree(dev));
	return finish();
}
