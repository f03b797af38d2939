/* SPDX-License-Identifier: MIT */
/*
 * exec_approx.c - the .approx instructions
 *
 * PTX gives each an error bound; computing in double precision and rounding once stays
 * within all of them.  Subnormals: .ftz flushes operands and results; without it ex2,
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

static inline float log2_approx(float x)
{
	return (float)log2((double)x);
}

#define APPROX(name, F)								\
	UNARY(name, float, float, canonical(F(a[i])))				\
	UNARY(name##_z, float, float, canonical(Z(F(Z(a[i])))))

#define RCP(x)		(1.0f / (x))
#define RSQRT(x)	((float)(1.0 / __builtin_sqrt((double)(x))))
#define SQRT(x)		__builtin_sqrtf(x)
#define SIN(x)		((float)sin((double)(x)))
#define COS(x)		((float)cos((double)(x)))
#define TANH(x)		((float)tanh((double)(x)))

APPROX(do_rcp, RCP)
APPROX(do_rsqrt, RSQRT)
APPROX(do_sqrt, SQRT)
APPROX(do_sin, SIN)
APPROX(do_cos, COS)
APPROX(do_tanh, TANH)
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
	ROWS("cos", do_cos), ROWS("tanh", do_tanh), ROWS("ex2", do_ex2), ROWS("lg2", do_lg2),
	{ "div.approx.f32", "f=ff", do_div }, { "div.approx.ftz.f32", "f=ff", do_div_z },
	{ "div.full.f32", "f=ff", do_div }, { "div.full.ftz.f32", "f=ff", do_div_z },
	{ "rcp.approx.ftz.f64", "d=d", rcp64 },
	{ "rsqrt.approx.f64", "d=d", rsqrt64 }, { "rsqrt.approx.ftz.f64", "d=d", rsqrt64_z },
};

EXEC_FAMILY(exec_approx, table);
