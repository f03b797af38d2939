/* SPDX-License-Identifier: MIT */
/* Occupancy answers fit the device's limits and go down with the resources asked for */
#include "check.h"

__global__ void plain(int *p)
{
	p[threadIdx.x] = threadIdx.x;
}

int main()
{
	int small, large, shared, size, grid, warps, limit;

	CUDA(cudaDeviceGetAttribute(&warps, cudaDevAttrMaxThreadsPerMultiProcessor, 0));
	CUDA(cudaDeviceGetAttribute(&limit, cudaDevAttrMaxBlocksPerMultiprocessor, 0));
	CUDA(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&small, plain, 32, 0));
	CUDA(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&large, plain, 1024, 0));
	CUDA(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&shared, plain, 32, 48 * 1024));
	CHECK(small == limit || small * 32 == warps);
	CHECK(large == warps / 1024);
	CHECK(shared >= 1 && shared < small);
	CUDA(cudaOccupancyMaxPotentialBlockSize(&grid, &size, plain, 0, 0));
	CHECK(size > 0 && size <= 1024 && size % 32 == 0 && grid > 0);
	EXPECT(cudaErrorInvalidValue, cudaOccupancyMaxActiveBlocksPerMultiprocessor(&small, plain, 0, 0));
	return finish();
}
