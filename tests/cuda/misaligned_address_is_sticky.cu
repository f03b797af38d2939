/* SPDX-License-Identifier: MIT */
/* A kernel that loads a word from an odd address */
#include "check.h"

__global__ void load(const char *p, int *out)
{
	*out = *(const int *)(p + 1);
}

int main()
{
	char *dev;

	CUDA(cudaMalloc(&dev, 64));
	load<<<1, 1>>>(dev, (int *)(dev + 32));
	EXPECT(cudaErrorMisalignedAddress, cudaDeviceSynchronize());
	EXPECT(cudaErrorMisalignedAddress, cudaGetLastError());
	EXPECT(cudaErrorMisalignedAddress, cudaMalloc(&dev, 4));
	return finish();
}
