/* SPDX-License-Identifier: MIT */
/*
 * The CRC-32 of a long message in parallel: each thread takes a chunk, and the remainders are then
 * combined by pairs, that of the left moved over the length of the right by multiplication
 * with a power of x modulo the polynomial.
 */
#include "program.h"

#define POLYNOMIAL 0xedb88320u /* reflected: the highest bit is x^0 */
#define CHUNK 64
#define BLOCK 128

__host__ __device__ inline uint32_t add_byte(uint32_t crc, uint8_t byte)
{
	crc ^= byte;
	for (int bit = 0; bit < 8; bit++)
		crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
	return crc;
}

/* The product of two polynomials */
__host__ __device__ inline uint32_t multiply(uint32_t a, uint32_t b)
{
	uint32_t product = 0;

	for (; a; a <<= 1) {
		if (a & 0x80000000u)
			product ^= b;
		b = b >> 1 ^ (b & 1 ? POLYNOMIAL : 0);
	}
	return product;
}

/* x^(8 * bytes) */
__host__ __device__ inline uint32_t shift_by(uint64_t bytes)
{
	uint32_t result = 0x80000000u, square = 0x00800000u;

	for (; bytes; bytes /= 2) {
		if (bytes & 1)
			result = multiply(result, square);
		square = multiply(square, square);
	}
	return result;
}

__global__ void chunks(const uint8_t *data, uint32_t *crcs)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;
	uint32_t crc = 0;

	for (int k = 0; k < CHUNK; k++)
		crc = add_byte(crc, data[i * CHUNK + k]);
	crcs[i] = crc;
}

/* Each thread joins two neighbours of @length bytes */
__global__ void join(const uint32_t *in, uint32_t *out, int pairs, uint64_t length)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < pairs)
		out[i] = multiply(in[2 * i], shift_by(length)) ^ in[2 * i + 1];
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 4096); /* chunks: a power of two */
	std::vector<uint8_t> data(n * CHUNK);
	uint32_t want = ~0u, got;
	uint32_t *from = device_array<uint32_t>(n), *to = device_array<uint32_t>(n);
	uint64_t length = CHUNK;

	CHECK(n >= BLOCK && !(n & (n - 1)));
	rng_fill(data.data(), data.size());
	for (uint8_t byte : data)
		want = add_byte(want, byte);

	uint8_t *dev_data = to_device(data);
	chunks<<<n / BLOCK, BLOCK>>>(dev_data, from);
	for (int pairs = n / 2; pairs > 0; pairs /= 2, length *= 2) {
		join<<<blocks_for(pairs, BLOCK), BLOCK>>>(from, to, pairs, length);
		std::swap(from, to);
	}
	/* a CRC begins with all ones: they count as bytes before the message */
	got = from_device(from, 1)[0] ^ multiply(~0u, shift_by(data.size()));
	CHECK(got == want);
	printf("crc: %08x\n", ~got);
	release(dev_data, from, to);
	return finish();
}
