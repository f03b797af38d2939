/* SPDX-License-Identifier: MIT */
/*
 * The smallest program that uses the whole path: memory, a copy, a kernel.  The system tests run
 * it many times; with --free-memory it only prints how much device memory is free, for them.
 */
#include "check.h"

__global__ void twice(int *p)
{
	*p *= 2;
}

int main(int argc, char **argv)
{
	int *dev, value = 21;

	if (argc > 1 && !strcmp(argv[1], "--free-memory")) {
		size_t available, total;

		CUDA(cudaMemGetInfo(&available, &total));
		printf("%zu\n", available);
		return 0;
	}
	CUDA(cudaMalloc(&dev, sizeof(value)));
	CUDA(cudaMemcpy(dev, &value, sizeof(value), cudaMemcpyHostToDevice));
	twice<<<1, 1>>>(dev);
	CUDA(cudaMemcpy(&value, dev, sizeof(value), cudaMemcpyDeviceToHost));
	CHECK(value == 42);
	CUDA(cudaFree(dev));
	return finish();
}
