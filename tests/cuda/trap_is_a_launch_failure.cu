/* SPDX-License-Identifier: MIT */
/* A kernel that traps: an unspecified launch failure, for good */
#include "check.h"

__global__ void trap(int *p)
{
	*p = 1;
	if (*p == 1)
		__trap();
}

int main()
{
	int *dev;

	CUDA(cudaMalloc(&dev, sizeof(*dev)));
	trap<<<1, 1>>>(dev);
	EXPECT(cudaErrorLaunchFailure, cudaDeviceSynchronize());
	EXPECT(cudaErrorLaunchFailure, cudaGetLastError());
	EXPECT(cudaErrorLaunchFailure, cudaMemset(dev, 0, 4));
	return finish();
}
