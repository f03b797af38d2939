/* SPDX-License-Identifier: MIT */
/*
 * exec_cvt.c - cvt (PTX ISA, Data Movement and Conversion Instructions: cvt)
 *
 * The conversions that programs are full of have handlers of their own.  All others, some
 * thousand combinations of types, roundings and clamps, go through "cvt.any": read the
 * lane as an integer or a double (which holds every narrower float exactly), convert,
 * write.
 */

#include <fenv.h>
#include <math.h>

#include "softgpu/exec_cvt.h"
#include "softgpu/exec_ops.h"
#include "softgpu/ptx_parse.h"

static bool is_float(enum ptx_type type)
{
	return type >= PTX_F16 && type <= PTX_F64;
}

static bool is_signed(enum ptx_type type)
{
	return type >= PTX_S8 && type <= PTX_S64;
}

static unsigned type_bits(enum ptx_type type)
{
	switch (type) {
	case PTX_B8: case PTX_U8: case PTX_S8:
		return 8;
	case PTX_B16: case PTX_U16: case PTX_S16:
		return 16;
	case PTX_B32: case PTX_U32: case PTX_S32:
		return 32;
	default:
		return 64;
	}
}

/* struct value - a lane on its way; @i is sign- or zero-extended, as @is_signed says */
struct value {
	double f;
	uint64_t i;
	bool is_signed;
};

static struct value read_lane(const void *a, unsigned lane, enum ptx_type type)
{
	struct value v = { .is_signed = is_signed(type) };
	const uint32_t *narrow = a;
	const uint64_t *wide = a;

	switch (type) {
	case PTX_U8: case PTX_B8:
		v.i = (uint8_t)narrow[lane];
		break;
	case PTX_S8:
		v.i = (uint64_t)(int64_t)(int8_t)narrow[lane];
		break;
	case PTX_U16: case PTX_B16:
		v.i = (uint16_t)narrow[lane];
		break;
	case PTX_S16:
		v.i = (uint64_t)(int64_t)(int16_t)narrow[lane];
		break;
	case PTX_U32: case PTX_B32:
		v.i = narrow[lane];
		break;
	case PTX_S32:
		v.i = (uint64_t)(int64_t)(int32_t)narrow[lane];
		break;
	case PTX_F16:
		v.f = half_to_float(narrow[lane]);
		break;
	case PTX_BF16:
		v.f = bfloat_to_float(narrow[lane]);
		break;
	case PTX_F32: case PTX_TF32:
		v.f = bits_float(narrow[lane]);
		break;
	case PTX_F64:
		v.f = bits_double(wide[lane]);
		break;
	default:
		v.i = wide[lane];
	}
	return v;
}

static const int fe_modes[] = {
	[ROUND_NEAREST] = FE_TONEAREST, [ROUND_ZERO] = FE_TOWARDZERO, [ROUND_DOWN] = FE_DOWNWARD,
	[ROUND_UP] = FE_UPWARD, [ROUND_AWAY] = FE_TONEAREST,
};

static double round_integral(double x, enum rounding mode)
{
	switch (mode) {
	case ROUND_ZERO:
		return trunc(x);
	case ROUND_DOWN:
		return floor(x);
	case ROUND_UP:
		return ceil(x);
	default:
		return nearbyint(x);
	}
}

static uint64_t clamp_integer(struct value v, enum ptx_type to)
{
	unsigned bits = type_bits(to);
	uint64_t max = is_signed(to) ? (1ull << (bits - 1)) - 1 : ~0ull >> (64 - bits);
	int64_t min = is_signed(to) ? -(int64_t)max - 1 : 0;

	if (v.is_signed && (int64_t)v.i < 0)
		return (int64_t)v.i < min ? (uint64_t)min : v.i;
	return v.i > max ? max : v.i;
}

/* Out of range clamps; a NaN is 0, or the top bit of @to when 64 bits are involved */
static uint64_t float_to_integer(double x, enum ptx_type from, enum ptx_type to,
				 enum rounding mode)
{
	unsigned bits = type_bits(to);
	double top = is_signed(to) ? ldexp(1.0, (int)bits - 1) : ldexp(1.0, (int)bits);

