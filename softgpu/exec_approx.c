/* SPDX-License-Identifier: MIT */
/*
 * exec_approx.c - the .approx instructions
 *
 * PTX gives each an error bound; computing in double precision and rounding once stays
 * within all of them, and the two roundings of rsqrt within its.  Subnormals: .ftz flushes operands and results; without it ex2,
 * rcp, rsqrt and sqrt are correct for them too.
 */

#include <math.h>

#include "softgpu/exec_half.h"
#include "softgpu/exec_ops.h"

static inline float canonical(float x)
{
	return x == x ? x : bits_float(F32_NAN);
}

#define Z(x)	flush32(x)

/* 2^x for any float, to about 2^-36: 2^n times a polynomial in the fraction */
static inline float exp2_approx(float x)
{
	double v = x < -1000.0f ? -1000.0 : x > 1000.0f ? 1000.0 : (double)x;
	double t = v + 0x1.8p52, f = (v - (t - 0x1.8p52)) * 0.69314718055994530942, p;

	p = 1.0 / 362880 * f + 1.0 / 40320;
	p = p * f + 1.0 / 5040;
	p = p * f + 1.0 / 720;
	p = p * f + 1.0 / 120;
	p = p * f + 1.0 / 24;
	p = p * f + 1.0 / 6;
	p = p * f + 0.5;
	p = p * f + 1.0;
	p = p * f + 1.0;
	/* The low bits of t are n */
	p *= bits_double((double_bits(t) + 1023) << 52);
	return x == x ? (float)p : bits_float(F32_NAN);
}

/* log2 to about 2^-40: x is 2^n m with m near 1, and log m a series in (m - 1) / (m + 1) */
static inline float log2_approx(float x)
{
	const uint64_t bits = double_bits((double)x), half = 0x3fe6a09e667f3bcdull;	/* of sqrt(1/2) */
	const int64_t n = (int64_t)(bits - half) >> 52;
	const double m = bits_double(bits - ((uint64_t)n << 52));
	const double s = (m - 1.0) / (m + 1.0), z = s * s;
	double p = 2.0 / 15 * z + 2.0 / 13;

	p = p * z + 2.0 / 11;
	p = p * z + 2.0 / 9;
	p = p * z + 2.0 / 7;
	p = p * z + 2.0 / 5;
	p = p * z + 2.0 / 3;
	p = p * z + 2.0;
	/* n as a double without a conversion of 64 bits */
	p = p * s * 1.44269504088896340736 + (bits_double((uint64_t)n + 0x4338000000000000ull) - 0x1.8p52);
	p = x == 0.0f ? -(double)INFINITY : p;
	p = x == INFINITY ? (double)INFINITY : p;
	return x >= 0.0f ? (float)p : bits_float(F32_NAN);
}

/* Beyond it the quarter turns cannot be taken off with two parts of pi/2 */
#define TURNS_MAX	0x1p20f

/* sin(x + quarter * pi/2) for |x| up to TURNS_MAX, to about 2^-40 */
static inline float turn_approx(float x, uint64_t quarter)
{
	const double v = (double)x, t = v * 0.63661977236758134308 + 0x1.8p52, n = t - 0x1.8p52;
	/* pi/2 in two parts, of which the first times n is exact */
	const double r = (v - n * 0x1.921fb544p0) - n * 0x1.0b4611a626331p-34, z = r * r;
	const uint64_t turns = double_bits(t) + quarter;
	double s = 1.0 / 6227020800 * z - 1.0 / 39916800, c = 1.0 / 479001600 * z - 1.0 / 3628800;

	s = s * z + 1.0 / 362880;
	s = s * z - 1.0 / 5040;
	s = s * z + 1.0 / 120;
	s = s * z - 1.0 / 6;
	s = (s * z + 1.0) * r;
	c = c * z + 1.0 / 40320;
	c = c * z - 1.0 / 720;
	c = c * z + 1.0 / 24;
	c = c * z - 0.5;
	c = c * z + 1.0;
	return (float)bits_double(double_bits(turns & 1 ? c : s) ^ (turns & 2) << 62);
}

/* sin, cos: the vector way when all lanes allow it */
#define TURN(name, FLUSH, F, quarter)						\
	HANDLER(name)								\
	{									\
		float *d = RESULT(float, w, in->o[0]);				\
		const float *a = operand(w, in->o[1]);				\
		uint32_t far = 0;						\
										\
		EACH_LANE							\
			far |= __builtin_fabsf(a[i]) <= TURNS_MAX ? 0 : w->mask & lane_bit[i];	\
		if (unlikely(far))						\
			STORE_LANES(float, w, d, canonical(FLUSH((float)F((double)FLUSH(a[i])))));	\
		else								\
			STORE_LANES(float, w, d, FLUSH(turn_approx(FLUSH(a[i]), quarter)));	\
		return in + 1;							\
	}

#define ASIS(x)	(x)

TURN(do_sin, ASIS, sin, 0)
TURN(do_sin_z, Z, sin, 0)
TURN(do_cos, ASIS, cos, 1)
TURN(do_cos_z, Z, cos, 1)

#define APPROX(name, F)								\
	UNARY(name, float, float, canonical(F(a[i])))				\
	UNARY(name##_z, float, float, canonical(Z(F(Z(a[i])))))

#define RCP(x)		(1.0f / (x))
#define RSQRT(x)	(1.0f / __builtin_sqrtf(x))
#define SQRT(x)		__builtin_sqrtf(x)
#define TANH(x)		((float)tanh((double)(x)))

APPROX(do_rcp, RCP)
APPROX(do_rsqrt, RSQRT)
APPROX(do_sqrt, SQRT)
UNARY(do_tanh, float, float, canonical(TANH(a[i])))
APPROX(do_ex2, exp2_approx)
APPROX(do_lg2, log2_approx)

BINARY(do_div, float, float, canonical(a[i] / b[i]))
BINARY(do_div_z, float, float, canonical(Z(Z(a[i]) / Z(b[i]))))

static inline double flush64(double x)
{
	uint64_t bits = double_bits(x);

	return bits_double(bits >> 52 & 0x7ff ? bits : bits & 1ull << 63);
}

/* The hardware's result has its low 32 bits zero; the full result is nearer the truth */
UNARY(rcp64, double, double, flush64(1.0 / flush64(a[i])))
UNARY(rsqrt64, double, double, 1.0 / __builtin_sqrt(a[i]))
UNARY(rsqrt64_z, double, double, flush64(1.0 / __builtin_sqrt(flush64(a[i]))))

#define ROWS(op, name)								\
	{ op ".approx.f32", "f=f", name }, { op ".approx.ftz.f32", "f=f", name##_z }

static const struct exec_op table[] = {
	ROWS("rcp", do_rcp), ROWS("rsqrt", do_rsqrt), ROWS("sqrt", do_sqrt), ROWS("sin", do_sin),
	ROWS("cos", do_cos), ROWS("ex2", do_ex2), ROWS("lg2", do_lg2),
	{ "tanh.approx.f32", "f=f", do_tanh },
	{ "div.approx.f32", "f=ff", do_div }, { "div.approx.ftz.f32", "f=ff", do_div_z },
	{ "div.full.f32", "f=ff", do_div }, { "div.full.ftz.f32", "f=ff", do_div_z },
	{ "rcp.approx.ftz.f64", "d=d", rcp64 },
	{ "rsqrt.approx.f64", "d=d", rsqrt64 }, { "rsqrt.approx.ftz.f64", "d=d", rsqrt64_z },
};

EXEC_FAMILY(exec_approx, table);
