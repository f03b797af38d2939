/* SPDX-License-Identifier: MIT */
/* Cache preferences of device and kernel are taken, kept, and change no result */
#include "check.h"
#include "parts/invalid_launch.h"

__global__ void set(int *p, int x)
{
	*p = x;
}

int main()
{
	static const cudaFuncCache all[] = { cudaFuncCachePreferNone, cudaFuncCachePreferShared,
					     cudaFuncCachePreferL1, cudaFuncCachePreferEqual };
	cudaFuncCache config;
	int *dev, value;

	CUDA(cudaMalloc(&dev, sizeof(*dev)));
	for (unsigned i = 0; i < ARRAY_SIZE(all); i++) {
		CUDA(cudaDeviceSetCacheConfig(all[i]));
		CUDA(cudaDeviceGetCacheConfig(&config));
		CHECK(config == all[i]);
		CUDA(cudaFuncSetCacheConfig(set, all[i]));
		set<<<1, 1>>>(dev, i);
		CUDA(cudaMemcpy(&value, dev, sizeof(value), cudaMemcpyDeviceToHost));
		CHECK(value == (int)i);
	}
	EXPECT_NO_KERNEL(cudaFuncSetCacheConfig((const void *)main, cudaFuncCachePreferL1));
	CUDA(cudaFree(dev));
	return finish();
}