	if (x != x)
		return from != PTX_F64 && bits < 64 ? 0 : (is_signed(to) ? ~0ull : 1) << (bits - 1);
	x = round_integral(x, mode);
	if (is_signed(to)) {
		if (x >= top)
			return (1ull << (bits - 1)) - 1;
		return x < -top ? (uint64_t)-1 << (bits - 1) : (uint64_t)(int64_t)x;
	}
	if (x >= top)
		return ~0ull >> (64 - bits);
	return x < 0 ? 0 : (uint64_t)x;
}

/* An integer as a double rounded to odd */
static double integer_to_odd(struct value v)
{
	bool negative = v.is_signed && (int64_t)v.i < 0;
	uint64_t mag = negative ? 0 - v.i : v.i;

	if (mag >> 53)
		mag = (mag & ~0x7ffull) | (mag & 0x7ff ? 0x800 : 0);
	return negative ? -(double)mag : (double)mag;
}

static uint32_t to_float(struct value v, bool from_integer, enum rounding mode)
{
	volatile float r;

	fesetround(fe_modes[mode]);
	if (!from_integer)
		r = (float)v.f;
	else if (v.is_signed)
		r = (float)(int64_t)v.i;
	else
		r = (float)v.i;
	fesetround(FE_TONEAREST);
	return float_bits(r);
}

static uint64_t to_double(struct value v, bool from_integer, enum rounding mode)
{
	volatile double r;

	if (!from_integer)
		return double_bits(v.f);
	fesetround(fe_modes[mode]);
	/* clang converts unsigned numbers with subtractions, and x - x is -0 where it rounds downwards */
	if (v.is_signed || (int64_t)v.i >= 0)
		r = (double)(int64_t)v.i;
	else
		r = 2 * (double)(int64_t)(v.i >> 1 | (v.i & 1));
	fesetround(FE_TONEAREST);
	return double_bits(r);
}

/* tf32: a float with 10 fraction bits */
static uint32_t to_tf32(float x, enum rounding mode)
{
	uint32_t bits = float_bits(x), cut = bits & 0x1fff;

	if (x != x)
		return F32_NAN;
	if ((bits & 0x7f800000) != 0x7f800000)
		bits += round_up(mode, bits >> 31, bits >> 13, cut, 0x1000) << 13;
	return bits & ~0x1fffu;
}

static uint64_t to_floating(struct value v, uint32_t aux, enum ptx_type from, enum ptx_type to)
{
	enum rounding mode = (enum rounding)(aux >> CVT_ROUND_SHIFT & 7);
	bool from_integer = !is_float(from);

	if (!from_integer) {
		if (aux & CVT_INTEGER)
			v.f = round_integral(v.f, mode);
		if (aux & CVT_SAT)
			v.f = v.f > 0 ? v.f < 1 ? v.f : 1 : 0;
		if (aux & CVT_RELU)
			v.f = v.f > 0 || v.f != v.f ? v.f : 0;
	}
	switch (to) {
	case PTX_F64:
		return to_double(v, from_integer, mode);
	case PTX_F32:
		/* Doubles and bfloat16 leave their NaN's bits */
		if (v.f != v.f && from != PTX_F64 && from != PTX_BF16)
			return F32_NAN;
		return to_float(v, from_integer, mode);
	case PTX_TF32:
		return to_tf32((float)v.f, mode);
	case PTX_F16:
		return double_to_half(from_integer ? integer_to_odd(v) : v.f, mode);
	default:
		return double_to_bfloat(from_integer ? integer_to_odd(v) : v.f, mode);
	}
}

