/* SPDX-License-Identifier: MIT */
/* The second object of rdc_two_objects */
#include <cuda_runtime.h>

__device__ int shared_variable = 1000;
__constant__ int shared_constant[2] = { 7, 8 };

__device__ int other_function(int x)
{
	return x * shared_constant[1] + shared_variable++;
}

__global__ void other_kernel(int *p)
{
	*p = other_function(*p);
}

void launch_other_kernel(int *dev)
{
	other_kernel<<<1, 1>>>(dev);
}
