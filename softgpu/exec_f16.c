/* SPDX-License-Identifier: MIT */
/*
 * exec_f16.c - half precision and bfloat16 arithmetic (PTX ISA, Half Precision
 * Floating-Point Instructions)
 *
 * Sums and products are computed in single precision and rounded once more: 24 bits are at
 * least twice 11 plus 2, so that the second rounding does no harm.  fma goes through double
 * precision rounded to odd.
 */

#include <math.h>

#include "softgpu/exec_half.h"
#include "softgpu/exec_ops.h"

enum { MOD_FTZ = 1, MOD_SAT = 2, MOD_RELU = 4, MOD_NAN = 8, MOD_XORSIGN = 16 };

/* The two formats: how to read, to round, to flush */
#define F16_IN(h)	half_to_float(h)
#define F16_OUT(x)	float_to_half(x)
#define F16_FUSED(x)	double_to_half(x, ROUND_NEAREST)
#define F16_FLUSH(h)	flush16(h)
#define BF16_IN(h)	bfloat_to_float(h)
#define BF16_OUT(x)	float_to_bfloat(x)
#define BF16_FUSED(x)	double_to_bfloat(x, ROUND_NEAREST)
#define BF16_FLUSH(h)	((h) & 0x7f80 ? (h) : (h) & 0x8000)

static inline float clamp01(float x)
{
	float low = x > 0.0f ? x : 0.0f;

	return low < 1.0f ? low : 1.0f;
}

static inline float smaller(float x, float y)
{
	float less = x < y || (x == y && float_bits(x) >> 31) ? x : y;

	return x != x ? y : y != y ? x : less;
}

static inline float larger(float x, float y)
{
	float more = x > y || (x == y && !(float_bits(x) >> 31)) ? x : y;

	return x != x ? y : y != y ? x : more;
}

static inline float minmax(float x, float y, bool max, unsigned mods)
{
	float r;

	if (mods & MOD_XORSIGN) {
		float ax = fabsf(x), ay = fabsf(y);
		uint32_t sign = (float_bits(x) ^ float_bits(y)) & 0x80000000;

		r = max ? larger(ax, ay) : smaller(ax, ay);
		r = bits_float((float_bits(r) & 0x7fffffff) | sign);
	} else {
		r = max ? larger(x, y) : smaller(x, y);
	}
	return (mods & MOD_NAN) && (x != x || y != y) ? bits_float(F32_NAN) : r;
}

