/* SPDX-License-Identifier: MIT */
/* printf in a kernel comes out on this program's stdout, at the next synchronisation */
#include "check.h"

__global__ void hello(int x, double y, const char *unused)
{
	printf("thread %d of block %d: %d %.3f %s %c %llx%%\n", threadIdx.x, blockIdx.x, x, y,
	       "text", 'c', 0x123456789abcdefull);
}

__global__ void count(void)
{
	for (int i = 0; i < 200; i++)
		printf("%d ", i);
	printf("\n");
}

int main()
{
	hello<<<1, 1>>>(42, 2.5, NULL);
	CUDA(cudaDeviceSynchronize());
	count<<<1, 1>>>();
	CUDA(cudaDeviceSynchronize());
	hello<<<1, 1>>>(-1, -0.125, NULL);
	CUDA(cudaDeviceSynchronize());
	return finish();
}