static uint64_t convert_lane(const void *a, unsigned lane, uint32_t aux)
{
	enum ptx_type to = (enum ptx_type)(aux >> CVT_TO_SHIFT & 31);
	enum ptx_type from = (enum ptx_type)(aux >> CVT_FROM_SHIFT & 31);
	struct value v = read_lane(a, lane, from);
	unsigned shift;
	uint64_t r;

	if ((aux & CVT_FTZ) && from == PTX_F32 && to != PTX_F16)
		v.f = flush32((float)v.f);
	if (is_float(to)) {
		r = to_floating(v, aux, from, to);
		if ((aux & CVT_FTZ) && to == PTX_F32)
			r = float_bits(flush32(bits_float((uint32_t)r)));
		if ((aux & CVT_SATFINITE) && to == PTX_F16 && (r & 0x7fff) == 0x7c00)
			r--;
		if ((aux & CVT_SATFINITE) && to == PTX_BF16 && (r & 0x7fff) == 0x7f80)
			r--;
		return r;
	}
	if (is_float(from))
		return float_to_integer(v.f, from, to, (enum rounding)(aux >> CVT_ROUND_SHIFT & 7));
	if (aux & CVT_SAT)
		return clamp_integer(v, to);
	/* Cut to the type, then extended by its sign to whatever the register takes */
	shift = 64 - type_bits(to);
	return is_signed(to) ? (uint64_t)((int64_t)(v.i << shift) >> shift) : v.i << shift >> shift;
}

HANDLER(cvt_any)
{
	const void *a = operand(w, in->o[1]);
	uint32_t *narrow = operand(w, in->o[0]);
	uint64_t *wide = operand(w, in->o[0]);

	EACH_ACTIVE(i, w->mask) {
		uint64_t r = convert_lane(a, i, in->aux);

		if (in->aux & CVT_REG64)
			wide[i] = r;
		else
			narrow[i] = in->aux & CVT_REG16 ? (uint16_t)r : (uint32_t)r;
	}
	return in + 1;
}

/* Two values into the halves of d: a above, b below */
HANDLER(cvt_pair)
{
	const void *a = operand(w, in->o[1]), *b = operand(w, in->o[2]);
	uint32_t *d = r32(w, in->o[0]);

	EACH_ACTIVE(i, w->mask)
		d[i] = (uint32_t)convert_lane(a, i, in->aux) << 16
		       | (uint32_t)(convert_lane(b, i, in->aux) & 0xffff);
	return in + 1;
}

/* cvt.pack.sat: a and b above the low parts of c */
HANDLER(cvt_pack)
{
	enum ptx_type to = (enum ptx_type)(in->aux >> CVT_TO_SHIFT & 31);
	const void *a = operand(w, in->o[1]), *b = operand(w, in->o[2]);
	const uint32_t *c = r32(w, in->o[3]);
	uint32_t *d = r32(w, in->o[0]);
	unsigned bits = type_bits(to);
	uint32_t mask = (1u << bits) - 1;

	EACH_ACTIVE(i, w->mask) {
		uint32_t hi = (uint32_t)clamp_integer(read_lane(a, i, PTX_S32), to) & mask;
		uint32_t lo = (uint32_t)clamp_integer(read_lane(b, i, PTX_S32), to) & mask;

		d[i] = lo | hi << bits | (bits == 16 ? 0 : c[i] << 2 * bits);
	}
	return in + 1;
}

/* ---- pairs of 8-bit floats; aux: see exec_cvt.h ---- */

static uint32_t to_fp8(double x, uint32_t aux)
{
	if (aux & FP8_RELU)
		x = x > 0 || x != x ? x : 0;
	return aux & FP8_E5M2 ? double_to_e5m2(x) : double_to_e4m3(x);
}

static uint32_t from_fp8(uint32_t x, uint32_t aux)
{
	double value = aux & FP8_E5M2 ? e5m2_to_double(x) : e4m3_to_double(x);

	if (aux & FP8_RELU)
		value = value > 0 || value != value ? value : 0;
	return double_to_half(value, ROUND_NEAREST);
}

BINARY(fp8_f32, uint32_t, float, to_fp8(a[i], in->aux) << 8 | to_fp8(b[i], in->aux))
UNARY(fp8_f16x2, uint32_t, uint32_t, to_fp8(half_to_float(a[i] >> 16), in->aux) << 8
				     | to_fp8(half_to_float(a[i]), in->aux))
UNARY(f16x2_fp8, uint32_t, uint32_t, from_fp8(a[i] >> 8 & 0xff, in->aux) << 16
				     | from_fp8(a[i] & 0xff, in->aux))

/* ---- the common ones ---- */

static inline float canonical(float x)
{
	return x == x ? x : bits_float(F32_NAN);
}

