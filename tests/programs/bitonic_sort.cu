/* SPDX-License-Identifier: MIT */
/*
 * Bitonic sort of a power of two of floats.  Steps over short distances run in shared memory,
 * many in one kernel; those over long ones each need a kernel of their own.
 */
#include "program.h"
#include <algorithm>

#define BLOCK 256 /* threads; each compares two elements */

__device__ void compare(float &a, float &b, bool ascending)
{
	if ((a > b) == ascending) {
		float t = a;

		a = b;
		b = t;
	}
}

/* All steps of distance below 2 * BLOCK for runs of lengths first..last */
__global__ void sort_shared(float *data, int first, int last)
{
	__shared__ float s[2 * BLOCK];
	int base = blockIdx.x * 2 * BLOCK, t = threadIdx.x;

	s[t] = data[base + t];
	s[t + BLOCK] = data[base + t + BLOCK];
	for (int run = first; run <= last; run *= 2)
		for (int d = min(run / 2, BLOCK); d > 0; d /= 2) {
			int i = 2 * t - (t & (d - 1));

			__syncthreads();
			compare(s[i], s[i + d], !((base + i) & run));
		}
	__syncthreads();
	data[base + t] = s[t];
	data[base + t + BLOCK] = s[t + BLOCK];
}

__global__ void step_global(float *data, int run, int d)
{
	int t = blockIdx.x * BLOCK + threadIdx.x, i = 2 * t - (t & (d - 1));

	compare(data[i], data[i + d], !(i & run));
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 1 << 14), blocks = n / (2 * BLOCK);
	std::vector<float> data = random_floats(n);
	float *dev = to_device(data);

	CHECK(n >= 2 * BLOCK && !(n & (n - 1)));
	sort_shared<<<blocks, BLOCK>>>(dev, 2, 2 * BLOCK);
	for (int run = 4 * BLOCK; run <= n; run *= 2) {
		for (int d = run / 2; d > BLOCK; d /= 2)
			step_global<<<blocks, BLOCK>>>(dev, run, d);
		sort_shared<<<blocks, BLOCK>>>(dev, run, run);
	}
	std::sort(data.begin(), data.end());
	check_equal(from_device(dev, n), data);
	print_checksum("sorted", data);
	release(dev);
	return finish();
}
