/* SPDX-License-Identifier: MIT */
/*
 * A sum, three ways: a tree in shared memory and one more kernel for what the blocks leave; warp
 * shuffles and one atomic addition a block; and a single kernel whose last block adds up what
 * all of them left, made visible by a fence before each took its ticket.
 */
#include "program.h"

#define BLOCK 256

__global__ void sum_tree(const unsigned *in, unsigned *sums, int n)
{
	__shared__ unsigned s[BLOCK];
	unsigned mine = 0;

	for (int i = blockIdx.x * BLOCK + threadIdx.x; i < n; i += gridDim.x * BLOCK)
		mine += in[i];
	s[threadIdx.x] = mine;
	for (int half = BLOCK / 2; half > 0; half /= 2) {
		__syncthreads();
		if (threadIdx.x < half)
			s[threadIdx.x] += s[threadIdx.x + half];
	}
	if (threadIdx.x == 0)
		sums[blockIdx.x] = s[0];
}

/* block_sum() - of what each thread has; thread 0 gets it */
__device__ unsigned block_sum(unsigned mine)
{
	__shared__ unsigned warps[BLOCK / 32];

	for (int d = 16; d > 0; d /= 2)
		mine += __shfl_down_sync(~0u, mine, d);
	if (threadIdx.x % 32 == 0)
		warps[threadIdx.x / 32] = mine;
	__syncthreads();
	mine = threadIdx.x < BLOCK / 32 ? warps[threadIdx.x] : 0;
	if (threadIdx.x < 32)
		for (int d = BLOCK / 64; d > 0; d /= 2)
			mine += __shfl_down_sync(~0u, mine, d);
	return mine;
}

__global__ void sum_shuffle(const unsigned *in, unsigned *sum, int n)
{
	unsigned mine = 0;

	for (int i = blockIdx.x * BLOCK + threadIdx.x; i < n; i += gridDim.x * BLOCK)
		mine += in[i];
	mine = block_sum(mine);
	if (threadIdx.x == 0)
		atomicAdd(sum, mine);
}

__device__ unsigned blocks_done;

__global__ void sum_last_block(const unsigned *in, volatile unsigned *sums, unsigned *sum, int n)
{
	__shared__ bool last;
	unsigned mine = 0;

	for (int i = blockIdx.x * BLOCK + threadIdx.x; i < n; i += gridDim.x * BLOCK)
		mine += in[i];
	mine = block_sum(mine);
	if (threadIdx.x == 0) {
		sums[blockIdx.x] = mine;
		__threadfence();
		last = atomicInc(&blocks_done, gridDim.x - 1) == gridDim.x - 1;
	}
	__syncthreads();
	if (!last)
		return;
	mine = 0;
	for (int b = threadIdx.x; b < gridDim.x; b += BLOCK)
		mine += sums[b];
	mine = block_sum(mine);
	if (threadIdx.x == 0)
		*sum = mine;
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 500001), blocks = n < 1 << 20 ? 40 : 1024;
	const int rounds = program_rounds(argc, argv);
	std::vector<unsigned> in(n), got;
	unsigned want = 0;

	rng_fill(in.data(), n * sizeof(in[0]));
	for (unsigned x : in)
		want += x;

	gpu_begin();
	unsigned *dev_in = to_device(in), *sums = device_array<unsigned>(blocks);
	unsigned *results = device_array<unsigned>(3);
	for (int r = 0; r < rounds; r++) {
		CUDA(cudaMemsetAsync(results, 0, 3 * sizeof(unsigned)));
		sum_tree<<<blocks, BLOCK>>>(dev_in, sums, n);
		sum_tree<<<1, BLOCK>>>(sums, results, blocks);
		sum_shuffle<<<blocks, BLOCK>>>(dev_in, results + 1, n);
		for (int again = 0; again < 2; again++)
			sum_last_block<<<blocks, BLOCK>>>(dev_in, sums, results + 2, n);
	}
	got = from_device(results, 3);
	gpu_end();

	check_equal(got, { want, want, want });
	printf("sum: %u\n", want);
	release(dev_in, sums, results);
	return finish();
}
