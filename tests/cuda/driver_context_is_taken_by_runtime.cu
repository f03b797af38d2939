/* SPDX-License-Identifier: MIT */
/* A context that the program made with the driver is the one the runtime then works in */
#include "check.h"

__device__ int variable = 3;

__global__ void add(int *p)
{
	*p += ++variable;
}

int main()
{
	CUcontext context, current;
	int *dev, value = 0;

	CU(cuInit(0));
	CU(cuCtxCreate(&context, NULL, 0, 0));
	CUDA(cudaMalloc(&dev, sizeof(*dev)));
	CUDA(cudaMemcpy(dev, &value, sizeof(value), cudaMemcpyHostToDevice));
	CU(cuCtxGetCurrent(&current));
	CHECK(current == context);
	add<<<1, 1>>>(dev);
	add<<<1, 1>>>(dev);
	CUDA(cudaMemcpy(&value, dev, sizeof(value), cudaMemcpyDeviceToHost));
	CHECK(value == 4 + 5);
	CUDA(cudaFree(dev));
	CU(cuCtxDestroy(context));
	return finish();
}
