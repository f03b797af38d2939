/* SPDX-License-Identifier: MIT */
/*
 * Mean and variance in one cooperative kernel: the grid meets at a barrier between the passes.
 * Tiles of cooperative groups reduce within the blocks.
 */
#include "program.h"
#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>

namespace cg = cooperative_groups;

#define BLOCK 128

struct result {
	unsigned long long sum, squares; /* of the numbers, of their distances to the mean */
	unsigned least, greatest;
};

__device__ unsigned long long block_sum(cg::thread_block block, unsigned long long mine)
{
	__shared__ unsigned long long warps[BLOCK / 32];
	cg::thread_block_tile<32> warp = cg::tiled_partition<32>(block);

	mine = cg::reduce(warp, mine, cg::plus<unsigned long long>());
	if (warp.thread_rank() == 0)
		warps[warp.meta_group_rank()] = mine;
	block.sync();
	mine = 0;
	for (int w = 0; w < warp.meta_group_size(); w++)
		mine += warps[w];
	block.sync();
	return mine;
}

__global__ void statistics(const unsigned *in, int n, result *r)
{
	cg::grid_group grid = cg::this_grid();
	cg::thread_block block = cg::this_thread_block();
	unsigned long long sum = 0, squares = 0;
	long long mean;
	unsigned least = ~0u, greatest = 0;

	for (int i = grid.thread_rank(); i < n; i += grid.size()) {
		sum += in[i];
		least = min(least, in[i]);
		greatest = max(greatest, in[i]);
	}
	sum = block_sum(block, sum);
	if (block.thread_rank() == 0)
		atomicAdd(&r->sum, sum);
	atomicMin(&r->least, least);
	atomicMax(&r->greatest, greatest);
	grid.sync();
	mean = *(volatile unsigned long long *)&r->sum / n;
	for (int i = grid.thread_rank(); i < n; i += grid.size())
		squares += (in[i] - mean) * (in[i] - mean);
	squares = block_sum(block, squares);
	if (block.thread_rank() == 0)
		atomicAdd(&r->squares, squares);
}

int main(int argc, char **argv)
{
	int n = program_size(argc, argv, 100000), can, processors, per_processor;
	std::vector<unsigned> in = random_numbers<unsigned>(n, 100000);
	result want = { 0, 0, ~0u, 0 }, got;
	unsigned *dev_in = to_device(in);
	result *r = to_device(std::vector<result>(1, want));
	void *arguments[] = { &dev_in, &n, &r };

	CUDA(cudaDeviceGetAttribute(&can, cudaDevAttrCooperativeLaunch, 0));
	if (!can)
		skip("the device has no cooperative launch");
	CUDA(cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, 0));
	CUDA(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&per_processor, statistics, BLOCK, 0));
	CHECK(per_processor > 0);
	CUDA(cudaLaunchCooperativeKernel((const void *)statistics,
					 dim3(std::min(processors * per_processor, 64)),
					 dim3(BLOCK), arguments, 0, 0));
	got = from_device(r, 1)[0];

	for (unsigned x : in) {
		want.sum += x;
		want.least = std::min(want.least, x);
		want.greatest = std::max(want.greatest, x);
	}
	for (unsigned x : in) {
		long long d = x - (long long)(want.sum / n);

		want.squares += d * d;
	}
	CHECK_SAME(&got, &want, sizeof(want));
	printf("sum %llu, squares %llu, from %u to %u\n", got.sum, got.squares, got.least,
	       got.greatest);
	release(dev_in, r);
	return finish();
}