/* Out of range and NaN as float_to_integer() has them */
static inline int32_t trunc_s32(float x)
{
	float in = x >= -0x1p31f && x < 0x1p31f ? x : 0.0f;
	int32_t r = (int32_t)in;

	r = x >= 0x1p31f ? INT32_MAX : r;
	return x < -0x1p31f ? INT32_MIN : r;
}

static inline uint32_t trunc_u32(float x)
{
	int64_t r = (int64_t)(x >= 0.0f && x < 0x1p32f ? x : 0.0f);

	return x >= 0x1p32f ? UINT32_MAX : (uint32_t)r;
}

static inline int32_t trunc_s32_f64(double x)
{
	double in = x > -0x1p31 - 1 && x < 0x1p31 ? x : 0.0;
	int32_t r = (int32_t)in;

	r = x >= 0x1p31 ? INT32_MAX : r;
	return x <= -0x1p31 - 1 || x != x ? INT32_MIN : r;
}

/* To nearest even by adding and taking away 2^23, with x's sign */
static inline float nearest(float x)
{
	float mag = bits_float(float_bits(x) & 0x7fffffff);
	float r = mag < 0x1p23f ? mag + 0x1p23f - 0x1p23f : mag;

	return bits_float(float_bits(r) | (float_bits(x) & 0x80000000));
}

UNARY(zext_64, uint64_t, uint32_t, a[i])
UNARY(sext_64, uint64_t, int32_t, a[i])
UNARY(trunc_32, uint32_t, uint64_t, a[i])
UNARY(trunc_16, uint32_t, uint32_t, U16(a[i]))
UNARY(trunc_64_16, uint32_t, uint64_t, U16(a[i]))
UNARY(same_32, uint32_t, uint32_t, a[i])
UNARY(same_64, uint64_t, uint64_t, a[i])
UNARY(sext_16_32, uint32_t, uint32_t, (int32_t)S16(a[i]))
UNARY(sext_8_32, uint32_t, uint32_t, (int32_t)(int8_t)a[i])
UNARY(zext_8_32, uint32_t, uint32_t, (uint8_t)a[i])
UNARY(sext_8_16, uint32_t, uint32_t, U16((int8_t)a[i]))
UNARY(sext_16_64, uint64_t, uint32_t, (int64_t)S16(a[i]))
UNARY(f32_s32, float, int32_t, (float)a[i])
UNARY(f32_u32, float, uint32_t, (float)a[i])
UNARY(f32_s64, float, int64_t, (float)a[i])
UNARY(f32_u64, float, uint64_t, (float)a[i])
UNARY(f64_s32, double, int32_t, (double)a[i])
UNARY(f64_u32, double, uint32_t, (double)a[i])
UNARY(f64_s64, double, int64_t, (double)a[i])
UNARY(f64_u64, double, uint64_t, (double)a[i])
UNARY(f64_f32, double, float, (double)a[i])
UNARY(f64_f32z, double, float, (double)flush32(a[i]))
UNARY(f32_f64, float, double, (float)a[i])
UNARY(f32_f64z, float, double, flush32((float)a[i]))
UNARY(f32_f16, float, uint32_t, canonical(half_to_float(a[i])))
UNARY(f16_f32, uint32_t, float, float_to_half(a[i]))
UNARY(bf16_f32, uint32_t, float, float_to_bfloat(a[i]))
UNARY(s32_f32_rz, uint32_t, float, trunc_s32(a[i]))
UNARY(u32_f32_rz, uint32_t, float, trunc_u32(a[i]))
UNARY(s32_f32_rn, uint32_t, float, trunc_s32(nearest(a[i])))
UNARY(s32_f64_rz, uint32_t, double, trunc_s32_f64(a[i]))
UNARY(f32_rn, float, float, canonical(nearest(a[i])))
UNARY(f32_rz, float, float, canonical(__builtin_truncf(a[i])))
UNARY(f32_rm, float, float, canonical(__builtin_floorf(a[i])))
UNARY(f32_rp, float, float, canonical(__builtin_ceilf(a[i])))
UNARY(f64_rz, double, double, __builtin_trunc(a[i]))
UNARY(f64_rm, double, double, __builtin_floor(a[i]))
UNARY(f64_rp, double, double, __builtin_ceil(a[i]))

