/* SPDX-License-Identifier: MIT */
/*
 * AES-128 (FIPS 197) in counter mode: a thread encrypts the counter of its 16 bytes.  The
 * substitution is computed and copied to shared memory, one column a thread.
 */
#include "program.h"

#define ROUNDS 10

struct key_schedule {
	uint8_t round[ROUNDS + 1][16];
};

static uint8_t substitution[256];

__host__ __device__ inline uint8_t twice(uint8_t x)
{
	return x << 1 ^ (x & 0x80 ? 0x1b : 0);
}

/* Encrypt the 16 bytes of @s, which are the columns of the state one after another */
__host__ __device__ inline void encrypt(uint8_t *s, const key_schedule &key, const uint8_t *sub)
{
	uint8_t t[16];

	for (int i = 0; i < 16; i++)
		s[i] ^= key.round[0][i];
	for (int r = 1; r <= ROUNDS; r++) {
		for (int i = 0; i < 16; i++) /* substitute, and shift row i % 4 by as many */
			t[i] = sub[s[(i + 4 * (i % 4)) % 16]];
		for (int c = 0; c < 16; c += 4) {
			uint8_t all = t[c] ^ t[c + 1] ^ t[c + 2] ^ t[c + 3];

			for (int i = 0; i < 4; i++)
				s[c + i] = (r == ROUNDS ? t[c + i] : t[c + i] ^ all ^
					    twice(t[c + i] ^ t[c + (i + 1) % 4])) ^
					   key.round[r][c + i];
		}
	}
}

__host__ __device__ inline void counter(uint8_t *s, uint64_t nonce, uint64_t i)
{
	for (int b = 0; b < 8; b++) {
		s[b] = nonce >> (56 - 8 * b);
		s[8 + b] = i >> (56 - 8 * b);
	}
}

__global__ void encrypt_all(uint8_t *data, int blocks, uint64_t nonce, key_schedule key,
			    const uint8_t *sub)
{
	__shared__ uint8_t shared_sub[256];
	int i = blockIdx.x * blockDim.x + threadIdx.x;
	uint8_t s[16];

	for (int k = threadIdx.x; k < 256; k += blockDim.x)
		shared_sub[k] = sub[k];
	__syncthreads();
	if (i >= blocks)
		return;
	counter(s, nonce, i);
	encrypt(s, key, shared_sub);
	for (int k = 0; k < 16; k++)
		data[16 * i + k] ^= s[k];
}

/* The inverse in GF(2^8), then an affine map.  3 generates the field's multiplicative group. */
static void make_substitution(void)
{
	uint8_t power[255], x = 1;

	for (int i = 0; i < 255; i++) {
		power[i] = x;
		x ^= twice(x);
	}
	for (int i = 0; i < 255; i++) {
		uint8_t inverse = power[(255 - i) % 255], y = inverse;

		for (int k = 1; k <= 4; k++)
			y ^= inverse << k | inverse >> (8 - k);
		substitution[power[i]] = y ^ 0x63;
	}
	substitution[0] = 0x63;
}

static key_schedule expand(const uint8_t *key)
{
	key_schedule k;
	uint8_t *w = k.round[0], constant = 1;

	memcpy(w, key, 16);
	for (int i = 16; i < 16 * (ROUNDS + 1); i += 4) {
		for (int b = 0; b < 4; b++)
			w[i + b] = w[i - 16 + b] ^ (i % 16 ? w[i - 4 + b]
						    : substitution[w[i - 4 + (b + 1) % 4]]);
		if (i % 16 == 0) {
			w[i] ^= constant;
			constant = twice(constant);
		}
	}
	return k;
}

int main(int argc, char **argv)
{
	const int blocks = program_size(argc, argv, 3000);
	std::vector<uint8_t> data(16 * blocks), got;
	uint8_t example[16], key[16], s[16];

	make_substitution();
	for (int i = 0; i < 16; i++) { /* the standard's example */
		example[i] = i * 0x11;
		key[i] = i;
	}
	key_schedule schedule = expand(key);
	encrypt(example, schedule, substitution);
	CHECK(example[0] == 0x69 && example[1] == 0xc4 && example[15] == 0x5a);

	rng_fill(data.data(), data.size());
	uint8_t *dev = to_device(data);
	uint8_t *sub = to_device(std::vector<uint8_t>(substitution, substitution + 256));
	encrypt_all<<<blocks_for(blocks, 128), 128>>>(dev, blocks, 0x0123456789abcdefu, schedule,
						      sub);
	got = from_device(dev, data.size());
	for (int i = 0; i < blocks; i++) {
		counter(s, 0x0123456789abcdefu, i);
		encrypt(s, schedule, substitution);
		for (int k = 0; k < 16; k++)
			data[16 * i + k] ^= s[k];
	}
	check_equal(got, data);
	print_checksum("encrypted", got);
	release(dev, sub);
	return finish();
}
