/* SPDX-License-Identifier: MIT */
/* Memory that was freed is not there for kernels any more */
#include "check.h"

__global__ void store(char *p)
{
	*p = 1;
}

int main()
{
	char *dev;

	CUDA(cudaMalloc(&dev, 64 * MIB));
	store<<<1, 1>>>(dev + 20 * MIB);
	EXPECT(cudaSuccess, cudaDeviceSynchronize());
	CUDA(cudaFree(dev));
	store<<<1, 1>>>(dev + 20 * MIB);
	EXPECT(cudaErrorIllegalAddress, cudaDeviceSynchronize());
	return finish();
}
