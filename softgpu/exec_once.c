/* SPDX-License-Identifier: MIT */
/*
 * exec_once.c - ld and st of vectors that others may look at: volatile, relaxed, acquire, release
 *
 * The PTX ISA lets the elements come and go one by one.  A GPU moves up to 16 bytes of a thread at
 * once, and programs count on it: CUB hands a state and a value from block to block that way.
 * So here a lane's vector is one access of the processor, or one for each 16 bytes of it.
 */
#ifdef __AVX__
#include <immintrin.h>
#endif

#include "softgpu/exec_mem.h"
#include "softgpu/exec_ops.h"

#define PIECE	16
#define MOST	(8 * sizeof(uint64_t))	/* bytes of a vector */

typedef unsigned __int128 b128;

/*
 * 16 bytes: one access where the processor has AVX (Intel SDM volume 3, 9.1.1; AMD64 manual volume 2,
 * 7.3.2), else by compare and exchange, which writes what is there.
 */
GUEST_ACCESS static inline void load_16(void *to, void *from)
{
#ifdef __AVX__
	_mm_storeu_si128(to, *(const volatile __m128i *)from);
#else
	b128 value = __sync_val_compare_and_swap((b128 *)from, 0, 0);

	memcpy(to, &value, sizeof(value));
#endif
}

GUEST_ACCESS static inline void store_16(void *to, void *from)
{
#ifdef __AVX__
	*(volatile __m128i *)to = _mm_loadu_si128(from);
#else
	b128 value, old = 0, seen;

	memcpy(&value, from, sizeof(value));
	while ((seen = __sync_val_compare_and_swap((b128 *)to, old, value)) != old)
		old = seen;
#endif
}

typedef void copy_fn(void *to, void *from);

/* @bytes, a power of two, at addresses that are multiples of it; what is larger than 8 by @copy_16 */
GUEST_ACCESS static inline void copy_whole(void *to, void *from, unsigned bytes, copy_fn *copy_16)
{
	switch (bytes) {
	case 2:
		*(volatile uint16_t *)to = *(const volatile uint16_t *)from;
		break;
	case 4:
		*(volatile uint32_t *)to = *(const volatile uint32_t *)from;
		break;
	case 8:
		*(volatile uint64_t *)to = *(const volatile uint64_t *)from;
		break;
	default:
		for (unsigned at = 0; at < bytes; at += PIECE)
			copy_16((char *)to + at, (char *)from + at);
	}
}

/* Operands: destinations, address.  M: in memory, D: in the register. */
#define LOAD(name, M, D)							\
	HANDLER(load_##name)							\
	{									\
		const unsigned count = in->count, bytes = count * (unsigned)sizeof(M);	\
		M vector[MOST / sizeof(M)] = { 0 };				\
		struct place place;						\
		enum pattern pattern = place_global(w, in, in->o[count], bytes, &place);	\
										\
		if (pattern == PATTERN_FAULT)					\
			return NULL;						\
		place_pointers(w, bytes, pattern, &place);			\
		EACH_ACTIVE(i, w->mask) {					\
			copy_whole(vector, place.lane[i], bytes, load_16);	\
			for (unsigned n = 0; n < count; n++)			\
				RESULT(D, w, in->o[n])[i] = (D)vector[n];	\
		}								\
		return in + 1;							\
	}

/* Operands: address, sources.  Where lanes collide, the highest is the last. */
#define STORE(name, M, S)							\
	HANDLER(store_##name)							\
	{									\
		const unsigned count = in->count, bytes = count * (unsigned)sizeof(M);	\
		M vector[MOST / sizeof(M)] = { 0 };				\
		struct place place;						\
		enum pattern pattern = place_global(w, in, in->o[0], bytes, &place);	\
										\
		if (pattern == PATTERN_FAULT)					\
			return NULL;						\
		place_pointers(w, bytes, pattern, &place);			\
		EACH_ACTIVE(i, w->mask) {					\
			for (unsigned n = 0; n < count; n++)			\
				vector[n] = (M)((const S *)operand(w, in->o[1 + n]))[i];	\
			copy_whole(place.lane[i], vector, bytes, store_16);	\
		}								\
		return in + 1;							\
	}

LOAD(u8_w, uint8_t, uint32_t)
LOAD(s8_w, int8_t, uint32_t)
LOAD(u16_w, uint16_t, uint32_t)
LOAD(s16_w, int16_t, uint32_t)
LOAD(u32_w, uint32_t, uint32_t)
LOAD(u8_q, uint8_t, uint64_t)
LOAD(s8_q, int8_t, uint64_t)
LOAD(u16_q, uint16_t, uint64_t)
LOAD(s16_q, int16_t, uint64_t)
LOAD(u32_q, uint32_t, uint64_t)
LOAD(s32_q, int32_t, uint64_t)
LOAD(u64_q, uint64_t, uint64_t)

STORE(8_w, uint8_t, uint32_t)
STORE(16_w, uint16_t, uint32_t)
STORE(32_w, uint32_t, uint32_t)
STORE(8_q, uint8_t, uint64_t)
STORE(16_q, uint16_t, uint64_t)
STORE(32_q, uint32_t, uint64_t)
STORE(64_q, uint64_t, uint64_t)

static const struct exec_op table[] = {
	{ "ldv.global.u8.w.once", "", load_u8_w }, { "ldv.global.s8.w.once", "", load_s8_w },
	{ "ldv.global.u16.w.once", "", load_u16_w }, { "ldv.global.s16.w.once", "", load_s16_w },
	{ "ldv.global.u32.w.once", "", load_u32_w },
	{ "ldv.global.u8.q.once", "", load_u8_q }, { "ldv.global.s8.q.once", "", load_s8_q },
	{ "ldv.global.u16.q.once", "", load_u16_q }, { "ldv.global.s16.q.once", "", load_s16_q },
	{ "ldv.global.u32.q.once", "", load_u32_q }, { "ldv.global.s32.q.once", "", load_s32_q },
	{ "ldv.global.u64.q.once", "", load_u64_q },
	{ "stv.global.8.w.once", "", store_8_w }, { "stv.global.16.w.once", "", store_16_w },
	{ "stv.global.32.w.once", "", store_32_w },
	{ "stv.global.8.q.once", "", store_8_q }, { "stv.global.16.q.once", "", store_16_q },
	{ "stv.global.32.q.once", "", store_32_q }, { "stv.global.64.q.once", "", store_64_q },
};

EXEC_FAMILY(exec_once, table);
