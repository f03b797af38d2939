/* SPDX-License-Identifier: MIT */
/*
 * Prefix sums of any length: each block scans its part, exclusive or inclusive, and leaves its
 * total; the totals are scanned the same way, level upon level, and added.
 */
#include "program.h"

#define BLOCK 256

/* Up the tree, then down again (Blelloch): exclusive, and two elements a thread */
__global__ void scan_exclusive(const unsigned *in, unsigned *out, unsigned *totals, int n)
{
	__shared__ unsigned s[2 * BLOCK];
	int t = threadIdx.x, base = blockIdx.x * 2 * BLOCK, step = 1;

	s[2 * t] = base + 2 * t < n ? in[base + 2 * t] : 0;
	s[2 * t + 1] = base + 2 * t + 1 < n ? in[base + 2 * t + 1] : 0;
	for (int d = BLOCK; d > 0; d /= 2, step *= 2) {
		__syncthreads();
		if (t < d)
			s[step * (2 * t + 2) - 1] += s[step * (2 * t + 1) - 1];
	}
	if (t == 0) {
		totals[blockIdx.x] = s[2 * BLOCK - 1];
		s[2 * BLOCK - 1] = 0;
	}
	for (int d = 1; d <= BLOCK; d *= 2) {
		step /= 2;
		__syncthreads();
		if (t < d) {
			unsigned left = s[step * (2 * t + 1) - 1];

			s[step * (2 * t + 1) - 1] = s[step * (2 * t + 2) - 1];
			s[step * (2 * t + 2) - 1] += left;
		}
	}
	__syncthreads();
	if (base + 2 * t < n)
		out[base + 2 * t] = s[2 * t];
	if (base + 2 * t + 1 < n)
		out[base + 2 * t + 1] = s[2 * t + 1];
}

__global__ void add_totals(unsigned *out, const unsigned *before, int n)
{
	int i = blockIdx.x * 2 * BLOCK + threadIdx.x;

	for (int k = i; k < i + 2 * BLOCK && k < n; k += BLOCK)
		out[k] += before[blockIdx.x];
}

__global__ void make_inclusive(const unsigned *in, unsigned *out, int n)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		out[i] += in[i];
}

static void scan(const unsigned *in, unsigned *out, int n)
{
	int blocks = blocks_for(n, 2 * BLOCK);
	unsigned *totals = device_array<unsigned>(blocks);

	scan_exclusive<<<blocks, BLOCK>>>(in, out, totals, n);
	if (blocks > 1) {
		unsigned *before = device_array<unsigned>(blocks);

		scan(totals, before, blocks);
		add_totals<<<blocks, BLOCK>>>(out, before, n);
		release(before);
	}
	release(totals);
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 300007);
	const int lengths[] = { 1, 2, 511, 512, 513, n };

	for (int length : lengths) {
		std::vector<unsigned> in = random_numbers<unsigned>(length, 1000);
		std::vector<unsigned> exclusive(length), inclusive(length);
		unsigned *dev_in = to_device(in), *dev_out = device_array<unsigned>(length);
		unsigned sum = 0;

		for (int i = 0; i < length; i++) {
			exclusive[i] = sum;
			inclusive[i] = sum += in[i];
		}
		scan(dev_in, dev_out, length);
		check_equal(from_device(dev_out, length), exclusive);
		make_inclusive<<<blocks_for(length, 256), 256>>>(dev_in, dev_out, length);
		check_equal(from_device(dev_out, length), inclusive);
		print_checksum("prefix sums", inclusive);
		release(dev_in, dev_out);
	}
	return finish();
}
