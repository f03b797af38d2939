/* SPDX-License-Identifier: MIT */
/* -rdc=true: device functions, variables and constants of one object used by another */
#include "check.h"

extern __device__ int shared_variable;
extern __constant__ int shared_constant[2];
__device__ int other_function(int x);
void launch_other_kernel(int *dev);

__global__ void kernel(int *p)
{
	*p = other_function(*p) + shared_constant[0];
	shared_variable += 100;
}

int main()
{
	int *dev, value = 2;

	CUDA(cudaMalloc(&dev, sizeof(*dev)));
	CUDA(cudaMemcpy(dev, &value, sizeof(value), cudaMemcpyHostToDevice));
	kernel<<<1, 1>>>(dev);
	launch_other_kernel(dev);
	CUDA(cudaGetLastError());
	CUDA(cudaMemcpy(&value, dev, sizeof(value), cudaMemcpyDeviceToHost));
	CHECK(value == (2 * 8 + 1000 + 7) * 8 + 1101);
	CUDA(cudaMemcpyFromSymbol(&value, shared_variable, sizeof(value)));
	CHECK(value == 1102);
	value = 5;
	CUDA(cudaMemcpyToSymbol(shared_constant, &value, sizeof(value), 4));
	kernel<<<1, 1>>>(dev);
	CUDA(cudaMemcpyFromSymbol(&value, shared_variable, sizeof(value)));
	CHECK(value == 1203);
	CUDA(cudaFree(dev));
	return finish();
}