static const struct exec_op table[] = {
	{ "cvt.any", "", cvt_any }, { "cvt.pair", "", cvt_pair }, { "cvt.pack", "", cvt_pack },
	{ "cvt.fp8.f32", "", fp8_f32 }, { "cvt.fp8.f16x2", "", fp8_f16x2 },
	{ "cvt.f16x2.fp8", "", f16x2_fp8 },
	{ "cvt.u64.u32", "q=w", zext_64 }, { "cvt.s64.u32", "q=w", zext_64 },
	{ "cvt.s64.s32", "q=w", sext_64 }, { "cvt.u64.s32", "q=w", sext_64 },
	{ "cvt.u32.u64", "w=q", trunc_32 }, { "cvt.s32.s64", "w=q", trunc_32 },
	{ "cvt.u32.s64", "w=q", trunc_32 }, { "cvt.s32.u64", "w=q", trunc_32 },
	{ "cvt.u16.u32", "h=w", trunc_16 }, { "cvt.s16.s32", "h=w", trunc_16 },
	{ "cvt.u16.s32", "h=w", trunc_16 }, { "cvt.s16.u32", "h=w", trunc_16 },
	{ "cvt.u16.u64", "h=q", trunc_64_16 }, { "cvt.s16.s64", "h=q", trunc_64_16 },
	{ "cvt.u32.u16", "w=h", same_32 }, { "cvt.s32.u16", "w=h", same_32 },
	{ "cvt.u64.u16", "q=h", zext_64 }, { "cvt.s64.s16", "q=h", sext_16_64 },
	{ "cvt.s32.s16", "w=h", sext_16_32 }, { "cvt.u32.s16", "w=h", sext_16_32 },
	{ "cvt.s32.s8", "w=b", sext_8_32 }, { "cvt.u32.u8", "w=b", zext_8_32 },
	{ "cvt.u16.u8", "h=b", zext_8_32 }, { "cvt.s16.s8", "h=b", sext_8_16 },
	{ "cvt.u32.s32", "w=w", same_32 }, { "cvt.s32.u32", "w=w", same_32 },
	{ "cvt.u32.u32", "w=w", same_32 }, { "cvt.s32.s32", "w=w", same_32 },
	{ "cvt.u64.u64", "q=q", same_64 }, { "cvt.s64.s64", "q=q", same_64 },
	{ "cvt.rn.f32.s32", "f=w", f32_s32 }, { "cvt.rn.f32.u32", "f=w", f32_u32 },
	{ "cvt.rn.f32.s64", "f=q", f32_s64 }, { "cvt.rn.f32.u64", "f=q", f32_u64 },
	{ "cvt.rn.f64.s32", "d=w", f64_s32 }, { "cvt.rn.f64.u32", "d=w", f64_u32 },
	{ "cvt.rn.f64.s64", "d=q", f64_s64 }, { "cvt.rn.f64.u64", "d=q", f64_u64 },
	{ "cvt.f64.f32", "d=f", f64_f32 }, { "cvt.ftz.f64.f32", "d=f", f64_f32z },
	{ "cvt.rn.f32.f64", "f=d", f32_f64 }, { "cvt.rn.ftz.f32.f64", "f=d", f32_f64z },
	{ "cvt.f32.f16", "f=h", f32_f16 }, { "cvt.rn.f16.f32", "h=f", f16_f32 },
	{ "cvt.rn.bf16.f32", "h=f", bf16_f32 },
	{ "cvt.rzi.s32.f32", "w=f", s32_f32_rz }, { "cvt.rzi.u32.f32", "w=f", u32_f32_rz },
	{ "cvt.rni.s32.f32", "w=f", s32_f32_rn }, { "cvt.rzi.s32.f64", "w=d", s32_f64_rz },
	{ "cvt.rni.f32.f32", "f=f", f32_rn }, { "cvt.rzi.f32.f32", "f=f", f32_rz },
	{ "cvt.rmi.f32.f32", "f=f", f32_rm }, { "cvt.rpi.f32.f32", "f=f", f32_rp },
	{ "cvt.rzi.f64.f64", "d=d", f64_rz }, { "cvt.rmi.f64.f64", "d=d", f64_rm },
	{ "cvt.rpi.f64.f64", "d=d", f64_rp },
};

EXEC_FAMILY(exec_cvt, table);
