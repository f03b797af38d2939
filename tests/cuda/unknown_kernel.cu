/* SPDX-License-Identifier: MIT */
/* Launching what is not a kernel is an error that says so; kernels go on working */
#include "check.h"
#include "parts/invalid_launch.h"

__global__ void store(int *p)
{
	*p = 1;
}

static void not_a_kernel(void)
{
}

int main()
{
	int *dev;
	void *args[] = { &dev };

	CUDA(cudaMalloc(&dev, sizeof(*dev)));
	EXPECT_NO_KERNEL(cudaLaunchKernel((const void *)not_a_kernel, 1, 1, args, 0, 0));
	EXPECT(cudaErrorInvalidDeviceFunction, cudaLaunchKernel((const void *)NULL, 1, 1, args, 0, 0));
	EXPECT(cudaErrorInvalidDeviceFunction, cudaGetLastError());
	EXPECT(cudaSuccess, cudaLaunchKernel((const void *)store, 1, 1, args, 0, 0));
	EXPECT(cudaSuccess, cudaDeviceSynchronize());
	CUDA(cudaFree(dev));
	return finish();
}
