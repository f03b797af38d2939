/* SPDX-License-Identifier: MIT */
/*
 * A prefix sum in one pass: a block publishes the sum of its part as soon as it knows it, then
 * looks back over the blocks before it, adding their sums, until one knows its whole prefix.
 *
 * A block takes its part by a ticket, not by its index: the blocks whose parts come before have
 * then started already, so waiting for them ends.  Value and state are one 64-bit word, so that
 * they are seen together.
 */
#include "program.h"

#define BLOCK 128
#define EMPTY 0ull
#define SUM (1ull << 62)	/* of this part */
#define PREFIX (2ull << 62)	/* of this part and all before it */
#define VALUE (SUM - 1)

__device__ unsigned ticket;

/* look_back() - the sum of all parts before @part */
__device__ uint64_t look_back(volatile uint64_t *states, int part)
{
	uint64_t before = 0, state;

	while (part-- > 0) {
		do {
			state = states[part];
		} while ((state & ~VALUE) == EMPTY);
		before += state & VALUE;
		if (state & PREFIX)
			break;
	}
	return before;
}

__global__ void scan(const unsigned *in, uint64_t *out, volatile uint64_t *states, int n)
{
	__shared__ uint64_t s[2][BLOCK], before;
	__shared__ int part;
	int t = threadIdx.x, from = 0, i;

	if (t == 0)
		part = atomicAdd(&ticket, 1);
	__syncthreads();
	i = part * BLOCK + t;
	s[0][t] = i < n ? in[i] : 0;
	for (int d = 1; d < BLOCK; d *= 2, from = !from) {
		__syncthreads();
		s[!from][t] = s[from][t] + (t >= d ? s[from][t - d] : 0);
	}
	if (t == BLOCK - 1) {
		states[part] = s[from][t] | (part == 0 ? PREFIX : SUM);
		before = look_back(states, part);
		states[part] = (before + s[from][t]) | PREFIX;
	}
	__syncthreads();
	if (i < n)
		out[i] = before + s[from][t];
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 200003), blocks = blocks_for(n, BLOCK);
	std::vector<unsigned> in = random_numbers<unsigned>(n, 1ull << 32);
	std::vector<uint64_t> want(n);
	uint64_t sum = 0, *dev_out = device_array<uint64_t>(n);
	uint64_t *states = device_array<uint64_t>(blocks);
	unsigned *dev_in = to_device(in), zero = 0;

	for (int i = 0; i < n; i++)
		want[i] = sum += in[i];
	for (int round = 0; round < 3; round++) {
		CUDA(cudaMemset(states, 0, blocks * sizeof(uint64_t)));
		CUDA(cudaMemcpyToSymbol(ticket, &zero, sizeof(zero)));
		scan<<<blocks, BLOCK>>>(dev_in, dev_out, states, n);
		check_equal(from_device(dev_out, n), want);
	}
	printf("total: %llu\n", (unsigned long long)sum);
	print_checksum("prefix sums", want);
	release(dev_in, dev_out, states);
	return finish();
}
