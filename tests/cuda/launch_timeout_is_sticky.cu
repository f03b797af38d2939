/* SPDX-License-Identifier: MIT */
/* Where kernels may run for a limited time only, one without an end is ended, and the context with it */
#include "check.h"

__global__ void count(volatile unsigned *to, volatile unsigned *end)
{
	while (!*end)
		++*to;
}

int main()
{
	unsigned *dev;
	int limited;

	/* Where softgpu is in this process */
	setenv("QCUDA_SOFTGPU_TIMEOUT", "2", 0);
	CUDA(cudaDeviceGetAttribute(&limited, cudaDevAttrKernelExecTimeout, 0));
	if (!limited)
		skip("kernels may run as long as they like");
	CUDA(cudaMalloc(&dev, 2 * sizeof(*dev)));
	/* One that ends in time */
	CUDA(cudaMemset(dev, 1, 2 * sizeof(*dev)));
	count<<<10, 64>>>(dev, dev + 1);
	EXPECT(cudaSuccess, cudaDeviceSynchronize());
	CUDA(cudaMemset(dev, 0, 2 * sizeof(*dev)));
	count<<<10, 64>>>(dev, dev + 1);
	EXPECT(cudaSuccess, cudaGetLastError());
	EXPECT(cudaErrorLaunchTimeout, cudaDeviceSynchronize());
	EXPECT(cudaErrorLaunchTimeout, cudaFree(dev));
	return finish();
}
