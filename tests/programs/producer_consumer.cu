/* SPDX-License-Identifier: MIT */
/*
 * Blocks hand work to one another through a ring of slots in global memory: the even ones
 * produce, each for the odd one beside it, which consumes.  A slot's flag says whose it is.
 */
#include "program.h"

#define PAIRS 4
#define SLOTS 3
#define BLOCK 64

struct ring {
	volatile int full[SLOTS]; /* 1: the consumer's */
	volatile int values[SLOTS][BLOCK];
};

__device__ void wait_until(volatile int *flag, int value)
{
	if (threadIdx.x == 0) {
		while (*flag != value)
			;
		__threadfence();
	}
	__syncthreads();
}

__device__ void set(volatile int *flag, int value)
{
	__threadfence(); /* every thread's own stores, before the barrier */
	__syncthreads();
	if (threadIdx.x == 0)
		*flag = value;
}

__host__ __device__ inline int product(int pair, int step, int thread)
{
	return (pair + 1) * 1000003 * (step + 1) ^ thread * 7919;
}

__global__ void run(ring *rings, int steps, unsigned *sums)
{
	int pair = blockIdx.x / 2, t = threadIdx.x;
	ring *r = &rings[pair];
	unsigned sum = 0;

	for (int step = 0; step < steps; step++) {
		int slot = step % SLOTS;

		if (blockIdx.x % 2 == 0) {
			wait_until(&r->full[slot], 0);
			r->values[slot][t] = product(pair, step, t);
			set(&r->full[slot], 1);
		} else {
			wait_until(&r->full[slot], 1);
			sum = sum * 31 + r->values[slot][BLOCK - 1 - t];
			set(&r->full[slot], 0);
		}
	}
	if (blockIdx.x % 2)
		sums[pair * BLOCK + t] = sum;
}

int main(int argc, char **argv)
{
	const int steps = program_size(argc, argv, 200);
	std::vector<unsigned> want(PAIRS * BLOCK, 0), got;
	ring *rings = device_array<ring>(PAIRS);
	unsigned *sums = device_array<unsigned>(PAIRS * BLOCK);

	for (int i = 0; i < PAIRS * BLOCK; i++)
		for (int s = 0; s < steps; s++)
			want[i] = want[i] * 31 + product(i / BLOCK, s, BLOCK - 1 - i % BLOCK);
	CUDA(cudaMemset(rings, 0, PAIRS * sizeof(ring)));
	run<<<2 * PAIRS, BLOCK>>>(rings, steps, sums);
	got = from_device(sums, PAIRS * BLOCK);
	check_equal(got, want);
	print_checksum("sums", got);
	release(rings, sums);
	return finish();
}
