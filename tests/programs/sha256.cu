/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 (FIPS 180-4) of many messages, a thread each, and a search for a nonce whose hash begins
 * with zeros.  The constants, fractions of roots of the first primes, are computed.
 */
#include "program.h"

struct digest {
	uint32_t h[8];
};

__constant__ uint32_t dev_k[64];
__constant__ digest dev_start;
static uint32_t host_k[64];
static digest host_start;

__host__ __device__ inline uint32_t turn(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

/* One block of 16 words, big-endian, into @d */
__host__ __device__ inline void compress(digest &d, const uint32_t *block, const uint32_t *k)
{
	uint32_t w[16], s[8], t1, t2;

	for (int i = 0; i < 16; i++)
		w[i] = block[i];
	for (int i = 0; i < 8; i++)
		s[i] = d.h[i];
	for (int i = 0; i < 64; i++) {
		if (i >= 16) {
			uint32_t a = w[(i + 1) % 16], b = w[(i + 14) % 16];

			w[i % 16] += (turn(a, 7) ^ turn(a, 18) ^ a >> 3) + w[(i + 9) % 16] +
				     (turn(b, 17) ^ turn(b, 19) ^ b >> 10);
		}
		t1 = s[7] + (turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25)) +
		     ((s[4] & s[5]) ^ (~s[4] & s[6])) + k[i] + w[i % 16];
		t2 = (turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22)) +
		     ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
		for (int j = 7; j > 0; j--)
			s[j] = s[j - 1];
		s[4] += t1;
		s[0] = t1 + t2;
	}
	for (int i = 0; i < 8; i++)
		d.h[i] += s[i];
}

/* A message of one word: @nonce, a bit, zeros, and its length in bits */
__host__ __device__ inline digest hash(uint32_t nonce, digest start, const uint32_t *k)
{
	uint32_t block[16] = { nonce, 0x80000000u };

	block[15] = 32;
	compress(start, block, k);
	return start;
}

__global__ void hash_all(digest *out, int n)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		out[i] = hash(i, dev_start, dev_k);
}

/* The least nonce whose hash begins with @zeros bits 0 */
__global__ void mine(unsigned *best, int zeros, int n)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n && __clz(hash(i, dev_start, dev_k).h[0]) >= zeros)
		atomicMin(best, i);
}

static void constants(void)
{
	int count = 0;

	for (int p = 2; count < 64; p++) {
		bool prime = true;

		for (int q = 2; q * q <= p; q++)
			prime = prime && p % q;
		if (!prime)
			continue;
		host_k[count] = (uint32_t)(int64_t)floorl((cbrtl(p) - floorl(cbrtl(p))) * 0x1p32L);
		if (count < 8)
			host_start.h[count] = (uint32_t)(int64_t)((sqrtl(p) - floorl(sqrtl(p))) *
								  0x1p32L);
		count++;
	}
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 4096);
	std::vector<digest> got;
	std::vector<unsigned> best(1, ~0u);
	digest *out = device_array<digest>(n), abc;
	uint32_t block[16] = { 0x61626380 }; /* "abc", the standard's example */

	constants();
	CUDA(cudaMemcpyToSymbol(dev_k, host_k, sizeof(host_k)));
	CUDA(cudaMemcpyToSymbol(dev_start, &host_start, sizeof(host_start)));
	block[15] = 24;
	abc = host_start;
	compress(abc, block, host_k);
	CHECK(abc.h[0] == 0xba7816bf && abc.h[7] == 0xf20015ad);

	hash_all<<<blocks_for(n, 64), 64>>>(out, n);
	got = from_device(out, n);
	unsigned *dev_best = to_device(best), want = ~0u;
	mine<<<blocks_for(n, 64), 64>>>(dev_best, 10, n);
	best = from_device(dev_best, 1);
	for (int i = 0; i < n; i++) {
		digest d = hash(i, host_start, host_k);

		CHECK_SAME(&got[i], &d, sizeof(d));
		if (d.h[0] >> 22 == 0 && want == ~0u)
			want = i;
	}
	CHECK(best[0] == want);
	printf("nonce: %u\n", want);
	print_checksum("hashes", got);
	release(out, dev_best);
	return finish();
}
