/* SPDX-License-Identifier: MIT */
/*
 * A program that always has copies and kernels under way, for the time given (a fraction of a
 * second), and checks what comes back: the system tests kill it, or run it beside another.
 */
#include "check.h"
#include <time.h>

#define N (128 * 1024)

__global__ void step(unsigned *p, unsigned x)
{
	unsigned i = blockIdx.x * blockDim.x + threadIdx.x;

	p[i] = p[i] * 5 + x;
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 0.2;
	unsigned *model = (unsigned *)rng_bytes(N * 4), *host, *dev;
	struct timespec start, now;

	CUDA(cudaMallocHost(&host, N * 4));
	CUDA(cudaMalloc(&dev, N * 4 + 64 * MIB));
	CUDA(cudaMemcpy(dev, model, N * 4, cudaMemcpyHostToDevice));
	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		for (unsigned x = 0; x < 10; x++) {
			step<<<N / 256, 256>>>(dev, x);
			for (int i = 0; i < N; i++)
				model[i] = model[i] * 5 + x;
		}
		CUDA(cudaGetLastError());
		CUDA(cudaMemcpy(host, dev, N * 4, cudaMemcpyDeviceToHost));
		CHECK_SAME(host, model, N * 4);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - start.tv_sec + (now.tv_nsec - start.tv_nsec) / 1e9 < seconds);
	CUDA(cudaFree(dev));
	CUDA(cudaFreeHost(host));
	return finish();
}
