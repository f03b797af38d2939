/* SPDX-License-Identifier: MIT */
/* A kernel that touches memory it has not: the error shows at the next wait, and stays */
#include "check.h"

__global__ void store(int *p)
{
	*p = 1;
}

int main()
{
	int *dev, value = 0;

	CUDA(cudaMalloc(&dev, 4));
	store<<<1, 1>>>(dev);
	CUDA(cudaDeviceSynchronize());
	store<<<1, 1>>>((int *)0x10);
	EXPECT(cudaErrorIllegalAddress, cudaDeviceSynchronize());
	EXPECT(cudaErrorIllegalAddress, cudaGetLastError());
	EXPECT(cudaErrorIllegalAddress, cudaDeviceSynchronize());
	EXPECT(cudaErrorIllegalAddress, cudaMemcpy(&value, dev, 4, cudaMemcpyDeviceToHost));
	EXPECT(cudaErrorIllegalAddress, cudaMalloc(&dev, 4));
	store<<<1, 1>>>(dev);
	EXPECT(cudaErrorIllegalAddress, cudaGetLastError());
	EXPECT(cudaSuccess, cudaPeekAtLastError());
	return finish();
}
