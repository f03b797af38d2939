/* SPDX-License-Identifier: MIT */
/*
 * exec_atom.c - atom and red (PTX ISA, Parallel Synchronization: atom, red)
 *
 * Lanes act one after another, lowest first.  Global memory is shared with other blocks,
 * other launches and the host, so the operations are the processor's atomic ones; a block's
 * shared memory belongs to the one thread that runs the block, so there they are plain.
 * Lanes that all want one place of global memory take their turns on a copy of it, and one
 * exchange makes them all happen at once.
 * Operands: destination (or none), address, b, c.
 */

#include "softgpu/cluster.h"
#include "softgpu/exec_half.h"
#include "softgpu/exec_mem.h"
#include "softgpu/exec_ops.h"

/* What memory becomes when it holds o and the instruction has operands y and z */
#define OP_ADD(o, y, z)		((o) + (y))
#define OP_AND(o, y, z)		((o) & (y))
#define OP_OR(o, y, z)		((o) | (y))
#define OP_XOR(o, y, z)		((o) ^ (y))
#define OP_MIN(o, y, z)		((o) < (y) ? (o) : (y))
#define OP_MAX(o, y, z)		((o) > (y) ? (o) : (y))
#define OP_EXCH(o, y, z)	(y)
#define OP_CAS(o, y, z)		((o) == (y) ? (z) : (o))
#define OP_INC(o, y, z)		((o) >= (y) ? 0 : (o) + 1)
#define OP_DEC(o, y, z)		((o) == 0 || (o) > (y) ? (y) : (o) - 1)
#define OP_FADD(o, y, z)	add_f32(o, y)
#define OP_FADD_FLUSH(o, y, z)	add_f32_at(w, m, o, y)
#define OP_DADD(o, y, z)	double_bits(bits_double(o) + bits_double(y))
#define OP_HADD(o, y, z)	add_f16(o, y)
#define OP_H2ADD(o, y, z)	(add_f16(o, y) | add_f16((o) >> 16, (y) >> 16) << 16)
#define OP_BADD(o, y, z)	add_bf16(o, y)
#define OP_B2ADD(o, y, z)	(add_bf16(o, y) | add_bf16((o) >> 16, (y) >> 16) << 16)
#define OP_HMIN(o, y, z)	least_f16(o, y, 0)
#define OP_HMAX(o, y, z)	least_f16(o, y, SIGN)
#define OP_H2MIN(o, y, z)	(least_f16(o, y, 0) | least_f16((o) >> 16, (y) >> 16, 0) << 16)
#define OP_H2MAX(o, y, z)	(least_f16(o, y, SIGN) | least_f16((o) >> 16, (y) >> 16, SIGN) << 16)
#define OP_BMIN(o, y, z)	least_bf16(o, y, 0)
#define OP_BMAX(o, y, z)	least_bf16(o, y, SIGN)
#define OP_B2MIN(o, y, z)	(least_bf16(o, y, 0) | least_bf16((o) >> 16, (y) >> 16, 0) << 16)
#define OP_B2MAX(o, y, z)	(least_bf16(o, y, SIGN) | least_bf16((o) >> 16, (y) >> 16, SIGN) << 16)

static inline uint32_t add_f32(uint32_t x, uint32_t y)
{
	float sum = bits_float(x) + bits_float(y);

	return sum == sum ? float_bits(sum) : F32_NAN;
}

/* Subnormal numbers are zero to an addition in global memory, but not in shared (PTX ISA, atom) */
static inline uint32_t add_f32_at(const struct warp *w, const void *m, uint32_t x, uint32_t y)
{
	if (unlikely(cluster_shared(w->cta, (uint64_t)(uintptr_t)m)))
		return add_f32(x, y);
	x = float_bits(flush32(bits_float(x)));
	y = float_bits(flush32(bits_float(y)));
	return float_bits(flush32(bits_float(add_f32(x, y))));
}

static inline uint32_t add_f16(uint32_t x, uint32_t y)
{
	return float_to_half(half_to_float(x) + half_to_float(y));
}

static inline uint32_t add_bf16(uint32_t x, uint32_t y)
{
	return float_to_bfloat(bfloat_to_float(x) + bfloat_to_float(y));
}

#define SIGN	0x8000u

/* Bits of 16 in the order of the numbers: -0 is less than +0 (PTX ISA, min) */
static inline uint32_t rank(uint32_t bits)
{
	return bits & SIGN ? 0xffff - bits : bits + SIGN;
}

/*
 * The smaller of two numbers of 16 bits, that which is no NaN, or the NaN of min and max; @flip is
 * SIGN for the larger
 */
static inline uint32_t least(uint32_t x, uint32_t y, uint32_t flip, uint32_t infinity)
{
	const bool x_nan = x % SIGN > infinity, y_nan = y % SIGN > infinity;

	if (x_nan || y_nan)
		return !x_nan ? x : !y_nan ? y : SIGN - 1;
	return rank(x ^ flip) < rank(y ^ flip) ? x : y;
}

static inline uint32_t least_f16(uint32_t x, uint32_t y, uint32_t flip)
{
	return least(x & 0xffff, y & 0xffff, flip, 0x7c00);
}

