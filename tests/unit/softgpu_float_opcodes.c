/* SPDX-License-Identifier: MIT */
/* links: softgpu/engine_all.c */
/*
 * Floating-point instructions of single and double precision, all roundings, .ftz and .sat,
 * against the processor's own; .approx against PTX's error bounds
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
	return c->signature[0] == 'd' && c->instruction[0] != 's' && format_is_nan(&format_f64, data[3]) &&
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

/* ---- minimum, maximum, sign, comparison ---- */

static float minimum(float x, float y, bool max)
{
	if (x != x || y != y)
		return x != x ? y : x;
	if (x == y)
		return (signbit(x) != 0) != max ? x : y;
	return (x < y) != max ? x : y;
}

static uint64_t minimum64(uint64_t a, uint64_t b, bool max)
{
	double x = f64(a), y = f64(b);

	if (x != x || y != y)
		return x == x ? a : y == y ? b : 0x7fffffffffffffff;
	if (x == y)
		return (signbit(x) != 0) != max ? a : b;
	return (x < y) != max ? a : b;
}

static uint64_t minimum_abs(uint64_t a, uint64_t b, bool max)
{
	float x = fabsf(f32(a)), y = fabsf(f32(b));

	if (x != x && y != y)
		return 0x7fffffff;
	return (bits32(minimum(x, y, max)) & 0x7fffffff) | ((a ^ b) & 0x80000000);
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
	X("max.ftz.f32", "f=ff", bits32(minimum(Z(a), Z(b), true)))		\
	X("min.NaN.f32", "f=ff", UNORDERED ? 0x7fffffff : bits32(minimum(f32(a), f32(b), false)))	\
	X("max.ftz.NaN.f32", "f=ff", UNORDERED ? 0x7fffffff : bits32(minimum(Z(a), Z(b), true)))	\
	X("min.f64", "d=dd", minimum64(a, b, false)) X("max.f64", "d=dd", minimum64(a, b, true))	\
	X("min.xorsign.abs.f32", "f=ff", minimum_abs(a, b, false))		\
	X("max.xorsign.abs.f32", "f=ff", minimum_abs(a, b, true))		\
	X("abs.ftz.f32", "f=f", format_flush(&format_f32, a) & 0x7fffffff)	\
	X("setp.num.f64", "p=dd", !UNORDERED64) X("setp.nan.f32", "p=ff", UNORDERED)	\
	X("slct.u32.f32", "w=wwf", f32(c) >= 0 ? a : b) X("slct.f64.f32", "d=ddf", f32(c) >= 0 ? a : b)	\
	X("max.NaN.f32", "f=ff", UNORDERED ? 0x7fffffff : bits32(minimum(f32(a), f32(b), true)))	\
	X("neg.f32", "f=f", a ^ 0x80000000) X("abs.f32", "f=f", a & 0x7fffffff)	\
	X("neg.ftz.f32", "f=f", format_flush(&format_f32, a) ^ 0x80000000)	\
	X("neg.f64", "d=d", a ^ 1ull << 63) X("abs.f64", "d=d", a & ~(1ull << 63))	\
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
	bad += check_cases(cases, sizeof(cases) / sizeof(cases[0]), reference, both_nan) != 0;
	for (which = 0; which < count; which++)
		bad += check_case(&approximations[which].one, 0, nothing, near_enough);
	printf("%u kinds wrong\n", bad);
	engine_fini(&engine);
	return bad != 0;
}
