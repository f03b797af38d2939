/* SPDX-License-Identifier: MIT */
/* A __managed__ variable and cudaMallocManaged memory: one address, both sides */
#include "check.h"

__managed__ int counter = 40;

__global__ void add(int *array, int n)
{
	if (threadIdx.x == 0)
		counter += 2;
	if (threadIdx.x < n)
		array[threadIdx.x] += counter;
}

int main()
{
	int *array;

	CUDA(cudaMallocManaged(&array, 32 * sizeof(int)));
	for (int i = 0; i < 32; i++)
		array[i] = i;
	add<<<1, 32>>>(array, 32);
	CUDA(cudaDeviceSynchronize());
	CHECK(counter == 42);
	for (int i = 0; i < 32; i++)
		CHECK(array[i] == i + 42);
	counter = 1;
	add<<<1, 32>>>(array, 32);
	CUDA(cudaDeviceSynchronize());
	for (int i = 0; i < 32; i++)
		CHECK(array[i] == i + 42 + 3);
	CUDA(cudaFree(array));
	return finish();
}
