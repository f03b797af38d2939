/* SPDX-License-Identifier: MIT */
/* Thousands of small copies in a stream, both directions, each of them right */
#include "check.h"

#define COPIES 3000
#define SLOT 96

int main(void)
{
	unsigned char *host, *got, *dev;
	cudaStream_t stream;
	int i;

	CUDA(cudaStreamCreate(&stream));
	CUDA(cudaMallocHost((void **)&host, COPIES * SLOT));
	CUDA(cudaMallocHost((void **)&got, COPIES * SLOT));
	CUDA(cudaMalloc((void **)&dev, COPIES * SLOT));
	rng_fill(host, COPIES * SLOT);
	memset(got, 0, COPIES * SLOT);
	for (i = 0; i < COPIES; i++) {
		size_t size = 1 + i % SLOT;

		CUDA(cudaMemcpyAsync(dev + i * SLOT, host + i * SLOT, size, cudaMemcpyHostToDevice,
				     stream));
		CUDA(cudaMemcpyAsync(got + i * SLOT, dev + i * SLOT, size, cudaMemcpyDeviceToHost,
				     stream));
	}
	CUDA(cudaStreamSynchronize(stream));
	for (i = 0; i < COPIES; i++) {
		CHECK_SAME(got + i * SLOT, host + i * SLOT, 1 + i % SLOT);
		CHECK(1 + i % SLOT == SLOT || got[i * SLOT + 1 + i % SLOT] == 0);
	}
	CUDA(cudaStreamDestroy(stream));
	CUDA(cudaFree(dev));
	CUDA(cudaFreeHost(host));
	CUDA(cudaFreeHost(got));
	return finish();
}