/* One operation on one value of each format; @mods is constant where it is called */
#define DEFINE_FORMAT(P, name)							\
	static inline uint32_t finish_##name(float x, unsigned mods)		\
	{									\
		uint32_t h;							\
										\
		if (mods & MOD_SAT)						\
			x = clamp01(x);						\
		h = P##_OUT(x);							\
		return mods & MOD_FTZ ? P##_FLUSH(h) : h;			\
	}									\
	static inline float in_##name(uint32_t h, unsigned mods)		\
	{									\
		h &= 0xffff;							\
		return P##_IN(mods & MOD_FTZ ? P##_FLUSH(h) : h);		\
	}									\
	static inline uint32_t add_##name(uint32_t a, uint32_t b, unsigned mods)	\
	{									\
		return finish_##name(in_##name(a, mods) + in_##name(b, mods), mods);	\
	}									\
	static inline uint32_t sub_##name(uint32_t a, uint32_t b, unsigned mods)	\
	{									\
		return finish_##name(in_##name(a, mods) - in_##name(b, mods), mods);	\
	}									\
	static inline uint32_t mul_##name(uint32_t a, uint32_t b, unsigned mods)	\
	{									\
		return finish_##name(in_##name(a, mods) * in_##name(b, mods), mods);	\
	}									\
	static inline uint32_t min_##name(uint32_t a, uint32_t b, unsigned mods)	\
	{									\
		return finish_##name(minmax(in_##name(a, mods), in_##name(b, mods), false, mods), 0); \
	}									\
	static inline uint32_t max_##name(uint32_t a, uint32_t b, unsigned mods)	\
	{									\
		return finish_##name(minmax(in_##name(a, mods), in_##name(b, mods), true, mods), 0); \
	}									\
	static inline uint32_t fma_##name(uint32_t a, uint32_t b, uint32_t c, unsigned mods)	\
	{									\
		double product = (double)in_##name(a, mods) * in_##name(b, mods);	\
		double sum = add_odd(product, in_##name(c, mods));		\
		uint32_t h;							\
										\
		if (mods & MOD_SAT)						\
			sum = sum > 0 ? sum < 1 ? sum : 1 : 0;			\
		h = P##_FUSED(sum);						\
		if ((mods & MOD_RELU) && (h & 0x8000))				\
			h = 0;							\
		return mods & MOD_FTZ ? P##_FLUSH(h) : h;			\
	}									\
	static inline uint32_t neg_##name(uint32_t a, unsigned mods)		\
	{									\
		return (mods & MOD_FTZ ? P##_FLUSH(a & 0xffff) : a & 0xffff) ^ 0x8000;	\
	}									\
	static inline uint32_t abs_##name(uint32_t a, unsigned mods)		\
	{									\
		return (mods & MOD_FTZ ? P##_FLUSH(a & 0xffff) : a) & 0x7fff;	\
	}									\
	static inline uint32_t ex2_##name(uint32_t a, unsigned mods)		\
	{									\
		return finish_##name((float)exp2((double)in_##name(a, mods)), mods);	\
	}									\
	static inline uint32_t tanh_##name(uint32_t a, unsigned mods)		\
	{									\
		return finish_##name((float)tanh((double)in_##name(a, mods)), mods);	\
	}

DEFINE_FORMAT(F16, f16)
DEFINE_FORMAT(BF16, bf16)

#define TWICE1(f, x, m)		(f(x, m) | f((x) >> 16, m) << 16)
#define TWICE2(f, x, y, m)	(f(x, y, m) | f((x) >> 16, (y) >> 16, m) << 16)
#define TWICE3(f, x, y, z, m)	(f(x, y, z, m) | f((x) >> 16, (y) >> 16, (z) >> 16, m) << 16)

#define ONE(op, fmt, tag, m)							\
	UNARY(do_##op##fmt##tag, uint32_t, uint32_t, op##_##fmt(a[i], m))		\
	UNARY(do_##op##fmt##x2##tag, uint32_t, uint32_t, TWICE1(op##_##fmt, a[i], m))
#define TWO(op, fmt, tag, m)							\
	BINARY(do_##op##fmt##tag, uint32_t, uint32_t, op##_##fmt(a[i], b[i], m))	\
	BINARY(do_##op##fmt##x2##tag, uint32_t, uint32_t, TWICE2(op##_##fmt, a[i], b[i], m))
#define THREE(op, fmt, tag, m)							\
	TERNARY(do_##op##fmt##tag, uint32_t, uint32_t, op##_##fmt(a[i], b[i], c[i], m))	\
	TERNARY(do_##op##fmt##x2##tag, uint32_t, uint32_t, TWICE3(op##_##fmt, a[i], b[i], c[i], m))

/* What both formats have, what only half precision has, and what only bfloat16 has */
#define FORMAT(fmt)								\
	TWO(add, fmt, , 0) TWO(sub, fmt, , 0) TWO(mul, fmt, , 0)		\
	THREE(fma, fmt, , 0) THREE(fma, fmt, _r, MOD_RELU)			\
	TWO(min, fmt, , 0) TWO(min, fmt, _n, MOD_NAN) TWO(min, fmt, _x, MOD_XORSIGN)	\
	TWO(min, fmt, _nx, MOD_NAN | MOD_XORSIGN)				\
	TWO(max, fmt, , 0) TWO(max, fmt, _n, MOD_NAN) TWO(max, fmt, _x, MOD_XORSIGN)	\
	TWO(max, fmt, _nx, MOD_NAN | MOD_XORSIGN)				\
	ONE(neg, fmt, , 0) ONE(abs, fmt, , 0) ONE(tanh, fmt, , 0)

#define TWO_Z(op, fmt)								\
	TWO(op, fmt, _z, MOD_FTZ) TWO(op, fmt, _s, MOD_SAT) TWO(op, fmt, _zs, MOD_FTZ | MOD_SAT)
#define MINMAX_Z(op, fmt)							\
	TWO(op, fmt, _z, MOD_FTZ) TWO(op, fmt, _zn, MOD_FTZ | MOD_NAN)		\
	TWO(op, fmt, _zx, MOD_FTZ | MOD_XORSIGN)				\
	TWO(op, fmt, _znx, MOD_FTZ | MOD_NAN | MOD_XORSIGN)

FORMAT(f16)
FORMAT(bf16)
TWO_Z(add, f16)
TWO_Z(sub, f16)
TWO_Z(mul, f16)
THREE(fma, f16, _z, MOD_FTZ)
THREE(fma, f16, _s, MOD_SAT)
THREE(fma, f16, _zs, MOD_FTZ | MOD_SAT)
THREE(fma, f16, _zr, MOD_FTZ | MOD_RELU)
MINMAX_Z(min, f16)
MINMAX_Z(max, f16)
ONE(neg, f16, _z, MOD_FTZ)
ONE(abs, f16, _z, MOD_FTZ)
ONE(ex2, f16, , 0)
ONE(ex2, bf16, _z, MOD_FTZ)

#define MINMAX_ROWS(op, fmt, type, sig)						\
	{ #op "." type, sig, do_##op##fmt }, { #op ".NaN." type, sig, do_##op##fmt##_n },	\
	{ #op ".xorsign.abs." type, sig, do_##op##fmt##_x },			\
	{ #op ".NaN.xorsign.abs." type, sig, do_##op##fmt##_nx }
#define FORMAT_ROWS(fmt, type, l)						\
	{ "add." type, l "=" l l, do_add##fmt }, { "sub." type, l "=" l l, do_sub##fmt },	\
	{ "mul." type, l "=" l l, do_mul##fmt }, { "fma." type, l "=" l l l, do_fma##fmt },	\
	{ "fma.relu." type, l "=" l l l, do_fma##fmt##_r },			\
	MINMAX_ROWS(min, fmt, type, l "=" l l), MINMAX_ROWS(max, fmt, type, l "=" l l),	\
	{ "neg." type, l "=" l, do_neg##fmt }, { "abs." type, l "=" l, do_abs##fmt },	\
	{ "tanh.approx." type, l "=" l, do_tanh##fmt }

#define ARITH_ROWS_Z(op, fmt, type, sig)					\
	{ #op ".ftz." type, sig, do_##op##fmt##_z }, { #op ".sat." type, sig, do_##op##fmt##_s },	\
	{ #op ".ftz.sat." type, sig, do_##op##fmt##_zs }
#define MINMAX_ROWS_Z(op, fmt, type, sig)					\
	{ #op ".ftz." type, sig, do_##op##fmt##_z },				\
	{ #op ".ftz.NaN." type, sig, do_##op##fmt##_zn },			\
	{ #op ".ftz.xorsign.abs." type, sig, do_##op##fmt##_zx },		\
	{ #op ".ftz.NaN.xorsign.abs." type, sig, do_##op##fmt##_znx }
#define FORMAT_ROWS_Z(fmt, type, l)						\
	ARITH_ROWS_Z(add, fmt, type, l "=" l l), ARITH_ROWS_Z(sub, fmt, type, l "=" l l),	\
	ARITH_ROWS_Z(mul, fmt, type, l "=" l l), ARITH_ROWS_Z(fma, fmt, type, l "=" l l l),	\
	{ "fma.ftz.relu." type, l "=" l l l, do_fma##fmt##_zr },			\
	MINMAX_ROWS_Z(min, fmt, type, l "=" l l), MINMAX_ROWS_Z(max, fmt, type, l "=" l l),	\
	{ "neg.ftz." type, l "=" l, do_neg##fmt##_z },				\
	{ "abs.ftz." type, l "=" l, do_abs##fmt##_z },				\
	{ "ex2.approx." type, l "=" l, do_ex2##fmt }

static const struct exec_op table[] = {
	FORMAT_ROWS(f16, "f16", "h"), FORMAT_ROWS(f16x2, "f16x2", "w"),
	FORMAT_ROWS(bf16, "bf16", "h"), FORMAT_ROWS(bf16x2, "bf16x2", "w"),
	FORMAT_ROWS_Z(f16, "f16", "h"), FORMAT_ROWS_Z(f16x2, "f16x2", "w"),
	{ "ex2.approx.ftz.bf16", "h=h", do_ex2bf16_z }, { "ex2.approx.ftz.bf16x2", "w=w", do_ex2bf16x2_z },
};

EXEC_FAMILY(exec_f16, table);
