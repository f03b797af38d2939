/* SPDX-License-Identifier: MIT */
/* What cudaDeviceReset and new calls answer after a sticky error is the same every time */
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
	EXPECT(cudaSuccess, cudaDeviceReset());
	EXPECT(cudaSuccess, cudaGetLastError());
	EXPECT(cudaSuccess, cudaMalloc(&dev, sizeof(*dev)));
	store<<<1, 1>>>(dev);
	EXPECT(cudaSuccess, cudaDeviceSynchronize());
	EXPECT(cudaSuccess, cudaFree(dev));
	return finish();
}
