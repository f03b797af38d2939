/* SPDX-License-Identifier: MIT */
/* malloc and free in kernels: memory lives from one kernel to the next */
#include "check.h"

__device__ int *kept[64];

__global__ void make(int n)
{
	int *p = (int *)malloc(n * sizeof(int));

	kept[threadIdx.x] = p;
	for (int i = 0; p && i < n; i++)
		p[i] = threadIdx.x * 1000 + i;
}

__global__ void take(int n, int *sums)
{
	int *p = kept[threadIdx.x], sum = 0;

	for (int i = 0; p && i < n; i++)
		sum += p[i];
	sums[threadIdx.x] = p ? sum : -1;
	free(p);
}

int main()
{
	int *sums, got[64];

	CUDA(cudaMalloc(&sums, sizeof(got)));
	for (int n = 10; n < 200; n += 60) {
		make<<<1, 64>>>(n);
		take<<<1, 64>>>(n, sums);
		CUDA(cudaMemcpy(got, sums, sizeof(got), cudaMemcpyDeviceToHost));
		for (int t = 0; t < 64; t++)
			CHECK(got[t] == t * 1000 * n + n * (n - 1) / 2);
	}
	CUDA(cudaFree(sums));
	return finish();
}
