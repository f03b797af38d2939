/* SPDX-License-Identifier: MIT */
/* cudaMemGetInfo: free is at most total, and goes down by what is allocated */
#include "quiet.h"

static size_t total;

static int follows(void)
{
	size_t before, between, after, again;
	void *dev;

	CUDA(cudaMemGetInfo(&before, &total));
	CHECK(before > 0 && before <= total);
	CUDA(cudaMalloc(&dev, 64 * MIB));
	CUDA(cudaMemGetInfo(&between, &again));
	CHECK(again == total);
	CUDA(cudaFree(dev));
	CUDA(cudaMemGetInfo(&after, &again));
	return before >= between + 64 * MIB && after >= between + 64 * MIB;
}

int main(void)
{
	CUdevice device;
	size_t all;

	HOLDS_ONCE(follows());
	CU(cuDeviceGet(&device, 0));
	CU(cuDeviceTotalMem(&all, device));
	CHECK(all == total);
	return finish();
}
