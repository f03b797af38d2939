/* SPDX-License-Identifier: MIT */
/* cudaFree refuses what cudaMalloc did not give, or gave and took back */
#include "check.h"

int main(void)
{
	char *dev, *host = malloc(100);

	CUDA(cudaMalloc((void **)&dev, 8 * MIB));
	EXPECT(cudaErrorInvalidValue, cudaFree(host));
	EXPECT(cudaErrorInvalidValue, cudaFree(dev + 256));
	EXPECT(cudaErrorInvalidValue, cudaFree((void *)0x1000));
	CUDA(cudaMemset(dev, 0, 8 * MIB));
	EXPECT(cudaSuccess, cudaFree(dev));
	EXPECT(cudaErrorInvalidValue, cudaFree(dev));
	EXPECT(cudaSuccess, cudaFree(NULL));
	EXPECT(cudaErrorInvalidValue, cudaGetLastError());
	free(host);
	return finish();
}