static inline uint32_t least_bf16(uint32_t x, uint32_t y, uint32_t flip)
{
	return least(x & 0xffff, y & 0xffff, flip, 0x7f80);
}

/* M: the type in memory; R: of the register; the old value is zero-extended into it */
#define ATOM_LOOP(M, R, OP, EXCHANGE)						\
	EACH_ACTIVE(i, w->mask) {						\
		M *m = (M *)place.lane[i];					\
		const M y = (M)b[i], z = (M)c[i];				\
		M old, new;							\
										\
		(void)y;							\
		(void)z;							\
		EXCHANGE(M, OP)							\
		if (d)								\
			d[i] = (R)old;						\
	}

#define SHARED_EXCHANGE(M, OP)							\
	old = *m;								\
	new = (M)OP(old, y, z);							\
	*m = new;

#define GLOBAL_EXCHANGE(M, OP)							\
	old = __atomic_load_n(m, __ATOMIC_RELAXED);				\
	do									\
		new = (M)OP(old, y, z);						\
	while (!__atomic_compare_exchange_n(m, &old, new, false, __ATOMIC_SEQ_CST,	\
					    __ATOMIC_RELAXED));

#define ONE_BY_ONE(M, R, OP)

#define TOGETHER(M, R, OP)							\
	if (pattern == PATTERN_UNIFORM) {					\
		M *m = (M *)place.p, was[LANES], new;				\
		M old = __atomic_load_n(m, __ATOMIC_RELAXED);			\
										\
		do {								\
			new = old;						\
			EACH_ACTIVE(i, w->mask) {				\
				const M y = (M)b[i], z = (M)c[i];		\
										\
				(void)y;					\
				(void)z;					\
				was[i] = new;					\
				new = (M)OP(new, y, z);				\
			}							\
		} while (!__atomic_compare_exchange_n(m, &old, new, false,	\
						      __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));	\
		if (d)								\
			EACH_ACTIVE(i, w->mask)					\
				d[i] = (R)was[i];				\
		return in + 1;							\
	}

