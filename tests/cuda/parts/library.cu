/* SPDX-License-Identifier: MIT */
/*
 * A shared library with kernels and variables of its own; built twice, with another NUMBER.
 * Both have a kernel and a variable with the names of the program's.
 */
#include <cuda_runtime.h>

static __device__ int variable = NUMBER;

static __global__ void kernel(int *p)
{
	*p = *p * 10 + variable;
	variable += 2;
}

/* library_run() - append this library's digit to *dev, which goes up by two at every call */
extern "C" cudaError_t LIBRARY_RUN(int *dev)
{
	kernel<<<1, 1>>>(dev);
	return cudaGetLastError();
}
