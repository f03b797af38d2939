/* SPDX-License-Identifier: MIT */
/*
 * How often each byte occurs: with atomics on the result alone, and with a histogram in shared
 * memory for every block, added to the result at the end.  Even inputs and very uneven ones.
 */
#include "program.h"

#define BINS 256

__global__ void count_global(const uint8_t *in, unsigned *bins, int n)
{
	for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
		atomicAdd(&bins[in[i]], 1);
}

__global__ void count_shared(const uchar4 *in, unsigned *bins, int n)
{
	__shared__ unsigned mine[BINS];

	for (int b = threadIdx.x; b < BINS; b += blockDim.x)
		mine[b] = 0;
	__syncthreads();
	for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n / 4;
	     i += gridDim.x * blockDim.x) {
		uchar4 four = in[i];

		atomicAdd(&mine[four.x], 1);
		atomicAdd(&mine[four.y], 1);
		atomicAdd(&mine[four.z], 1);
		atomicAdd(&mine[four.w], 1);
	}
	__syncthreads();
	for (int b = threadIdx.x; b < BINS; b += blockDim.x)
		if (mine[b])
			atomicAdd(&bins[b], mine[b]);
}

static void run(const char *name, const std::vector<uint8_t> &in)
{
	const int n = in.size();
	std::vector<unsigned> want(BINS, 0);
	uint8_t *dev_in = to_device(in);
	unsigned *bins = device_array<unsigned>(BINS);

	for (uint8_t x : in)
		want[x]++;
	CUDA(cudaMemset(bins, 0, BINS * sizeof(unsigned)));
	count_global<<<16, 128>>>(dev_in, bins, n);
	check_equal(from_device(bins, BINS), want);
	CUDA(cudaMemset(bins, 0, BINS * sizeof(unsigned)));
	count_shared<<<16, 128>>>((uchar4 *)dev_in, bins, n);
	check_equal(from_device(bins, BINS), want);
	print_checksum(name, want);
	release(dev_in, bins);
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 400000) / 4 * 4;
	std::vector<uint8_t> in(n);

	rng_fill(in.data(), n);
	run("even", in);
	for (uint8_t &x : in)
		x = x < 250 ? 7 : x;
	run("uneven", in);
	return finish();
}
