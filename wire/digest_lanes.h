/* SPDX-License-Identifier: MIT */
/*
 * digest_lanes.h - as many inputs at once as a vector has lanes
 *
 * digest.c includes it once for each width, having defined LANES, a multiple of eight, what the
 * compiler may use (TARGET), and NAME(), which tells one width's names from another's.
 */
typedef uint32_t NAME(vector) __attribute__((vector_size(4 * LANES), may_alias));

/* Rows become columns, eight lanes each: word i of row j and word j of row i change places. */
TARGET static inline void NAME(transpose)(__m256i row[8])
{
	__m256i a[8], b[8];

#pragma GCC unroll 8
	for (int i = 0; i < 8; i += 2) {
		a[i] = _mm256_unpacklo_epi32(row[i], row[i + 1]);
		a[i + 1] = _mm256_unpackhi_epi32(row[i], row[i + 1]);
	}
#pragma GCC unroll 8
	for (int i = 0; i < 8; i += 4) {
#pragma GCC unroll 8
		for (int j = 0; j < 2; j++) {
			b[i + 2 * j] = _mm256_unpacklo_epi64(a[i + j], a[i + j + 2]);
			b[i + 2 * j + 1] = _mm256_unpackhi_epi64(a[i + j], a[i + j + 2]);
		}
	}
#pragma GCC unroll 8
	for (int i = 0; i < 4; i++) {
		row[i] = _mm256_permute2x128_si256(b[i], b[i + 4], 0x20);
		row[i + 4] = _mm256_permute2x128_si256(b[i], b[i + 4], 0x31);
	}
}

/* Eight words of each lane's block, a word a vector */
TARGET static inline void NAME(load_half)(NAME(vector) words[8], const uint8_t *data, size_t stride)
{
	__m256i row[8];

#pragma GCC unroll 8
	for (int group = 0; group < LANES / 8; group++) {
#pragma GCC unroll 8
		for (int i = 0; i < 8; i++)
			row[i] = _mm256_loadu_si256(
				(const __m256i *)(data + (8 * group + i) * stride));
		NAME(transpose)(row);
#pragma GCC unroll 8
		for (int i = 0; i < 8; i++)
			((__m256i *)&words[i])[group] = row[i];
	}
}

/* Word i of a vector becomes the value of input i. */
TARGET static inline void NAME(store)(struct wire_digest *to, const NAME(vector) value[8])
{
	__m256i row[8];

	for (int group = 0; group < LANES / 8; group++) {
		for (int i = 0; i < 8; i++)
			row[i] = ((const __m256i *)&value[i])[group];
		NAME(transpose)(row);
		memcpy(to + 8 * group, row, sizeof(row));
	}
}

TARGET static void NAME(compress)(NAME(vector) value[8], const NAME(vector) block[16],
				  const NAME(vector) counter[2], uint32_t flags)
{
	const NAME(vector) zero = { 0 };
	NAME(vector) v[16];

#pragma GCC unroll 8
	for (int i = 0; i < 8; i++)
		v[i] = value[i];
#pragma GCC unroll 8
	for (int i = 0; i < 4; i++)
		v[8 + i] = zero + iv[i];
	v[12] = counter[0];
	v[13] = counter[1];
	v[14] = zero + BLOCK;
	v[15] = zero + flags;
#pragma GCC unroll 7
	for (int round = 0; round < ROUNDS; round++)
		ROUND(v, block, schedule[round]);
#pragma GCC unroll 8
	for (int i = 0; i < 8; i++)
		value[i] = v[i] ^ v[i + 8];
}

/*
 * hash() - LANES inputs of @blocks, @stride bytes apart
 * @counter: of the first, and one more each, if they are chunks
 */
TARGET static void NAME(hash)(struct wire_digest *to, const uint8_t *data, size_t stride, int blocks,
			      uint64_t counter, uint32_t flags)
{
	NAME(vector) value[8], block[16], counters[2];

	for (int i = 0; i < LANES; i++) {
		uint64_t own = flags & PARENT ? 0 : counter + i;

		counters[0][i] = (uint32_t)own;
		counters[1][i] = (uint32_t)(own >> 32);
	}
	for (int i = 0; i < 8; i++)
		value[i] = (NAME(vector)){ 0 } + iv[i];
	for (int i = 0; i < blocks; i++) {
		uint32_t edge = (i ? 0 : CHUNK_START) | (i < blocks - 1 ? 0 : CHUNK_END);

		NAME(load_half)(block, data + i * BLOCK, stride);
		NAME(load_half)(block + 8, data + i * BLOCK + BLOCK / 2, stride);
		NAME(compress)(value, block, counters, flags & PARENT ? flags : edge);
	}
	NAME(store)(to, value);
}

#undef NAME
#undef TARGET
#undef LANES
