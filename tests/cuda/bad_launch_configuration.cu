/* SPDX-License-Identifier: MIT */
/* A grid or block that cannot be is refused at the launch, and the next launch works */
#include "check.h"
#include "parts/invalid_launch.h"

__global__ void store(int *p)
{
	*p = 1;
}

static int *dev;

static cudaError_t launch(dim3 grid, dim3 block, size_t shared)
{
	store<<<grid, block, shared>>>(dev);
	return cudaGetLastError();
}

int main()
{
	CUDA(cudaMalloc(&dev, sizeof(*dev)));
	EXPECT_INVALID_LAUNCH(launch(1, 0, 0));
	EXPECT_INVALID_LAUNCH(launch(0, 1, 0));
	EXPECT_INVALID_LAUNCH(launch(1, 1025, 0));
	EXPECT_INVALID_LAUNCH(launch(1, dim3(32, 33), 0));
	EXPECT_INVALID_LAUNCH(launch(1, dim3(1, 1, 65), 0));
	EXPECT_INVALID_LAUNCH(launch(dim3(1, 65536), 1, 0));
	EXPECT_INVALID_LAUNCH(launch(dim3(1, 1, 65536), 1, 0));
	EXPECT_INVALID_LAUNCH(launch(0x80000000u, 1, 0));
	EXPECT(cudaErrorInvalidValue, launch(1, 1, 1024 * 1024));
	EXPECT(cudaSuccess, launch(1, 1024, 0));
	EXPECT(cudaSuccess, cudaDeviceSynchronize());
	EXPECT(cudaSuccess, launch(dim3(1, 65535), 1, 0));
	EXPECT(cudaSuccess, cudaDeviceSynchronize());
	CUDA(cudaFree(dev));
	return finish();
}
