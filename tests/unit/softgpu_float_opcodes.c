/* SPDX-License-Identifier: MIT */
/* links: softgpu/engine_all.c */
/*
 * Floating-point instructions of all formats, roundings, .ftz and .sat against exact arithmetic
 * (half, bfloat16) or the processor's own (float, double), .approx against PTX's error bounds
 */
#include <fenv.h>

#include "softgpu_exact.h"
#include "softgpu_opcode.h"

/* ---- single and double precision, by the processor ---- */

static float f32(uint64_t bits)
{
	uint32_t low = (uint32_t)bits;
	float x;

	memcpy(&x, &low, 4);
	return x;
}

static uint64_t bits32(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, 4);
	return x == x ? bits : 0x7fffffff;
}

static double f64(uint64_t bits)
{
	double x;

	memcpy(&x, &bits, 8);
	return x;
}

static uint64_t bits64(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, 8);
	return bits;
}

static struct {
	const char *op;
	char mode;
	bool ftz, sat;
	const struct format *format;
} now;

static void set_rounding(char mode)
{
	fesetround(mode == 'z' ? FE_TOWARDZERO : mode == 'm' ? FE_DOWNWARD :
		   mode == 'p' ? FE_UPWARD : FE_TONEAREST);
}

static uint64_t flush(uint64_t bits)
{
	return now.ftz ? format_flush(&format_f32, bits) : bits;
}

static bool is(const char *op)
{
	return !strcmp(now.op, op);
}

static uint64_t single(unsigned number, uint64_t a, uint64_t b, uint64_t c)
{
	volatile float x = f32(flush(a)), y = f32(flush(b)), z = f32(flush(c)), r;

	set_rounding(now.mode);
	if (is("add"))
		r = x + y;
	else if (is("sub"))
		r = x - y;
	else if (is("mul"))
		r = x * y;
	else if (is("div"))
		r = x / y;
	else if (is("fma") || is("mad"))
		r = fmaf(x, y, z);
	else if (is("rcp"))
		r = 1 / x;
	else
		r = sqrtf(x);
	fesetround(FE_TONEAREST);
	r = f32(flush(bits32(r)));
	if (now.sat)
		r = r > 0 ? r < 1 ? r : 1 : 0;
	return bits32(r);
}

static uint64_t wide(unsigned number, uint64_t a, uint64_t b, uint64_t c)
{
	volatile double x = f64(a), y = f64(b), z = f64(c), r;

	set_rounding(now.mode);
	if (is("add"))
		r = x + y;
	else if (is("sub"))
		r = x - y;
	else if (is("mul"))
		r = x * y;
	else if (is("div"))
		r = x / y;
	else if (is("fma"))
		r = fma(x, y, z);
	else if (is("rcp"))
		r = 1 / x;
	else
		r = sqrt(x);
	fesetround(FE_TONEAREST);
	return bits64(r);
}

static bool both_nan(const struct opcode_case *c, const uint64_t *data, uint64_t expected)
{
	return c->signature[0] == 'd' && format_is_nan(&format_f64, data[3]) &&
	       format_is_nan(&format_f64, expected);
}

static unsigned check_rounded(const char *op, unsigned sources, bool optional)
{
	static const char modes[] = "nzmp";
	char name[48], signature[8];
	struct opcode_case one = { name, signature };
	unsigned bad = 0;

	for (unsigned i = 0; i < 16; i++) {
		now.op = op;
		now.mode = modes[i & 3];
		now.ftz = i & 4;
		now.sat = i & 8;
		if (now.sat && (is("div") || is("rcp") || is("sqrt")))
			continue;
		snprintf(signature, sizeof(signature), "f=%.*s", (int)sources, "fff");
		snprintf(name, sizeof(name), "%s.r%c%s%s.f32", op, now.mode, now.ftz ? ".ftz" : "",
			 now.sat ? ".sat" : "");
		bad += check_case(&one, 0, single, NULL);
		if (optional && now.mode == 'n') {
			snprintf(name, sizeof(name), "%s%s%s.f32", op, now.ftz ? ".ftz" : "",
				 now.sat ? ".sat" : "");
			bad += check_case(&one, 0, single, NULL);
		}
		if (now.ftz || now.sat || is("mad"))
			continue;
		snprintf(signature, sizeof(signature), "d=%.*s", (int)sources, "ddd");
		snprintf(name, sizeof(name), "%s.r%c.f64", op, now.mode);
		bad += check_case(&one, 0, wide, both_nan);
	}
	return bad;
}

/* ---- half and bfloat16, exactly ---- */