#define ATOM(space, name, M, R, OP, EXCHANGE, UNIFORM)				\
	GUEST_ACCESS HANDLER(atom_##space##_##name)				\
	{									\
		R *d = in->flags ? NULL : operand(w, in->o[0]);			\
		const R *b = operand(w, in->o[2]), *c = operand(w, in->o[3]);	\
		struct place place;						\
		enum pattern pattern = place_##space(w, in, in->o[1], sizeof(M), &place);	\
										\
		if (pattern == PATTERN_FAULT)					\
			return NULL;						\
		w->spinning |= in->aux;						\
		UNIFORM(M, R, OP)						\
		place_pointers(w, sizeof(M), pattern, &place);			\
		ATOM_LOOP(M, R, OP, EXCHANGE)					\
		return in + 1;							\
	}

#define BOTH(name, M, R, OP)							\
	ATOM(global, name, M, R, OP, GLOBAL_EXCHANGE, TOGETHER)			\
	ATOM(shared, name, M, R, OP, SHARED_EXCHANGE, ONE_BY_ONE)

#define GLOBAL(name, M, OP)	ATOM(global, name, M, uint32_t, OP, GLOBAL_EXCHANGE, TOGETHER)

BOTH(add_32, uint32_t, uint32_t, OP_ADD)
BOTH(add_64, uint64_t, uint64_t, OP_ADD)
BOTH(and_32, uint32_t, uint32_t, OP_AND)
BOTH(and_64, uint64_t, uint64_t, OP_AND)
BOTH(or_32, uint32_t, uint32_t, OP_OR)
BOTH(or_64, uint64_t, uint64_t, OP_OR)
BOTH(xor_32, uint32_t, uint32_t, OP_XOR)
BOTH(xor_64, uint64_t, uint64_t, OP_XOR)
BOTH(min_u32, uint32_t, uint32_t, OP_MIN)
BOTH(min_s32, int32_t, uint32_t, OP_MIN)
BOTH(min_u64, uint64_t, uint64_t, OP_MIN)
BOTH(min_s64, int64_t, uint64_t, OP_MIN)
BOTH(max_u32, uint32_t, uint32_t, OP_MAX)
BOTH(max_s32, int32_t, uint32_t, OP_MAX)
BOTH(max_u64, uint64_t, uint64_t, OP_MAX)
BOTH(max_s64, int64_t, uint64_t, OP_MAX)
BOTH(exch_32, uint32_t, uint32_t, OP_EXCH)
BOTH(exch_64, uint64_t, uint64_t, OP_EXCH)
BOTH(cas_16, uint16_t, uint32_t, OP_CAS)
BOTH(cas_32, uint32_t, uint32_t, OP_CAS)
BOTH(cas_64, uint64_t, uint64_t, OP_CAS)
BOTH(inc_u32, uint32_t, uint32_t, OP_INC)
BOTH(dec_u32, uint32_t, uint32_t, OP_DEC)
ATOM(global, add_f32, uint32_t, uint32_t, OP_FADD_FLUSH, GLOBAL_EXCHANGE, TOGETHER)
ATOM(shared, add_f32, uint32_t, uint32_t, OP_FADD, SHARED_EXCHANGE, ONE_BY_ONE)
BOTH(add_f64, uint64_t, uint64_t, OP_DADD)
BOTH(add_f16, uint16_t, uint32_t, OP_HADD)
BOTH(add_f16x2, uint32_t, uint32_t, OP_H2ADD)
BOTH(add_bf16, uint16_t, uint32_t, OP_BADD)
BOTH(add_bf16x2, uint32_t, uint32_t, OP_B2ADD)
GLOBAL(min_f16, uint16_t, OP_HMIN)
GLOBAL(max_f16, uint16_t, OP_HMAX)
GLOBAL(min_f16x2, uint32_t, OP_H2MIN)
GLOBAL(max_f16x2, uint32_t, OP_H2MAX)
GLOBAL(min_bf16, uint16_t, OP_BMIN)
GLOBAL(max_bf16, uint16_t, OP_BMAX)
GLOBAL(min_bf16x2, uint32_t, OP_B2MIN)
GLOBAL(max_bf16x2, uint32_t, OP_B2MAX)

/*
 * The signature names the registers of d, b, c ("w=aww"); "#1" marks what spin locks are
 * made of: see warp.c
 */
#define ROWS(space)								\
	{ "atom." #space ".add.u32", "w=aw", atom_##space##_add_32 },		\
	{ "atom." #space ".add.s32", "w=aw", atom_##space##_add_32 },		\
	{ "atom." #space ".add.u64", "q=aq", atom_##space##_add_64 },		\
	{ "atom." #space ".and.b32", "w=aw", atom_##space##_and_32 },		\
	{ "atom." #space ".and.b64", "q=aq", atom_##space##_and_64 },		\
	{ "atom." #space ".or.b32", "w=aw", atom_##space##_or_32 },		\
	{ "atom." #space ".or.b64", "q=aq", atom_##space##_or_64 },		\
	{ "atom." #space ".xor.b32", "w=aw", atom_##space##_xor_32 },		\
	{ "atom." #space ".xor.b64", "q=aq", atom_##space##_xor_64 },		\
	{ "atom." #space ".min.u32", "w=aw", atom_##space##_min_u32 },		\
	{ "atom." #space ".min.s32", "w=aw", atom_##space##_min_s32 },		\
	{ "atom." #space ".min.u64", "q=aq", atom_##space##_min_u64 },		\
	{ "atom." #space ".min.s64", "q=aq", atom_##space##_min_s64 },		\
	{ "atom." #space ".max.u32", "w=aw", atom_##space##_max_u32 },		\
	{ "atom." #space ".max.s32", "w=aw", atom_##space##_max_s32 },		\
	{ "atom." #space ".max.u64", "q=aq", atom_##space##_max_u64 },		\
	{ "atom." #space ".max.s64", "q=aq", atom_##space##_max_s64 },		\
	{ "atom." #space ".exch.b32", "w=aw#1", atom_##space##_exch_32 },	\
	{ "atom." #space ".exch.b64", "q=aq#1", atom_##space##_exch_64 },	\
	{ "atom." #space ".cas.b16", "h=ahh#1", atom_##space##_cas_16 },	\
	{ "atom." #space ".cas.b32", "w=aww#1", atom_##space##_cas_32 },	\
	{ "atom." #space ".cas.b64", "q=aqq#1", atom_##space##_cas_64 },	\
	{ "atom." #space ".inc.u32", "w=aw", atom_##space##_inc_u32 },		\
	{ "atom." #space ".dec.u32", "w=aw", atom_##space##_dec_u32 },		\
	{ "atom." #space ".add.f32", "f=af", atom_##space##_add_f32 },		\
	{ "atom." #space ".add.f64", "d=ad", atom_##space##_add_f64 },		\
	{ "atom." #space ".add.f16", "h=ah", atom_##space##_add_f16 },		\
	{ "atom." #space ".add.f16x2", "w=aw", atom_##space##_add_f16x2 },	\
	{ "atom." #space ".add.bf16", "h=ah", atom_##space##_add_bf16 },	\
	{ "atom." #space ".add.bf16x2", "w=aw", atom_##space##_add_bf16x2 }

static const struct exec_op table[] = {
	ROWS(global), ROWS(shared),
	/* As elements of vectors, which are in global memory only */
	{ "atom.global.min.f16", "h=ah", atom_global_min_f16 },
	{ "atom.global.max.f16", "h=ah", atom_global_max_f16 },
	{ "atom.global.min.f16x2", "w=aw", atom_global_min_f16x2 },
	{ "atom.global.max.f16x2", "w=aw", atom_global_max_f16x2 },
	{ "atom.global.min.bf16", "h=ah", atom_global_min_bf16 },
	{ "atom.global.max.bf16", "h=ah", atom_global_max_bf16 },
	{ "atom.global.min.bf16x2", "w=aw", atom_global_min_bf16x2 },
	{ "atom.global.max.bf16x2", "w=aw", atom_global_max_bf16x2 },
};

EXEC_FAMILY(exec_atom, table);
