/* SPDX-License-Identifier: MIT */
/* cudaDeviceReset after a sticky error: CUDA does not say what it cures, but it comes back */
#include "check.h"

__global__ void store(int *p)
{
	*p = 1;
}

int main()
{
	int *dev;

	store<<<1, 1>>>((int *)0x10);
	EXPECT(cudaErrorIllegalAddress, cudaDeviceSynchronize());
	SHOW(cudaDeviceReset());
	SHOW(cudaGetLastError());
	SHOW(cudaMalloc(&dev, sizeof(*dev)));
	SHOW(cudaGetLastError());
	SHOW(cudaDeviceSynchronize());
	return finish();
}
