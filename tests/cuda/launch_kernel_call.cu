/* SPDX-License-Identifier: MIT */
/* cudaLaunchKernel with an array of arguments; cudaLaunchKernelExC with a configuration */
#include "check.h"
#include "parts/invalid_launch.h"

__global__ void combine(int *out, int a, short b, double c)
{
	out[blockIdx.x * blockDim.x + threadIdx.x] = a * b + (int)c + threadIdx.x;
}

static void expect(int *dev, int n, int base)
{
	int got[64];

	CUDA(cudaMemcpy(got, dev, n * 4, cudaMemcpyDeviceToHost));
	for (int i = 0; i < n; i++)
		CHECK(got[i] == base + i % 16);
	CUDA(cudaMemset(dev, 0, n * 4));
}

int main()
{
	int *dev, a = 1000;
	short b = -3;
	double c = 12.75;
	void *args[] = { &dev, &a, &b, &c };
	cudaLaunchConfig_t config = {};
	cudaStream_t stream;

	CUDA(cudaMalloc(&dev, 64 * 4));
	CUDA(cudaStreamCreate(&stream));
	CUDA(cudaLaunchKernel((const void *)combine, dim3(4), dim3(16), args, 0, NULL));
	expect(dev, 64, -3000 + 12);
	config.gridDim = dim3(2);
	config.blockDim = dim3(16);
	config.stream = stream;
	CUDA(cudaLaunchKernelExC(&config, (const void *)combine, args));
	CUDA(cudaStreamSynchronize(stream));
	expect(dev, 32, -3000 + 12);
	CUDA(cudaLaunchKernelEx(&config, combine, dev, 5, (short)6, 7.5));
	CUDA(cudaStreamSynchronize(stream));
	expect(dev, 32, 37);
	config.blockDim = dim3(2048);
	EXPECT_INVALID_LAUNCH(cudaLaunchKernelExC(&config, (const void *)combine, args));
	EXPECT_NO_KERNEL((config.blockDim = dim3(16),
	       cudaLaunchKernelExC(&config, (const void *)main, args)));
	CUDA(cudaStreamDestroy(stream));
	CUDA(cudaFree(dev));
	return finish();
}
