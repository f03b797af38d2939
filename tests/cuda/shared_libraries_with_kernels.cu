/* SPDX-License-Identifier: MIT */
/* A program and two libraries linked to it, all with a kernel and a variable of the same name */
#include "check.h"

extern "C" cudaError_t library_one(int *dev);
extern "C" cudaError_t library_two(int *dev);

static __device__ int variable = 3;

static __global__ void kernel(int *p)
{
	*p = *p * 10 + variable;
	variable += 2;
}

int main()
{
	int *dev, value = 0;

	CUDA(cudaMalloc(&dev, sizeof(*dev)));
	CUDA(cudaMemset(dev, 0, sizeof(*dev)));
	for (int i = 0; i < 3; i++) {
		CUDA(library_one(dev));
		kernel<<<1, 1>>>(dev);
		CUDA(library_two(dev));
	}
	CUDA(cudaMemcpy(&value, dev, sizeof(value), cudaMemcpyDeviceToHost));
	printf("%d\n", value);
	CHECK(value == 132354576);
	CUDA(cudaFree(dev));
	return finish();
}
