/* SPDX-License-Identifier: MIT */
/*
 * The smallest program that uses the whole path: memory, a copy, a kernel, pinned memory that the
 * kernel reaches by its host address.  The system tests run it many times, and each run has its
 * memory elsewhere; with --free-memory it only prints how much device memory is free, for them.
 * With --idle SECONDS it says "idle" when its work is done and stays, doing nothing.
 */
#include "check.h"
#include <unistd.h>

__global__ void twice(int *p)
{
	*p *= 2;
}

int main(int argc, char **argv)
{
	int *dev, *pinned, *alias, value = 21;

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
	CUDA(cudaMallocHost(&pinned, sizeof(*pinned)));
	CUDA(cudaHostGetDevicePointer(&alias, pinned, 0));
	CHECK(alias == pinned);
	*pinned = 4;
	twice<<<1, 1>>>(pinned);
	CUDA(cudaDeviceSynchronize());
	CHECK(*pinned == 8);
	CUDA(cudaFreeHost(pinned));
	CUDA(cudaFree(dev));
	if (argc > 2 && !strcmp(argv[1], "--idle")) {
		printf("idle\n");
		fflush(stdout);
		sleep((unsigned)atoi(argv[2]));
	}
	return finish();
}
