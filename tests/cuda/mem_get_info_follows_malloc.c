/* SPDX-License-Identifier: MIT */
/* cudaMemGetInfo: free is at most total, and goes down by what is allocated */
#include "check.h"

int main(void)
{
	size_t before, between, after, total, again, all;
	CUdevice device;
	void *dev;

	CUDA(cudaMemGetInfo(&before, &total));
	CHECK(before > 0 && before <= total);
	CUDA(cudaMalloc(&dev, 64 * MIB));
	CUDA(cudaMemGetInfo(&between, &again));
	CHECK(again == total && before - between >= 64 * MIB);
	CUDA(cudaFree(dev));
	CUDA(cudaMemGetInfo(&after, &again));
	CHECK(after >= between + 64 * MIB);
	CU(cuDeviceGet(&device, 0));
	CU(cuDeviceTotalMem(&all, device));
	CHECK(all == total);
	return finish();
}
