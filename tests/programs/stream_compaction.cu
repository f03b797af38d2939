/* SPDX-License-Identifier: MIT */
/*
 * Keep the numbers that satisfy a condition.  In any order: the lanes of a warp that have one
 * reserve their places with a single atomic.  In order: by the prefix sums of a block, whose total
 * the blocks before it pass on.
 */
#include "program.h"
#include <algorithm>

#define BLOCK 256

__host__ __device__ inline bool wanted(int x)
{
	return x % 3 == 0;
}

__global__ void compact(const int *in, int n, int *out, int *count)
{
	int i = blockIdx.x * BLOCK + threadIdx.x, leader, place;
	unsigned active;

	if (i >= n || !wanted(in[i]))
		return;
	active = __activemask();
	leader = __ffs(active) - 1;
	if (threadIdx.x % 32 == leader)
		place = atomicAdd(count, __popc(active));
	place = __shfl_sync(active, place, leader);
	out[place + __popc(active & ((1u << threadIdx.x % 32) - 1))] = in[i];
}

__device__ int chain; /* how many places the blocks up to the one in turn have taken ... */
__device__ int turn;  /* ... and whose turn it is */
__device__ int ticket;

__global__ void compact_in_order(const int *in, int n, int *out, int *count)
{
	__shared__ int warps[BLOCK / 32], before, part;
	int lane = threadIdx.x % 32, warp = threadIdx.x / 32, i, place = 0;
	unsigned votes;
	bool keep;

	if (threadIdx.x == 0)
		part = atomicAdd(&ticket, 1);
	__syncthreads();
	i = part * BLOCK + threadIdx.x;
	keep = i < n && wanted(in[i]);
	votes = __ballot_sync(~0u, keep);
	if (lane == 0)
		warps[warp] = __popc(votes);
	__syncthreads();
	if (threadIdx.x == 0) {
		int total = 0;

		for (int w = 0; w < BLOCK / 32; w++)
			total += warps[w];
		while (atomicAdd(&turn, 0) != part)
			;
		__threadfence();
		before = atomicAdd(&chain, total);
		__threadfence();
		atomicAdd(&turn, 1);
		if (part == gridDim.x - 1)
			*count = before + total;
	}
	__syncthreads();
	for (int w = 0; w < warp; w++)
		place += warps[w];
	if (keep)
		out[before + place + __popc(votes & ((1u << lane) - 1))] = in[i];
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 50000), blocks = blocks_for(n, BLOCK);
	std::vector<int> in = random_numbers<int>(n, 1000000), want, got;
	int *dev_in = to_device(in), *out = device_array<int>(n), *count = device_array<int>(1);

	for (int x : in)
		if (wanted(x))
			want.push_back(x);

	compact_in_order<<<blocks, BLOCK>>>(dev_in, n, out, count);
	check_equal(from_device(out, from_device(count, 1)[0]), want);
	printf("%zu of %d\n", want.size(), n);
	print_checksum("in order", want);

	CUDA(cudaMemset(count, 0, sizeof(int)));
	compact<<<blocks, BLOCK>>>(dev_in, n, out, count);
	got = from_device(out, from_device(count, 1)[0]);
	std::sort(got.begin(), got.end());
	std::sort(want.begin(), want.end());
	check_equal(got, want);
	release(dev_in, out, count);
	return finish();
}
