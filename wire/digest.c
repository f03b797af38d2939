/* SPDX-License-Identifier: MIT */
/*
 * digest.c - BLAKE3 (J. O'Connor, J.-P. Aumasson, S. Neves, Z. Wilcox-O'Hearn: "BLAKE3, one function,
 * fast everywhere", 2020)
 *
 * DOC: Theory of operation
 *
 * The input is cut into chunks of 1 KiB.  Each is hashed to a value of 32 bytes by 16 compressions,
 * whose key is where the chunk lies; two neighbours' values are hashed to their parent's, and so
 * on to the root.  A value without a neighbour goes up as it is.  So eight or sixteen chunks, or
 * pairs, are hashed at once in the lanes of vector registers (digest_lanes.h), and a grain, being a power of two
 * of chunks, is a tree of its own.
 *
 * Chosen for its speed where nothing helps: SHA-256 needs the CPU's own instructions to be half as
 * fast, and cannot be shared among threads.
 */
#include <immintrin.h>
#include <string.h>

#include "wire/digest.h"

#define BLOCK	64
#define CHUNK	1024
#define CHUNKS	(DIGEST_GRAIN / CHUNK)	/* in a grain */
#define ROUNDS	7

enum flags {
	CHUNK_START	= 1,
	CHUNK_END	= 2,
	PARENT		= 4,
	ROOT		= 8,
};

static const uint32_t iv[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

/* Which words of the block each round takes, in order */
static const uint8_t schedule[ROUNDS][16] = {
	{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
	{ 2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8 },
	{ 3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1 },
	{ 10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6 },
	{ 12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4 },
	{ 9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7 },
	{ 11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13 },
};

/* The quarter of a round: @type is a word, or a vector of the lanes' words */
#define ROTATE(x, n)	((x) >> (n) | (x) << (32 - (n)))
#define MIX(a, b, c, d, x, y)                                                           \
	do {                                                                            \
		a += b + (x);                                                           \
		d = ROTATE(d ^ a, 16);                                                  \
		c += d;                                                                 \
		b = ROTATE(b ^ c, 12);                                                  \
		a += b + (y);                                                           \
		d = ROTATE(d ^ a, 8);                                                   \
		c += d;                                                                 \
		b = ROTATE(b ^ c, 7);                                                   \
	} while (0)

#define ROUND(v, m, s)                                                                  \
	do {                                                                            \
		MIX(v[0], v[4], v[8], v[12], m[s[0]], m[s[1]]);                         \
		MIX(v[1], v[5], v[9], v[13], m[s[2]], m[s[3]]);                         \
		MIX(v[2], v[6], v[10], v[14], m[s[4]], m[s[5]]);                        \
		MIX(v[3], v[7], v[11], v[15], m[s[6]], m[s[7]]);                        \
		MIX(v[0], v[5], v[10], v[15], m[s[8]], m[s[9]]);                        \
		MIX(v[1], v[6], v[11], v[12], m[s[10]], m[s[11]]);                      \
		MIX(v[2], v[7], v[8], v[13], m[s[12]], m[s[13]]);                       \
		MIX(v[3], v[4], v[9], v[14], m[s[14]], m[s[15]]);                       \
	} while (0)

/* Fold one block of @bytes, zeroes behind them, into @value. */
static void compress(uint32_t value[8], const uint32_t block[16], uint32_t bytes, uint64_t counter,
		     uint32_t flags)
{
	uint32_t v[16] = {
		[12] = (uint32_t)counter, [13] = (uint32_t)(counter >> 32), [14] = bytes, [15] = flags,
	};

	memcpy(v, value, 8 * sizeof(*v));
	memcpy(v + 8, iv, 4 * sizeof(*v));
	for (int round = 0; round < ROUNDS; round++)
		ROUND(v, block, schedule[round]);
	for (int i = 0; i < 8; i++)
		value[i] = v[i] ^ v[i + 8];
}

/* One chunk of @bytes, the last perhaps shorter than CHUNK */
static void hash_chunk(struct wire_digest *to, const uint8_t *data, size_t bytes, uint64_t chunk)
{
	uint32_t value[8], block[16], flags = CHUNK_START;

	memcpy(value, iv, sizeof(value));
	while (bytes) {
		size_t now = bytes < BLOCK ? bytes : BLOCK;

		memset(block, 0, sizeof(block));
		memcpy(block, data, now);
		data += now;
		bytes -= now;
		if (!bytes)
			flags |= CHUNK_END;
		compress(value, block, now, chunk, flags);
		flags = 0;
	}
	memcpy(to, value, sizeof(*to));
}

static void hash_parent(struct wire_digest *to, const struct wire_digest *pair, uint32_t flags)
{
	uint32_t value[8], block[16];

	memcpy(value, iv, sizeof(value));
	memcpy(block, pair, sizeof(block));
	compress(value, block, BLOCK, 0, PARENT | flags);
	memcpy(to, value, sizeof(*to));
}

/* -- several at once -- */

#define LANES	8
#define TARGET	__attribute__((target("avx2")))
#define NAME(x)	x##_8
#include "wire/digest_lanes.h"

#define LANES	16
#define TARGET	__attribute__((target("avx2,avx512f,avx512vl")))
#define NAME(x)	x##_16
#include "wire/digest_lanes.h"

typedef void hash_lanes(struct wire_digest *to, const uint8_t *data, size_t stride, int blocks,
			uint64_t counter, uint32_t flags);

/* struct width - how many inputs this CPU may hash at once, and by what */
struct width {
	size_t lanes;
	hash_lanes *hash;
};

/* The widest of which there is work for all lanes in @n inputs; NULL: one at a time */
static const struct width *widest(size_t n)
{
	static const struct width widths[] = { { 16, hash_16 }, { 8, hash_8 } };

	if (n >= 16 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl"))
		return &widths[0];
	return n >= 8 && __builtin_cpu_supports("avx2") ? &widths[1] : NULL;
}

/* The values' parents, in their place; returns how many. */
static size_t hash_parents(struct wire_digest *values, size_t n)
{
	const struct width *width;
	size_t i = 0;

	for (; (width = widest(n / 2 - i)); i += width->lanes)
		width->hash(values + i, (const uint8_t *)(values + 2 * i), 2 * sizeof(*values), 1,
			    0, PARENT);
	for (; i < n / 2; i++)
		hash_parent(values + i, values + 2 * i, 0);
	if (n % 2)
		values[n / 2] = values[n - 1];
	return n / 2 + n % 2;
}

void digest_grain(struct wire_digest *value, const void *data, size_t bytes, uint64_t index)
{
	struct wire_digest values[CHUNKS];
	const struct width *width;
	const uint8_t *at = data;
	size_t n = 0;

	for (; (width = widest(bytes / CHUNK)); n += width->lanes) {
		width->hash(values + n, at, CHUNK, CHUNK / BLOCK, index * CHUNKS + n, 0);
		at += width->lanes * CHUNK;
		bytes -= width->lanes * CHUNK;
	}
	while (bytes) {
		size_t now = bytes < CHUNK ? bytes : CHUNK;

		hash_chunk(values + n, at, now, index * CHUNKS + n);
		n++;
		at += now;
		bytes -= now;
	}
	while (n > 1)
		n = hash_parents(values, n);
	*value = values[0];
}

void digest_finish(struct wire_digest *digest, struct wire_digest *values, size_t n)
{
	while (n > 2)
		n = hash_parents(values, n);
	hash_parent(digest, values, ROOT);
}
