/* SPDX-License-Identifier: MIT */
/*
 * exec_float.c - single and double precision to nearest even (PTX ISA, Floating-Point
 * Instructions); the other roundings are in exec_round.c, the approximations in
 * exec_approx.c
 *
 * A NaN result of single precision is 0x7fffffff whatever went in; double precision passes
 * payloads on.  .ftz flushes subnormal operands and results, .sat clamps to [0, 1] and
 * turns a NaN into 0.
 */

#include <math.h>

#include "softgpu/exec_half.h"
#include "softgpu/exec_ops.h"

static inline float canonical(float x)
{
	return x == x ? x : bits_float(F32_NAN);
}

static inline float saturate(float x)
{
	/* The order of the comparisons turns a NaN into 0 */
	float low = x > 0.0f ? x : 0.0f;

	return low < 1.0f ? low : 1.0f;
}

#define Z(x)	flush32(x)

/*
 * Products are flushed by what they are before they are cut to the fewer bits of a subnormal number,
 * which may make them 2^-126: @scaled, 2^100 times @r, has all bits
 */
static inline float uncut(float r, float scaled)
{
	return __builtin_fabsf(scaled) < 0x1p-26f ? r * 0.0f : r;
}

#define UP(x)	(Z(x) * 0x1p100f)

/* The shapes of an instruction: two by .ftz, and as many by .sat where there is that */
#define FLUSH_SHAPES(KIND, name, e_plain, e_ftz)				\
	KIND(name, float, float, canonical(e_plain))				\
	KIND(name##_z, float, float, canonical(Z(e_ftz)))
#define SHAPES(KIND, name, e_plain, e_ftz)					\
	FLUSH_SHAPES(KIND, name, e_plain, e_ftz)				\
	KIND(name##_s, float, float, saturate(e_plain))				\
	KIND(name##_zs, float, float, saturate(Z(e_ftz)))

SHAPES(BINARY, do_add, a[i] + b[i], Z(a[i]) + Z(b[i]))
SHAPES(BINARY, do_sub, a[i] - b[i], Z(a[i]) - Z(b[i]))
SHAPES(BINARY, do_mul, a[i] * b[i], uncut(Z(a[i]) * Z(b[i]), UP(a[i]) * Z(b[i])))
SHAPES(TERNARY, do_fma, __builtin_fmaf(a[i], b[i], c[i]),
       uncut(__builtin_fmaf(Z(a[i]), Z(b[i]), Z(c[i])), __builtin_fmaf(UP(a[i]), Z(b[i]), UP(c[i]))))
FLUSH_SHAPES(BINARY, do_div, a[i] / b[i], Z(a[i]) / Z(b[i]))
FLUSH_SHAPES(UNARY, do_rcp, 1.0f / a[i], 1.0f / Z(a[i]))
FLUSH_SHAPES(UNARY, do_sqrt, __builtin_sqrtf(a[i]), __builtin_sqrtf(Z(a[i])))

UNARY(do_neg, uint32_t, uint32_t, a[i] ^ 0x80000000)
UNARY(do_neg_z, uint32_t, float, float_bits(Z(a[i])) ^ 0x80000000)
UNARY(do_abs, uint32_t, uint32_t, a[i] & 0x7fffffff)
UNARY(do_abs_z, uint32_t, float, float_bits(Z(a[i])) & 0x7fffffff)
BINARY(do_copysign, uint32_t, uint32_t, (b[i] & 0x7fffffff) | (a[i] & 0x80000000))

/* -0 is less than +0; a NaN loses against a number */
static inline float min32(float x, float y)
{
	float less = x < y || (x == y && float_bits(x) >> 31) ? x : y;

	return x != x ? y : y != y ? x : less;
}

static inline float max32(float x, float y)
{
	float more = x > y || (x == y && !(float_bits(x) >> 31)) ? x : y;

	return x != x ? y : y != y ? x : more;
}

/* .NaN: a NaN wins */
static inline float nan_wins(float x, float y, float result)
{
	return x == x && y == y ? result : bits_float(F32_NAN);
}

/* .xorsign.abs: of magnitudes, with the product's sign */
static inline float xorsign(float x, float y, float result)
{
	uint32_t sign = (float_bits(x) ^ float_bits(y)) & 0x80000000;

	return bits_float((float_bits(result) & 0x7fffffff) | sign);
}

#define MAG(x)	bits_float(float_bits(x) & 0x7fffffff)

#define MINMAX(name)								\
	BINARY(name, float, float, canonical(name##32(a[i], b[i])))		\
	BINARY(name##_z, float, float, canonical(name##32(Z(a[i]), Z(b[i]))))	\
	BINARY(name##_nan, float, float, nan_wins(a[i], b[i], name##32(a[i], b[i])))	\
	BINARY(name##_nan_z, float, float,					\
	       nan_wins(a[i], b[i], name##32(Z(a[i]), Z(b[i]))))		\
	BINARY(name##_x, float, float,						\
	       canonical(xorsign(a[i], b[i], name##32(MAG(a[i]), MAG(b[i])))))	\
	BINARY(name##_xz, float, float,						\
	       canonical(xorsign(a[i], b[i], name##32(MAG(Z(a[i])), MAG(Z(b[i]))))))	\
	BINARY(name##_xn, float, float,						\
	       nan_wins(a[i], b[i], xorsign(a[i], b[i], name##32(MAG(a[i]), MAG(b[i])))))	\
	BINARY(name##_xnz, float, float,					\
	       nan_wins(a[i], b[i], xorsign(a[i], b[i], name##32(MAG(Z(a[i])), MAG(Z(b[i]))))))	\
	TERNARY(name##3, float, float, canonical(name##32(name##32(a[i], b[i]), c[i])))

MINMAX(min)
MINMAX(max)

/* ---- double precision ---- */

BINARY(add64, double, double, a[i] + b[i])
BINARY(sub64, double, double, a[i] - b[i])
BINARY(mul64, double, double, a[i] * b[i])
TERNARY(fma64, double, double, __builtin_fma(a[i], b[i], c[i]))
BINARY(div64, double, double, a[i] / b[i])
UNARY(rcp64, double, double, 1.0 / a[i])
UNARY(sqrt64, double, double, __builtin_sqrt(a[i]))
UNARY(neg64, uint64_t, uint64_t, a[i] ^ 1ull << 63)
UNARY(abs64, uint64_t, uint64_t, a[i] & ~(1ull << 63))
BINARY(copysign64, uint64_t, uint64_t, (b[i] & ~(1ull << 63)) | (a[i] & 1ull << 63))

static inline double min_f64(double x, double y)
{
	double less = x < y || (x == y && double_bits(x) >> 63) ? x : y;

	return x != x ? y : y != y ? x : less;
}

static inline double max_f64(double x, double y)
{
	double more = x > y || (x == y && !(double_bits(x) >> 63)) ? x : y;

	return x != x ? y : y != y ? x : more;
}

BINARY(min64, double, double, min_f64(a[i], b[i]))
BINARY(max64, double, double, max_f64(a[i], b[i]))

/* add.f32, add.ftz.f32, add.sat.f32, add.ftz.sat.f32 */
#define FLUSH_ROWS(op, sig, name)						\
	{ op ".f32", sig, name }, { op ".ftz.f32", sig, name##_z }
#define SHAPE_ROWS(op, sig, name)						\
	FLUSH_ROWS(op, sig, name),						\
	{ op ".sat.f32", sig, name##_s }, { op ".ftz.sat.f32", sig, name##_zs }
#define MINMAX_ROWS(op, name)							\
	{ op ".f32", "f=ff", name }, { op ".ftz.f32", "f=ff", name##_z },	\
	{ op ".NaN.f32", "f=ff", name##_nan }, { op ".ftz.NaN.f32", "f=ff", name##_nan_z },	\
	{ op ".xorsign.abs.f32", "f=ff", name##_x },				\
	{ op ".ftz.xorsign.abs.f32", "f=ff", name##_xz },			\
	{ op ".NaN.xorsign.abs.f32", "f=ff", name##_xn },			\
	{ op ".ftz.NaN.xorsign.abs.f32", "f=ff", name##_xnz },			\
	{ op "3.f32", "f=fff", name##3 }

static const struct exec_op table[] = {
	SHAPE_ROWS("add", "f=ff", do_add), SHAPE_ROWS("sub", "f=ff", do_sub),
	SHAPE_ROWS("mul", "f=ff", do_mul), SHAPE_ROWS("fma", "f=fff", do_fma),
	SHAPE_ROWS("mad", "f=fff", do_fma), FLUSH_ROWS("div", "f=ff", do_div),
	FLUSH_ROWS("rcp", "f=f", do_rcp), FLUSH_ROWS("sqrt", "f=f", do_sqrt),
	{ "neg.f32", "f=f", do_neg }, { "neg.ftz.f32", "f=f", do_neg_z },
	{ "abs.f32", "f=f", do_abs }, { "abs.ftz.f32", "f=f", do_abs_z },
	{ "copysign.f32", "f=ff", do_copysign },
	MINMAX_ROWS("min", min), MINMAX_ROWS("max", max),
	{ "add.f64", "d=dd", add64 }, { "sub.f64", "d=dd", sub64 }, { "mul.f64", "d=dd", mul64 },
	{ "fma.f64", "d=ddd", fma64 }, { "mad.f64", "d=ddd", fma64 },
	{ "div.f64", "d=dd", div64 }, { "rcp.f64", "d=d", rcp64 }, { "sqrt.f64", "d=d", sqrt64 },
	{ "neg.f64", "d=d", neg64 }, { "abs.f64", "d=d", abs64 },
	{ "copysign.f64", "d=dd", copysign64 },
	{ "min.f64", "d=dd", min64 }, { "max.f64", "d=dd", max64 },
};

EXEC_FAMILY(exec_float, table);