static uint64_t half(unsigned number, uint64_t a, uint64_t b, uint64_t c)
{
	const struct format *f = now.format;
	uint64_t mask = (1ull << (f->bits - 1)) - 1, bits[3] = { a, b, c };
	double value[3];
	exact x[3], r;
	bool special = false, negative;
	uint64_t result;

	for (unsigned i = 0; i < 3; i++) {
		bits[i] = now.ftz ? format_flush(f, bits[i]) : bits[i];
		value[i] = format_is_nan(f, bits[i]) ? NAN : (bits[i] & mask) >> f->fraction ==
			   (uint64_t)(2 * f->bias + 1) ? INFINITY : (double)format_value(f, bits[i] & mask);
		if (format_sign(f, bits[i]))
			value[i] = -value[i];
		special |= !isfinite(value[i]) && (i < 2 || is("fma"));
		x[i] = special ? 0 : format_value(f, bits[i]);
	}
	if (special) {
		/* Infinities and NaNs do not depend on precision */
		double s = is("add") ? value[0] + value[1] : is("sub") ? value[0] - value[1] :
			   is("mul") ? value[0] * value[1] : value[0] * value[1] + value[2];

		if (now.sat)
			return s > 0 ? format_round(f, s < 1 ? s : 1, false, 'n') : 0;
		return s != s ? f->nan : isinf(s) ? (uint64_t)(2 * f->bias + 1) << f->fraction |
			(uint64_t)(s < 0) << (f->bits - 1) : format_round(f, s, signbit(s), 'n');
	}
	r = is("add") ? x[0] + x[1] : is("sub") ? x[0] - x[1] : is("mul") ? x[0] * x[1] :
	    x[0] * x[1] + x[2];
	/* 113 bits may be too few to see c beside a * b: it still decides a tie */
	if (is("fma") && x[2] != 0 && r != 0 && r == x[0] * x[1])
		r += (x[2] < 0 ? -1 : 1) * (r < 0 ? -r : r) * power_of_two(-100);
	/* A zero has the sign that the processor gives it: double has the same rule */
	negative = r < 0 || (r == 0 && signbit(is("add") ? value[0] + value[1] : is("sub") ?
			     value[0] - value[1] : is("mul") ? value[0] * value[1] :
			     copysign(0, value[0] * value[1]) + copysign(0, value[2])));
	if (r == 0 && is("fma") && x[2] != 0)
		negative = false;
	if (now.sat && (r <= 0 || r > 1))
		return r <= 0 ? 0 : format_round(f, 1, false, 'n');
	result = format_round(f, r, negative, 'n');
	return now.ftz ? format_flush(f, result) : result;
}

static unsigned check_halves(const char *op, unsigned sources)
{
	static const struct format *const formats[] = { &format_f16, &format_bf16 };
	char name[48], signature[8];
	struct opcode_case one = { name, signature };
	unsigned bad = 0;

	snprintf(signature, sizeof(signature), "h=%.*s", (int)sources, "hhh");
	for (unsigned i = 0; i < 8; i++) {
		now.op = op;
		now.format = formats[i & 1];
		now.ftz = i & 2;
		now.sat = i & 4;
		if (now.format == &format_bf16 && (now.ftz || now.sat))
			continue;
		snprintf(name, sizeof(name), "%s.rn%s%s.%s", op, now.ftz ? ".ftz" : "",
			 now.sat ? ".sat" : "", i & 1 ? "bf16" : "f16");
		bad += check_case(&one, 0, half, NULL);
	}
	return bad;
}

/* ---- minimum, maximum, sign, comparison ---- */

static float minimum(float x, float y, bool max)
{
	if (x != x || y != y)
		return x != x ? y : x;
	if (x == y)
		return (signbit(x) != 0) != max ? x : y;
	return (x < y) != max ? x : y;
}

static uint64_t min_half(uint64_t a, uint64_t b, bool max)
{
	bool nan_a = format_is_nan(&format_f16, a), nan_b = format_is_nan(&format_f16, b);
	/* Order of bits as sign and magnitude */
	int x = a & 0x8000 ? -(int)(a & 0x7fff) - 1 : (int)a;
	int y = b & 0x8000 ? -(int)(b & 0x7fff) - 1 : (int)b;

	if (nan_a || nan_b)
		return nan_a && nan_b ? 0x7fff : nan_a ? b : a;
	return (x < y) != max ? a : b;
}

#define UNORDERED	(f32(a) != f32(a) || f32(b) != f32(b))
#define UNORDERED64	(f64(a) != f64(a) || f64(b) != f64(b))
#define Z(x)		f32(format_flush(&format_f32, x))

#define COMPARE(X, cmp, op)							\
	X("setp." cmp ".f32", "p=ff", !UNORDERED && f32(a) op f32(b))		\
	X("setp." cmp "u.f32", "p=ff", UNORDERED || f32(a) op f32(b))		\
	X("setp." cmp ".ftz.f32", "p=ff", !UNORDERED && Z(a) op Z(b))		\
	X("setp." cmp ".f64", "p=dd", !UNORDERED64 && f64(a) op f64(b))		\
	X("setp." cmp "u.f64", "p=dd", UNORDERED64 || f64(a) op f64(b))		\
	X("set." cmp ".u32.f32", "w=ff", !UNORDERED && f32(a) op f32(b) ? 0xffffffff : 0)	\
	X("set." cmp ".f32.f32", "f=ff", !UNORDERED && f32(a) op f32(b) ? 0x3f800000 : 0)

