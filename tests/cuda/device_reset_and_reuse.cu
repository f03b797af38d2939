/* SPDX-License-Identifier: MIT */
/* After cudaDeviceReset the device is as new: variables initialised, kernels run, errors gone */
#include "check.h"

__device__ int counter = 5;

__global__ void count(int *out)
{
	*out = ++counter;
}

int main()
{
	int *dev, value;

	for (int round = 0; round < 3; round++) {
		for (int want = 6; want < 9; want++) {
			CUDA(cudaMalloc(&dev, sizeof(*dev)));
			count<<<1, 1>>>(dev);
			CUDA(cudaMemcpy(&value, dev, sizeof(value), cudaMemcpyDeviceToHost));
			CHECK(value == want);
		}
		EXPECT(cudaSuccess, cudaDeviceReset());
	}
	EXPECT(cudaSuccess, cudaGetLastError());
	return finish();
}
