/* SPDX-License-Identifier: MIT */
/* Occupancy answers fit the device's limits and go down with the resources asked for */
#include "check.h"

__global__ void plain(int *p)
{
	p[threadIdx.x] = threadIdx.x;
}

/* Enough values alive at once, and doubles, to want all registers that there are */
template <int THREADS, int BLOCKS>
__global__ void __launch_bounds__(THREADS, BLOCKS) hungry(double *p)
{
	double x[64];

	for (int i = 0; i < 64; i++)
		x[i] = p[threadIdx.x + i * THREADS];
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 64; i++)
			x[i] = x[(i + 17) % 64] * x[(i + 31) % 64] + p[round * 64 + i];
	for (int i = 0; i < 64; i++)
		p[threadIdx.x + i * THREADS] = x[i];
}

/* As many blocks as the kernel was compiled for */
template <int THREADS, int BLOCKS>
static void check_bounds(void)
{
	cudaFuncAttributes attributes;
	int blocks;

	CUDA(cudaFuncGetAttributes(&attributes, hungry<THREADS, BLOCKS>));
	CHECK(attributes.maxThreadsPerBlock == THREADS && attributes.numRegs > 0);
	CUDA(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, hungry<THREADS, BLOCKS>, THREADS, 0));
	CHECK(blocks >= BLOCKS);
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
	check_bounds<1024, 1>();
	check_bounds<512, 1>();
	check_bounds<512, 2>();
	check_bounds<256, 3>();
	check_bounds<33, 1>();
	EXPECT(cudaErrorInvalidValue, cudaOccupancyMaxActiveBlocksPerMultiprocessor(&small, plain, 0, 0));
	return finish();
}
