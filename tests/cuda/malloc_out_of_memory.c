/* SPDX-License-Identifier: MIT */
/* More than the device has: the error is out of memory, and nothing is lost by it */
#include "check.h"

int main(void)
{
	size_t available, total, after;
	void *dev, *mark = &dev;

	CUDA(cudaMemGetInfo(&available, &total));
	dev = mark;
	EXPECT(cudaErrorMemoryAllocation, cudaMalloc(&dev, total + GIB));
	EXPECT(cudaErrorMemoryAllocation, cudaMalloc(&dev, (size_t)1 << 45));
	EXPECT(cudaErrorMemoryAllocation, cudaGetLastError());
	EXPECT_CU(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc((CUdeviceptr *)&dev, (size_t)1 << 45));
	CUDA(cudaMemGetInfo(&after, &total));
	CHECK(after + 64 * MIB >= available);
	CUDA(cudaMalloc(&dev, 1000));
	CUDA(cudaMemset(dev, 1, 1000));
	CUDA(cudaFree(dev));
	return finish();
}
