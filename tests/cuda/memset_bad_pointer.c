/* SPDX-License-Identifier: MIT */
/* cudaMemset of what is not device memory is an invalid value; of nothing it is a success */
#include "check.h"

int main(void)
{
	char *dev, local[16];

	CUDA(cudaMalloc((void **)&dev, 4 * MIB));
	EXPECT(cudaErrorInvalidValue, cudaMemset(NULL, 0, 16));
	EXPECT(cudaErrorInvalidValue, cudaMemset(local, 0, 16));
	EXPECT(cudaErrorInvalidValue, cudaMemset(dev, 0, GIB * 1024));
	EXPECT(cudaSuccess, cudaMemset(dev, 0, 0));
	EXPECT(cudaSuccess, cudaMemset(dev, 0, 4 * MIB));
	CUDA(cudaFree(dev));
	return finish();
}
