/* SPDX-License-Identifier: MIT */
/* cudaFreeHost refuses what is not pinned, takes NULL, and frees once */
#include "check.h"

int main(void)
{
	char *host, *plain = malloc(100), *dev;

	CUDA(cudaMallocHost((void **)&host, 3 * MIB));
	CUDA(cudaMalloc((void **)&dev, 100));
	EXPECT(cudaSuccess, cudaFreeHost(NULL));
	EXPECT(cudaErrorInvalidValue, cudaFreeHost(plain));
	EXPECT(cudaErrorInvalidValue, cudaFreeHost(dev));
	EXPECT(cudaSuccess, cudaFreeHost(host));
	EXPECT(cudaErrorInvalidValue, cudaFreeHost(host));
	CUDA(cudaFree(dev));
	free(plain);
	return finish();
}
