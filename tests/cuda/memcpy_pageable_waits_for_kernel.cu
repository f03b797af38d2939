/* SPDX-License-Identifier: MIT */
/*
 * A copy of pageable memory to the device begins when the default stream is empty: what a kernel
 * has written to mapped memory is there when the call is back
 */
#include "check.h"

__global__ void write_late(volatile int *mapped, int value, long long cycles)
{
	long long begin = clock64();

	while (clock64() - begin < cycles)
		;
	*mapped = value;
}

int main()
{
	const size_t sizes[] = { 4, 4096, 20000, 65536, 100000, 1 << 20 };
	volatile int *mapped;
	void *host = rng_bytes(1 << 20), *dev;
	cudaStream_t stream;

	CUDA(cudaStreamCreate(&stream));
	CUDA(cudaMallocHost((void **)&mapped, sizeof(*mapped)));
	CUDA(cudaMalloc(&dev, 1 << 20));
	*mapped = 0;
	for (int i = 0; i < (int)(sizeof(sizes) / sizeof(*sizes)); i++) {
		/* One copy with nothing to wait for, one behind a kernel */
		CUDA(cudaMemcpy(dev, host, sizes[i], cudaMemcpyHostToDevice));
		write_late<<<1, 1, 0, i % 2 ? stream : 0>>>(mapped, i + 1, 1000000);
		CUDA(cudaMemcpy(dev, host, sizes[i], cudaMemcpyHostToDevice));
		CHECK(*mapped == i + 1);
	}
	CUDA(cudaFree(dev));
	CUDA(cudaFreeHost((void *)mapped));
	CUDA(cudaStreamDestroy(stream));
	free(host);
	return finish();
}
