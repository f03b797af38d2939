/* SPDX-License-Identifier: MIT */
/*
 * Sort by radix, least digit first, keys with their values: count the digits of each block, scan
 * the counts (digit by digit, block by block), and scatter.  The scatter keeps the order of equal
 * digits: a thread's place among its block's is found bit by bit with ballots.
 */
#include "program.h"

#define BLOCK 256
#define WARPS (BLOCK / 32)
#define DIGITS 16

__global__ void count(const unsigned *keys, unsigned *counts, int n, int shift)
{
	__shared__ unsigned mine[DIGITS];
	int i = blockIdx.x * BLOCK + threadIdx.x;

	if (threadIdx.x < DIGITS)
		mine[threadIdx.x] = 0;
	__syncthreads();
	if (i < n)
		atomicAdd(&mine[keys[i] >> shift & (DIGITS - 1)], 1);
	__syncthreads();
	if (threadIdx.x < DIGITS)
		counts[threadIdx.x * gridDim.x + blockIdx.x] = mine[threadIdx.x];
}

/* One block makes the counts exclusive prefix sums, BLOCK of them at a time */
__global__ void scan(unsigned *counts, int n)
{
	__shared__ unsigned s[2][BLOCK];
	unsigned before = 0, x;
	int from;

	for (int base = 0; base < n; base += BLOCK) {
		x = base + threadIdx.x < n ? counts[base + threadIdx.x] : 0;
		s[from = 0][threadIdx.x] = x;
		for (int d = 1; d < BLOCK; d *= 2, from = !from) {
			__syncthreads();
			s[!from][threadIdx.x] = s[from][threadIdx.x] +
				(threadIdx.x >= d ? s[from][threadIdx.x - d] : 0);
		}
		if (base + threadIdx.x < n)
			counts[base + threadIdx.x] = before + s[from][threadIdx.x] - x;
		__syncthreads();
		before += s[from][BLOCK - 1];
		__syncthreads();
	}
}

__global__ void scatter(const unsigned *keys, const unsigned *values, unsigned *keys_out,
			unsigned *values_out, const unsigned *places, int n, int shift)
{
	__shared__ unsigned in_warp[WARPS][DIGITS];
	int i = blockIdx.x * BLOCK + threadIdx.x, warp = threadIdx.x / 32;
	unsigned digit = i < n ? keys[i] >> shift & (DIGITS - 1) : DIGITS, peers = ~0u, place;

	if (threadIdx.x < WARPS * DIGITS)
		in_warp[threadIdx.x / DIGITS][threadIdx.x % DIGITS] = 0;
	__syncthreads();
	for (int bit = 1; bit <= DIGITS; bit *= 2) {
		unsigned vote = __ballot_sync(~0u, digit & bit);

		peers &= digit & bit ? vote : ~vote;
	}
	if (digit < DIGITS)
		in_warp[warp][digit] = __popc(peers);
	__syncthreads();
	if (digit == DIGITS)
		return;
	place = places[digit * gridDim.x + blockIdx.x];
	for (int w = 0; w < warp; w++)
		place += in_warp[w][digit];
	place += __popc(peers & ((1u << threadIdx.x % 32) - 1));
	keys_out[place] = keys[i];
	values_out[place] = values[i];
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 30001), blocks = blocks_for(n, BLOCK);
	const int rounds = program_rounds(argc, argv);
	std::vector<unsigned> keys = random_numbers<unsigned>(n, 1ull << 32), values(n), got, order;

	for (int i = 0; i < n; i++) {
		keys[i] >>= i % 4 * 8; /* many equal ones, too */
		values[i] = i;
	}

	gpu_begin();
	unsigned *unsorted = to_device(keys), *numbers = to_device(values);
	unsigned *dev_keys[2] = { device_array<unsigned>(n), device_array<unsigned>(n) };
	unsigned *dev_values[2] = { device_array<unsigned>(n), device_array<unsigned>(n) };
	unsigned *counts = device_array<unsigned>(DIGITS * blocks);
	for (int r = 0; r < rounds; r++) {
		again_from(dev_keys[0], unsorted, n);
		again_from(dev_values[0], numbers, n);
		for (int shift = 0, from = 0; shift < 32; shift += 4, from = !from) {
			count<<<blocks, BLOCK>>>(dev_keys[from], counts, n, shift);
			scan<<<1, BLOCK>>>(counts, DIGITS * blocks);
			scatter<<<blocks, BLOCK>>>(dev_keys[from], dev_values[from], dev_keys[!from],
						   dev_values[!from], counts, n, shift);
		}
	}
	got = from_device(dev_keys[0], n);
	order = from_device(dev_values[0], n);
	gpu_end();

	/* in order, each key with its value, equal keys as they were: that is the only order */
	for (int i = 0; i < n; i++) {
		CHECK(order[i] < (unsigned)n && got[i] == keys[order[i]]);
		CHECK(i == 0 || got[i - 1] < got[i] ||
		      (got[i - 1] == got[i] && order[i - 1] < order[i]));
	}
	print_checksum("keys", got);
	print_checksum("order", order);
	release(unsorted, numbers, dev_keys[0], dev_keys[1], dev_values[0], dev_values[1], counts);
	return finish();
}
