/* SPDX-License-Identifier: MIT */
/* Kernels with plain names, for the tests that load a fat binary through the driver API */
extern "C" __device__ int variable = 5;

extern "C" __global__ void saxpy(float *y, const float *x, float a, unsigned n)
{
	unsigned i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		y[i] += a * x[i];
}

extern "C" __global__ void add_variable(unsigned *p)
{
	*p += variable;
}
