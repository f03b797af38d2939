/* SPDX-License-Identifier: MIT */
/*
 * Pi by throwing darts, with two generators of random numbers: xorshift, which has a state a
 * thread, and Philox 4x32-10, which computes the i-th number from i.
 */
#include "program.h"

#define THREADS 4096
#define DARTS 64 /* a thread */

__host__ __device__ inline uint32_t xorshift(uint32_t &state)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

struct four {
	uint32_t x[4];
};

__host__ __device__ inline four philox(uint64_t i, uint32_t key0, uint32_t key1)
{
	four c = { { (uint32_t)i, (uint32_t)(i >> 32), 0, 0 } };

	for (int round = 0; round < 10; round++) {
		uint64_t a = 0xd2511f53ull * c.x[0], b = 0xcd9e8d57ull * c.x[2];

		c = four{ { (uint32_t)(b >> 32) ^ c.x[1] ^ key0, (uint32_t)b,
			    (uint32_t)(a >> 32) ^ c.x[3] ^ key1, (uint32_t)a } };
		key0 += 0x9e3779b9;
		key1 += 0xbb67ae85;
	}
	return c;
}

/* Does the dart lie in the quarter of the circle?  In integers: exact */
__host__ __device__ inline bool inside(uint32_t x, uint32_t y)
{
	uint64_t a = x >> 1, b = y >> 1;

	return a * a + b * b < 1ull << 62;
}

__host__ __device__ inline int throw_xorshift(int thread)
{
	uint32_t state = philox(thread, 1, 2).x[0] | 1;
	int count = 0;

	for (int i = 0; i < DARTS; i++) {
		uint32_t x = xorshift(state);

		count += inside(x, xorshift(state));
	}
	return count;
}

__host__ __device__ inline int throw_philox(int thread)
{
	int count = 0;

	for (int i = 0; i < DARTS / 2; i++) {
		four r = philox((uint64_t)thread * DARTS + i, 3, 4);

		count += inside(r.x[0], r.x[1]) + inside(r.x[2], r.x[3]);
	}
	return count;
}

__global__ void throw_darts(unsigned *counts)
{
	int thread = blockIdx.x * blockDim.x + threadIdx.x;
	unsigned mine[2] = { (unsigned)throw_xorshift(thread), (unsigned)throw_philox(thread) };

	for (int k = 0; k < 2; k++) {
		for (int d = 16; d > 0; d /= 2)
			mine[k] += __shfl_down_sync(~0u, mine[k], d);
		if (threadIdx.x % 32 == 0)
			atomicAdd(&counts[k], mine[k]);
	}
}

int main(int argc, char **argv)
{
	const int threads = program_size(argc, argv, THREADS) / 128 * 128;
	unsigned *counts = device_array<unsigned>(2);
	std::vector<unsigned> want(2, 0), got;
	four zeros = philox(0, 0, 0); /* the example of its authors */

	CHECK(zeros.x[0] == 0x6627e8d5 && zeros.x[3] == 0x9b00dbd8);
	CUDA(cudaMemset(counts, 0, 2 * sizeof(unsigned)));
	throw_darts<<<threads / 128, 128>>>(counts);
	got = from_device(counts, 2);
	for (int t = 0; t < threads; t++) {
		want[0] += throw_xorshift(t);
		want[1] += throw_philox(t);
	}
	check_equal(got, want);
	for (unsigned count : got) {
		printf("pi is about %.3f\n", 4.0 * count / threads / DARTS);
		check_close(4.0 * count / threads / DARTS, M_PI, 0.005);
	}
	release(counts);
	return finish();
}
