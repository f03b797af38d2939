/* SPDX-License-Identifier: MIT */
/* A program with code for another GPU only: the launch says so, and the rest of CUDA works */
#include "check.h"

__global__ void store(int *p)
{
	*p = 1;
}

int main()
{
	cudaFuncAttributes attributes;
	int *dev, major;

	CUDA(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, 0));
	if (major == 12)
		skip("this program has code for this very GPU");
	CUDA(cudaMalloc(&dev, sizeof(*dev)));
	store<<<1, 1>>>(dev);
	EXPECT(cudaErrorNoKernelImageForDevice, cudaGetLastError());
	EXPECT(cudaErrorNoKernelImageForDevice, cudaFuncGetAttributes(&attributes, store));
	EXPECT(cudaSuccess, cudaDeviceSynchronize());
	CUDA(cudaFree(dev));
	return finish();
}
