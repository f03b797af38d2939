/* SPDX-License-Identifier: MIT */
/* What cudaFreeAsync gives back is reused only after the kernels before it in the stream */
#include "check.h"

__global__ void slow_add(unsigned *p, unsigned n, unsigned x, long long cycles)
{
	unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
	long long until = clock64() + cycles;

	while (clock64() < until)
		;
	if (i < n)
		p[i] += x;
}

int main()
{
	const unsigned n = 4096, rounds = 12;
	cudaStream_t streams[2];
	unsigned *host;

	for (int s = 0; s < 2; s++)
		CUDA(cudaStreamCreateWithFlags(&streams[s], cudaStreamNonBlocking));
	CUDA(cudaMallocHost(&host, 2 * rounds * n * 4));
	for (unsigned round = 0; round < rounds; round++) {
		for (unsigned s = 0; s < 2; s++) {
			unsigned at = 2 * round + s, *dev;

			CUDA(cudaMallocAsync((void **)&dev, n * 4, streams[s]));
			CUDA(cudaMemsetAsync(dev, 0, n * 4, streams[s]));
			slow_add<<<n / 256, 256, 0, streams[s]>>>(dev, n, at + 1, 2000);
			slow_add<<<n / 256, 256, 0, streams[s]>>>(dev, n, at + 1, 2000);
			CUDA(cudaMemcpyAsync(host + at * n, dev, n * 4, cudaMemcpyDeviceToHost,
					     streams[s]));
			CUDA(cudaFreeAsync(dev, streams[s]));
		}
	}
	CUDA(cudaDeviceSynchronize());
	for (unsigned i = 0; i < 2 * rounds * n; i++)
		CHECK(host[i] == 2 * (i / n + 1));
	for (int s = 0; s < 2; s++)
		CUDA(cudaStreamDestroy(streams[s]));
	CUDA(cudaFreeHost(host));
	return finish();
}
