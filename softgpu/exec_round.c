/* SPDX-License-Identifier: MIT */
/*
 * exec_round.c - arithmetic rounded towards zero, down or up
 *
 * These are rare (interval arithmetic, the insides of libm), so they take the direct way:
 * set the processor's rounding mode, compute lane by lane, set it back.  The operations
 * go through volatile so that the compiler does not move them out from between.
 */

#include <fenv.h>
#include <math.h>

#include "softgpu/exec_half.h"
#include "softgpu/exec_ops.h"

enum operation { OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_FMA, OP_RCP, OP_SQRT };

static const int modes[] = {
	[ROUND_ZERO] = FE_TOWARDZERO, [ROUND_DOWN] = FE_DOWNWARD, [ROUND_UP] = FE_UPWARD,
};

static float compute32(enum operation op, volatile float x, volatile float y, volatile float z)
{
	volatile float r;

	switch (op) {
	case OP_ADD:
		r = x + y;
		break;
	case OP_SUB:
		r = x - y;
		break;
	case OP_MUL:
		r = x * y;
		break;
	case OP_DIV:
		r = x / y;
		break;
	case OP_FMA:
		r = fmaf(x, y, z);
		break;
	case OP_RCP:
		r = 1.0f / x;
		break;
	default:
		r = sqrtf(x);
	}
	return r;
}

/* With subnormal results flushed, by what they are before they are cut: exec_float.c */
static float compute32_ftz(enum operation op, float x, float y, float z)
{
	float r;

	x = flush32(x);
	y = flush32(y);
	z = flush32(z);
	r = compute32(op, x, y, z);
	if ((op == OP_MUL || op == OP_FMA) && fabsf(r) == 0x1p-126f &&
	    fabsf(compute32(op, x * 0x1p100f, y, z * 0x1p100f)) < 0x1p-26f)
		return copysignf(0, r);
	return flush32(r);
}

static double compute64(enum operation op, volatile double x, volatile double y, volatile double z)
{
	volatile double r;

	switch (op) {
	case OP_ADD:
		r = x + y;
		break;
	case OP_SUB:
		r = x - y;
		break;
	case OP_MUL:
		r = x * y;
		break;
	case OP_DIV:
		r = x / y;
		break;
	case OP_FMA:
		r = fma(x, y, z);
		break;
	case OP_RCP:
		r = 1.0 / x;
		break;
	default:
		r = sqrt(x);
	}
	return r;
}

/* aux: operation, rounding << 4, ftz << 8, sat << 9 */
#define AUX_OP(aux)	((enum operation)((aux) & 15))
#define AUX_MODE(aux)	(modes[(aux) >> 4 & 15])
#define AUX_FTZ		0x100
#define AUX_SAT		0x200

static float finish32(float x, uint32_t aux)
{
	if (aux & AUX_SAT)
		x = x > 0 ? x < 1 ? x : 1 : 0;
	return x == x ? x : bits_float(F32_NAN);
}

HANDLER(round32)
{
	float *d = operand(w, in->o[0]);
	const float *src[3];
	float out[LANES];
	unsigned n = AUX_OP(in->aux) == OP_FMA ? 3 : AUX_OP(in->aux) >= OP_RCP ? 1 : 2;

	for (unsigned k = 0; k < 3; k++)
		src[k] = operand(w, in->o[k < n ? k + 1 : 1]);
	fesetround(AUX_MODE(in->aux));
	EACH_ACTIVE(i, w->mask) {
		out[i] = in->aux & AUX_FTZ ?
			 compute32_ftz(AUX_OP(in->aux), src[0][i], src[1][i], src[2][i]) :
			 compute32(AUX_OP(in->aux), src[0][i], src[1][i], src[2][i]);
	}
	fesetround(FE_TONEAREST);
	EACH_ACTIVE(i, w->mask)
		d[i] = finish32(out[i], in->aux);
	return in + 1;
}

HANDLER(round64)
{
	double *d = operand(w, in->o[0]);
	const double *src[3];
	unsigned n = AUX_OP(in->aux) == OP_FMA ? 3 : AUX_OP(in->aux) >= OP_RCP ? 1 : 2;

	for (unsigned k = 0; k < 3; k++)
		src[k] = operand(w, in->o[k < n ? k + 1 : 1]);
	fesetround(AUX_MODE(in->aux));
	EACH_ACTIVE(i, w->mask)
		d[i] = compute64(AUX_OP(in->aux), src[0][i], src[1][i], src[2][i]);
	fesetround(FE_TONEAREST);
	return in + 1;
}

/* "#N" in a signature is the instruction's aux, in hexadecimal */
#define ROWS32(op, sig, code)							\
	{ op ".rz.f32", sig "#1" code, round32 }, { op ".rm.f32", sig "#2" code, round32 },	\
	{ op ".rp.f32", sig "#3" code, round32 },				\
	{ op ".rz.ftz.f32", sig "#11" code, round32 },				\
	{ op ".rm.ftz.f32", sig "#12" code, round32 },				\
	{ op ".rp.ftz.f32", sig "#13" code, round32 }
#define SAT_ROWS32(op, sig, code)						\
	{ op ".rz.sat.f32", sig "#21" code, round32 },				\
	{ op ".rm.sat.f32", sig "#22" code, round32 },				\
	{ op ".rp.sat.f32", sig "#23" code, round32 },				\
	{ op ".rz.ftz.sat.f32", sig "#31" code, round32 },			\
	{ op ".rm.ftz.sat.f32", sig "#32" code, round32 },			\
	{ op ".rp.ftz.sat.f32", sig "#33" code, round32 }
#define ROWS64(op, sig, code)							\
	{ op ".rz.f64", sig "#1" code, round64 }, { op ".rm.f64", sig "#2" code, round64 },	\
	{ op ".rp.f64", sig "#3" code, round64 }

static const struct exec_op table[] = {
	ROWS32("add", "f=ff", "0"), ROWS32("sub", "f=ff", "1"), ROWS32("mul", "f=ff", "2"),
	ROWS32("div", "f=ff", "3"), ROWS32("fma", "f=fff", "4"), ROWS32("mad", "f=fff", "4"),
	ROWS32("rcp", "f=f", "5"), ROWS32("sqrt", "f=f", "6"),
	SAT_ROWS32("add", "f=ff", "0"), SAT_ROWS32("sub", "f=ff", "1"), SAT_ROWS32("mul", "f=ff", "2"),
	SAT_ROWS32("fma", "f=fff", "4"), SAT_ROWS32("mad", "f=fff", "4"),
	ROWS64("add", "d=dd", "0"), ROWS64("sub", "d=dd", "1"), ROWS64("mul", "d=dd", "2"),
	ROWS64("div", "d=dd", "3"), ROWS64("fma", "d=ddd", "4"), ROWS64("mad", "d=ddd", "4"),
	ROWS64("rcp", "d=d", "5"), ROWS64("sqrt", "d=d", "6"),
};

EXEC_FAMILY(exec_round, table);
