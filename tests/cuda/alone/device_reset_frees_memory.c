/* SPDX-License-Identifier: MIT */
/* cudaDeviceReset frees what was allocated, and its pointers are bad afterwards */
#include "quiet.h"

static void *dev;

static int reset_frees(void)
{
	size_t before, after, total;
	void *host;

	CUDA(cudaMemGetInfo(&before, &total));
	CUDA(cudaMalloc(&dev, 128 * MIB));
	CUDA(cudaMalloc(&dev, 128 * MIB));
	CUDA(cudaMallocHost(&host, MIB));
	CUDA(cudaDeviceReset());
	CUDA(cudaMemGetInfo(&after, &total));
	return after + 32 * MIB >= before;
}

int main(void)
{
	HOLDS_ONCE(reset_frees());
	EXPECT(cudaErrorInvalidValue, cudaMemset(dev, 0, 16));
	EXPECT(cudaErrorInvalidValue, cudaGetLastError());
	CUDA(cudaMalloc(&dev, 128 * MIB));
	CUDA(cudaMemset(dev, 0, 128 * MIB));
	CUDA(cudaFree(dev));
	return finish();
}
