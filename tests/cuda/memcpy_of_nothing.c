/* SPDX-License-Identifier: MIT */
/* A copy of zero bytes succeeds in every direction, and copies nothing */
#include "check.h"

int main(void)
{
	char *dev, local[4] = "abc";

	CUDA(cudaMalloc((void **)&dev, 4));
	CUDA(cudaMemcpy(dev, "xyz", 4, cudaMemcpyHostToDevice));
	EXPECT(cudaSuccess, cudaMemcpy(dev, local, 0, cudaMemcpyHostToDevice));
	EXPECT(cudaSuccess, cudaMemcpy(local, dev, 0, cudaMemcpyDeviceToHost));
	EXPECT(cudaSuccess, cudaMemcpy(dev, dev, 0, cudaMemcpyDeviceToDevice));
	EXPECT(cudaSuccess, cudaMemcpy(local, local, 0, cudaMemcpyHostToHost));
	EXPECT(cudaSuccess, cudaMemcpyAsync(dev, local, 0, cudaMemcpyHostToDevice, 0));
	CHECK_SAME(local, "abc", 4);
	CUDA(cudaMemcpy(local, dev, 4, cudaMemcpyDeviceToHost));
	CHECK_SAME(local, "xyz", 4);
	CUDA(cudaFree(dev));
	return finish();
}