#define CLASS(X, name, e32, e64)						\
	X("testp." name ".f32", "p=f", fpclassify(f32(a)) e32)			\
	X("testp." name ".f64", "p=d", fpclassify(f64(a)) e64)

#define CASES(X)								\
	X("min.f32", "f=ff", bits32(minimum(f32(a), f32(b), false)))		\
	X("max.f32", "f=ff", bits32(minimum(f32(a), f32(b), true)))		\
	X("min.ftz.f32", "f=ff", bits32(minimum(Z(a), Z(b), false)))		\
	X("max.NaN.f32", "f=ff", UNORDERED ? 0x7fffffff : bits32(minimum(f32(a), f32(b), true)))	\
	X("min.f16", "h=hh", min_half(a, b, false)) X("max.f16", "h=hh", min_half(a, b, true))	\
	X("min.f16x2", "w=ww", min_half(a & 0xffff, b & 0xffff, false) | min_half(a >> 16, b >> 16, false) << 16)	\
	X("neg.f32", "f=f", a ^ 0x80000000) X("abs.f32", "f=f", a & 0x7fffffff)	\
	X("neg.ftz.f32", "f=f", format_flush(&format_f32, a) ^ 0x80000000)	\
	X("neg.f64", "d=d", a ^ 1ull << 63) X("abs.f64", "d=d", a & ~(1ull << 63))	\
	X("neg.f16", "h=h", a ^ 0x8000) X("abs.bf16", "h=h", a & 0x7fff)	\
	X("neg.f16x2", "w=w", a ^ 0x80008000)					\
	X("copysign.f32", "f=ff", (b & 0x7fffffff) | (a & 0x80000000))		\
	X("copysign.f64", "d=dd", (b & ~(1ull << 63)) | (a & 1ull << 63))	\
	X("slct.f32.f32", "f=fff", f32(c) >= 0 ? a : b)				\
	X("slct.ftz.u64.f32", "q=qqf", Z(c) >= 0 ? a : b)			\
	X("setp.num.f32", "p=ff", !UNORDERED) X("setp.nan.f64", "p=dd", UNORDERED64)	\
	COMPARE(X, "eq", ==) COMPARE(X, "ne", !=) COMPARE(X, "lt", <)		\
	COMPARE(X, "le", <=) COMPARE(X, "gt", >) COMPARE(X, "ge", >=)		\
	CLASS(X, "finite", >= FP_ZERO, >= FP_ZERO) CLASS(X, "infinite", == FP_INFINITE, == FP_INFINITE)	\
	CLASS(X, "number", != FP_NAN, != FP_NAN) CLASS(X, "notanumber", == FP_NAN, == FP_NAN)	\
	CLASS(X, "normal", == FP_NORMAL, == FP_NORMAL)				\
	CLASS(X, "subnormal", == FP_SUBNORMAL, == FP_SUBNORMAL)

_Static_assert(FP_NAN < FP_ZERO && FP_INFINITE < FP_ZERO && FP_ZERO < FP_NORMAL,
	       "finite classes are the upper ones");

enum { FIRST = __COUNTER__ + 1 };

static uint64_t reference(unsigned number, uint64_t a, uint64_t b, uint64_t c)
{
#define REFERENCE(op, sig, e)	case __COUNTER__ - FIRST: return (uint64_t)(e);
	switch (number) {
	CASES(REFERENCE)
	}
	return 0;
}

#define ROW(op, sig, e)	{ op, sig },
static const struct opcode_case cases[] = { CASES(ROW) };

/* ---- approximations ---- */

static const struct approximation {
	struct opcode_case one;
	double (*exactly)(double x, double y);
	double relative, absolute;	/* bounds of the PTX ISA */
	double lowest, highest;		/* where they hold */
} approximations[];

static double do_rcp(double x, double y)
{
	return 1 / x;
}

static double do_sqrt(double x, double y)
{
	return sqrt(x);
}

static double do_rsqrt(double x, double y)
{
	return 1 / sqrt(x);
}

static double do_sin(double x, double y)
{
	return sin(x);
}

static double do_cos(double x, double y)
{
	return cos(x);
}

static double do_lg2(double x, double y)
{
	return log2(x);
}

static double do_ex2(double x, double y)
{
	return exp2(x);
}

static double do_tanh(double x, double y)
{
	return tanh(x);
}

static double do_div(double x, double y)
{
	return x / y;
}

