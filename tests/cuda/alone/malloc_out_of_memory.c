/* SPDX-License-Identifier: MIT */
/* More than the device has: the error is out of memory, and nothing is lost by it */
#include "quiet.h"

static int nothing_is_lost(void)
{
	size_t before, after, total;
	void *dev;

	CUDA(cudaMemGetInfo(&before, &total));
	CHECK(cudaMalloc(&dev, total + GIB) == cudaErrorMemoryAllocation);
	CUDA(cudaMemGetInfo(&after, &total));
	return after + 64 * MIB >= before;
}

int main(void)
{
	size_t available, total;
	void *dev;

	CUDA(cudaMemGetInfo(&available, &total));
	EXPECT(cudaErrorMemoryAllocation, cudaMalloc(&dev, total + GIB));
	EXPECT(cudaErrorMemoryAllocation, cudaMalloc(&dev, (size_t)1 << 45));
	EXPECT(cudaErrorMemoryAllocation, cudaGetLastError());
	EXPECT_CU(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc((CUdeviceptr *)&dev, (size_t)1 << 45));
	HOLDS_ONCE(nothing_is_lost());
	CUDA(cudaMalloc(&dev, 1000));
	CUDA(cudaMemset(dev, 1, 1000));
	CUDA(cudaFree(dev));
	return finish();
}