static const struct approximation approximations[] = {
	{ { "rcp.approx.f32", "f=f" }, do_rcp, 0x1p-23, 0, 0x1p-126, 0x1p126 },
	{ { "rcp.approx.ftz.f32", "f=f" }, do_rcp, 0x1p-23, 0x1p-126, 0x1p-126, 0x1p126 },
	{ { "sqrt.approx.f32", "f=f" }, do_sqrt, 0x1p-23, 0, 0, INFINITY },
	{ { "rsqrt.approx.f32", "f=f" }, do_rsqrt, 0x1.2p-23, 0, 0x1p-126, INFINITY },
	{ { "sin.approx.f32", "f=f" }, do_sin, 0, 0x1p-20, -3.15, 3.15 },
	{ { "cos.approx.f32", "f=f" }, do_cos, 0, 0x1p-20, -3.15, 3.15 },
	{ { "lg2.approx.f32", "f=f" }, do_lg2, 0x1p-22, 0x1p-22, 0, INFINITY },
	{ { "ex2.approx.f32", "f=f" }, do_ex2, 0x1p-22, 0x1p-149, -INFINITY, INFINITY },
	{ { "ex2.approx.ftz.f32", "f=f" }, do_ex2, 0x1p-22, 0x1p-126, -INFINITY, INFINITY },
	{ { "tanh.approx.f32", "f=f" }, do_tanh, 0x1p-11, 0, -INFINITY, INFINITY },
	{ { "div.approx.f32", "f=ff" }, do_div, 0x1p-22, 0x1p-126, 0x1p-126, 0x1p126 },
	{ { "div.full.f32", "f=ff" }, do_div, 0x1p-22, 0x1p-126, 0x1p-126, 0x1p126 },
	{ { "ex2.approx.f16", "h=h" }, do_ex2, 0x1p-9, 0x1p-24, -INFINITY, INFINITY },
	{ { "tanh.approx.f16", "h=h" }, do_tanh, 0x1p-10, 0x1p-24, -INFINITY, INFINITY },
	{ { "rcp.approx.ftz.f64", "d=d" }, do_rcp, 0x1p-20, 0x1p-1022, 0x1p-1022, 0x1p1021 },
	{ { "rsqrt.approx.f64", "d=d" }, do_rsqrt, 0x1p-20, 0, 0x1p-1022, INFINITY },
};

static double value_of(char letter, uint64_t bits)
{
	if (letter == 'h')
		return format_is_nan(&format_f16, bits) ? (double)NAN :
		       format_is_infinite(&format_f16, bits) ?
		       (bits & 0x8000 ? -(double)INFINITY : (double)INFINITY) :
		       (double)format_value(&format_f16, bits);
	return letter == 'd' ? f64(bits) : (double)f32(bits);
}

static unsigned which;

static bool near_enough(const struct opcode_case *c, const uint64_t *data, uint64_t expected)
{
	const struct approximation *approx = &approximations[which];
	double x = value_of(c->signature[2], data[0]), y = value_of(c->signature[2], data[1]);
	double bound = c->signature[3] ? y : x;
	double truth = approx->exactly(x, y), got = value_of(c->signature[0], data[3]);

	if (approx->lowest > 0)
		bound = fabs(bound);
	if (truth != truth)
		return got != got || !(bound >= approx->lowest);
	if (!(bound >= approx->lowest && bound <= approx->highest))
		return true;
	if (isinf(got) || isinf(truth))
		return got == truth || fabs(truth) > (c->signature[0] == 'h' ? 65519.0 :
						      c->signature[0] == 'f' ? 0x1.fffffep127 : 1e308);
	return fabs(got - truth) <= fabs(truth) * approx->relative + approx->absolute;
}

static uint64_t nothing(unsigned number, uint64_t a, uint64_t b, uint64_t c)
{
	return ~0ull;
}

int main(void)
{
	static const unsigned count = sizeof(approximations) / sizeof(approximations[0]);
	unsigned bad = 0;

	both_instruction_sets();
	engine_begin();
	bad += check_rounded("add", 2, true) + check_rounded("sub", 2, true);
	bad += check_rounded("mul", 2, true) + check_rounded("fma", 3, false);
	bad += check_rounded("mad", 3, false) + check_rounded("div", 2, false);
	bad += check_rounded("rcp", 1, false) + check_rounded("sqrt", 1, false);
	bad += check_halves("add", 2) + check_halves("sub", 2) + check_halves("mul", 2);
	bad += check_halves("fma", 3);
	bad += check_cases(cases, sizeof(cases) / sizeof(cases[0]), reference, NULL) != 0;
	for (which = 0; which < count; which++)
		bad += check_case(&approximations[which].one, 0, nothing, near_enough);
	printf("%u kinds wrong\n", bad);
	engine_fini(&engine);
	return bad != 0;
}
