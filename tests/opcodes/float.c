/* SPDX-License-Identifier: MIT */
/*
 * Floating-point instructions of single and double precision, all roundings, .ftz and .sat,
 * against the processor's own; .approx against PTX's error bounds
 */
#include <fenv.h>

#include "tests/opcodes/exact.h"
#include "tests/opcodes/row.h"

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

/* struct rounded - an operation, one of its roundings 'n', 'z', 'm', 'p', and its modifiers */
struct rounded {
	const char *op;
	char mode;
	bool ftz, sat;
};

static void set_rounding(char mode)
{
	fesetround(mode == 'z' ? FE_TOWARDZERO : mode == 'm' ? FE_DOWNWARD :
		   mode == 'p' ? FE_UPWARD : FE_TONEAREST);
}

static uint64_t flush(const struct rounded *how, uint64_t bits)
{
	return how->ftz ? format_flush(&format_f32, bits) : bits;
}

static bool is(const struct rounded *how, const char *op)
{
	return !strcmp(how->op, op);
}

/* Is @x less than any normal number when rounded to a float's 24 bits, though to no fewer? */
static bool is_tiny(exact x)
{
	volatile float scaled = (float)(x * power_of_two(100));

	return fabsf(scaled) < 0x1p-26f;
}

static uint64_t single(const struct row *row, uint64_t a, uint64_t b, uint64_t c)
{
	const struct rounded *how = row->how;
	volatile float x = f32(flush(how, a)), y = f32(flush(how, b)), z = f32(flush(how, c)), r;

	set_rounding(how->mode);
	if (is(how, "add"))
		r = x + y;
	else if (is(how, "sub"))
		r = x - y;
	else if (is(how, "mul"))
		r = x * y;
	else if (is(how, "div"))
		r = x / y;
	else if (is(how, "fma") || is(how, "mad"))
		r = fmaf(x, y, z);
	else if (is(how, "rcp"))
		r = 1 / x;
	else
		r = sqrtf(x);
	if (how->ftz && (is(how, "mul") || is(how, "fma") || is(how, "mad")))
		r = is_tiny((exact)x * y + (is(how, "mul") ? 0 : z)) ? copysignf(0, r) : r;
	fesetround(FE_TONEAREST);
	r = f32(flush(how, bits32(r)));
	if (how->sat)
		r = r > 0 ? r < 1 ? r : 1 : 0;
	return bits32(r);
}

static uint64_t wide(const struct row *row, uint64_t a, uint64_t b, uint64_t c)
{
	const struct rounded *how = row->how;
	volatile double x = f64(a), y = f64(b), z = f64(c), r;

	set_rounding(how->mode);
	if (is(how, "add"))
		r = x + y;
	else if (is(how, "sub"))
		r = x - y;
	else if (is(how, "mul"))
		r = x * y;
	else if (is(how, "div"))
		r = x / y;
	else if (is(how, "fma") || is(how, "mad"))
		r = fma(x, y, z);
	else if (is(how, "rcp"))
		r = 1 / x;
	else
		r = sqrt(x);
	fesetround(FE_TONEAREST);
	return bits64(r);
}

/* The payload of a NaN of double precision is not said, nor what neg and abs make of a NaN */
static bool both_nan(const struct row *row, const uint64_t *data, uint64_t got, uint64_t expected)
{
	bool wide_nan = row->signature[0] == 'd' && strncmp(row->instruction, "selp", 4);
	bool sign = !strncmp(row->instruction, "neg", 3) || !strncmp(row->instruction, "abs", 3);
	const struct format *f = row->signature[0] == 'd' ? &format_f64 : &format_f32;

	return (wide_nan || sign) && format_is_nan(f, got) && format_is_nan(f, expected);
}

static void check_one(const struct rounded *how, const char *rounding, unsigned sources, char letter)
{
	char name[48], signature[8] = { letter, '=' };

	memset(signature + 2, letter, sources);
	snprintf(name, sizeof(name), "%s%s%s%s.f%s", how->op, rounding, how->ftz ? ".ftz" : "",
		 how->sat ? ".sat" : "", letter == 'd' ? "64" : "32");
	row_check_how(name, signature, letter == 'd' ? wide : single,
		  letter == 'd' ? both_nan : NULL, how, sizeof(*how));
}

static void check_rounded(const char *op, unsigned sources, bool optional)
{
	static const char modes[] = "nzmp";

	for (unsigned i = 0; i < 16; i++) {
		struct rounded how = { op, modes[i & 3], i & 4, i & 8 };
		char rounding[] = { '.', 'r', how.mode, 0 };

		if (how.sat && (is(&how, "div") || is(&how, "rcp") || is(&how, "sqrt")))
			continue;
		check_one(&how, rounding, sources, 'f');
		if (optional && how.mode == 'n')
			check_one(&how, "", sources, 'f');
		if (!how.ftz && !how.sat)
			check_one(&how, rounding, sources, 'd');
	}
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
	X("setp." cmp "u.ftz.f32", "p=ff", UNORDERED || Z(a) op Z(b))		\
	X("setp." cmp ".f64", "p=dd", !UNORDERED64 && f64(a) op f64(b))		\
	X("setp." cmp "u.f64", "p=dd", UNORDERED64 || f64(a) op f64(b))		\
	X("set." cmp ".u32.f32", "w=ff", !UNORDERED && f32(a) op f32(b) ? 0xffffffff : 0)	\
	X("set." cmp ".f32.f32", "f=ff", !UNORDERED && f32(a) op f32(b) ? 0x3f800000 : 0)

#define SLCT(X, type, signature)						\
	X("slct." type ".f32", signature, f32(c) >= 0 ? a : b)			\
	X("slct.ftz." type ".f32", signature, Z(c) >= 0 ? a : b)

#define FLUSHED(x)	format_flush(&format_f32, x)
#define XORSIGN(X, op, max)							\
	X(op ".xorsign.abs.f32", "f=ff", minimum_abs(a, b, max))			\
	X(op ".ftz.xorsign.abs.f32", "f=ff", minimum_abs(FLUSHED(a), FLUSHED(b), max))	\
	X(op ".NaN.xorsign.abs.f32", "f=ff", UNORDERED ? 0x7fffffff : minimum_abs(a, b, max))	\
	X(op ".ftz.NaN.xorsign.abs.f32", "f=ff",				\
	  UNORDERED ? 0x7fffffff : minimum_abs(FLUSHED(a), FLUSHED(b), max))

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
	X("abs.ftz.f32", "f=f", format_flush(&format_f32, a) & 0x7fffffff)	\
	X("setp.num.f64", "p=dd", !UNORDERED64) X("setp.nan.f32", "p=ff", UNORDERED)	\
	X("max.NaN.f32", "f=ff", UNORDERED ? 0x7fffffff : bits32(minimum(f32(a), f32(b), true)))	\
	X("min.ftz.NaN.f32", "f=ff", UNORDERED ? 0x7fffffff : bits32(minimum(Z(a), Z(b), false)))	\
	XORSIGN(X, "min", false) XORSIGN(X, "max", true)			\
	X("neg.f32", "f=f", a ^ 0x80000000) X("abs.f32", "f=f", a & 0x7fffffff)	\
	X("neg.ftz.f32", "f=f", format_flush(&format_f32, a) ^ 0x80000000)	\
	X("neg.f64", "d=d", a ^ 1ull << 63) X("abs.f64", "d=d", a & ~(1ull << 63))	\
	X("copysign.f32", "f=ff", (b & 0x7fffffff) | (a & 0x80000000))		\
	X("copysign.f64", "d=dd", (b & ~(1ull << 63)) | (a & 1ull << 63))	\
	SLCT(X, "b16", "h=hhf") SLCT(X, "u16", "h=hhf") SLCT(X, "s16", "h=hhf")	\
	SLCT(X, "b32", "w=wwf") SLCT(X, "u32", "w=wwf") SLCT(X, "s32", "w=wwf") SLCT(X, "f32", "f=fff")	\
	SLCT(X, "b64", "q=qqf") SLCT(X, "u64", "q=qqf") SLCT(X, "s64", "q=qqf") SLCT(X, "f64", "d=ddf")	\
	X("setp.num.ftz.f32", "p=ff", !UNORDERED) X("setp.nan.ftz.f32", "p=ff", UNORDERED)	\
	X("selp.f32", "f=ffp", c ? a : b) X("selp.f64", "d=ddp", c ? a : b)	\
	X("mov.f32", "f=f", a) X("mov.f64", "d=d", a)				\
	X("setp.num.f32", "p=ff", !UNORDERED) X("setp.nan.f64", "p=dd", UNORDERED64)	\
	COMPARE(X, "eq", ==) COMPARE(X, "ne", !=) COMPARE(X, "lt", <)		\
	COMPARE(X, "le", <=) COMPARE(X, "gt", >) COMPARE(X, "ge", >=)		\
	CLASS(X, "finite", >= FP_ZERO, >= FP_ZERO) CLASS(X, "infinite", == FP_INFINITE, == FP_INFINITE)	\
	CLASS(X, "number", != FP_NAN, != FP_NAN) CLASS(X, "notanumber", == FP_NAN, == FP_NAN)	\
	/* A zero is a normal number here */					\
	X("testp.normal.f32", "p=f", fpclassify(f32(a)) == FP_NORMAL || f32(a) == 0)	\
	X("testp.normal.f64", "p=d", fpclassify(f64(a)) == FP_NORMAL || f64(a) == 0)	\
	CLASS(X, "subnormal", == FP_SUBNORMAL, == FP_SUBNORMAL)

_Static_assert(FP_NAN < FP_ZERO && FP_INFINITE < FP_ZERO && FP_ZERO < FP_NORMAL,
	       "finite classes are the upper ones");

ROWS(check_cases, CASES, both_nan)

/* ---- approximations ---- */

struct approximation {
	const char *instruction, *signature;
	double (*exactly)(double x, double y);
	double relative, absolute;	/* bounds of the PTX ISA */
	double lowest, highest;		/* where they hold */
};

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
	{ "rcp.approx.f32", "f=f", do_rcp, 0x1p-23, 0, 0x1p-126, 0x1p126 },
	{ "rcp.approx.ftz.f32", "f=f", do_rcp, 0x1p-23, 0x1p-126, 0x1p-126, 0x1p126 },
	{ "sqrt.approx.ftz.f32", "f=f", do_sqrt, 0x1p-23, 0, 0x1p-126, INFINITY },
	{ "rsqrt.approx.ftz.f32", "f=f", do_rsqrt, 0x1.2p-23, 0, 0x1p-126, INFINITY },
	{ "sin.approx.ftz.f32", "f=f", do_sin, 0, 0x1p-20, -3.15, 3.15 },
	{ "cos.approx.ftz.f32", "f=f", do_cos, 0, 0x1p-20, -3.15, 3.15 },
	{ "lg2.approx.ftz.f32", "f=f", do_lg2, 0x1p-22, 0x1p-22, 0x1p-126, INFINITY },
	{ "div.approx.ftz.f32", "f=ff", do_div, 0x1p-22, 0x1p-126, 0x1p-126, 0x1p126 },
	{ "div.full.ftz.f32", "f=ff", do_div, 0x1p-22, 0x1p-126, 0x1p-126, 0x1p126 },
	/* As curand_poisson.h has it */
	{ "rsqrt.approx.f32.ftz", "f=f", do_rsqrt, 0x1.2p-23, 0, 0x1p-126, INFINITY },
	{ "rsqrt.approx.ftz.f64", "d=d", do_rsqrt, 0x1p-20, 0, 0x1p-1022, INFINITY },
	{ "sqrt.approx.f32", "f=f", do_sqrt, 0x1p-23, 0, 0, INFINITY },
	{ "rsqrt.approx.f32", "f=f", do_rsqrt, 0x1.2p-23, 0, 0x1p-126, INFINITY },
	{ "sin.approx.f32", "f=f", do_sin, 0, 0x1p-20, -3.15, 3.15 },
	{ "cos.approx.f32", "f=f", do_cos, 0, 0x1p-20, -3.15, 3.15 },
	{ "lg2.approx.f32", "f=f", do_lg2, 0x1p-22, 0x1p-22, 0, INFINITY },
	{ "ex2.approx.f32", "f=f", do_ex2, 0x1p-22, 0x1p-149, -INFINITY, INFINITY },
	{ "ex2.approx.ftz.f32", "f=f", do_ex2, 0x1p-22, 0x1p-126, -INFINITY, INFINITY },
	{ "tanh.approx.f32", "f=f", do_tanh, 0x1p-11, 0, -INFINITY, INFINITY },
	{ "div.approx.f32", "f=ff", do_div, 0x1p-22, 0x1p-126, 0x1p-126, 0x1p126 },
	{ "div.full.f32", "f=ff", do_div, 0x1p-22, 0x1p-126, 0x1p-126, 0x1p126 },
	{ "ex2.approx.f16", "h=h", do_ex2, 0x1p-9, 0x1p-24, -INFINITY, INFINITY },
	{ "tanh.approx.f16", "h=h", do_tanh, 0x1p-10, 0x1p-24, -INFINITY, INFINITY },
	{ "rcp.approx.ftz.f64", "d=d", do_rcp, 0x1p-20, 0x1p-1022, 0x1p-1022, 0x1p1021 },
	{ "rsqrt.approx.f64", "d=d", do_rsqrt, 0x1p-20, 0, 0x1p-1022, INFINITY },
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

static bool near_enough(const struct row *row, const uint64_t *data, uint64_t result, uint64_t expected)
{
	const struct approximation *approx = row->how;
	char from = row->signature[2], to = row->signature[0];
	bool ftz = strstr(row->instruction, ".ftz") && from == 'f';
	double x = value_of(from, ftz ? format_flush(&format_f32, data[0]) : data[0]);
	double y = value_of(from, ftz ? format_flush(&format_f32, data[1]) : data[1]);
	double bound = row->signature[3] ? y : x;
	double truth = approx->exactly(x, y), got = value_of(to, result);

	if (approx->lowest > 0)
		bound = fabs(bound);
	if (truth != truth)
		return got != got || !(bound >= approx->lowest);
	if (!(bound >= approx->lowest && bound <= approx->highest))
		return true;
	if (isinf(got) || isinf(truth))
		return got == truth || fabs(truth) > (to == 'h' ? 65519.0 :
						      to == 'f' ? 0x1.fffffep127 : 1e308);
	return fabs(got - truth) <= fabs(truth) * approx->relative + approx->absolute;
}

/* near_enough() is asked about all */
static uint64_t nothing(const struct row *row, uint64_t a, uint64_t b, uint64_t c)
{
	return ~0ull;
}

static void check_approximations(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(approximations); i++)
		row_check_how(approximations[i].instruction, approximations[i].signature, nothing,
			  near_enough, &approximations[i], sizeof(approximations[i]));
}

unsigned check_float(void)
{
	check_rounded("add", 2, true);
	check_rounded("sub", 2, true);
	check_rounded("mul", 2, true);
	check_rounded("fma", 3, false);
	check_rounded("mad", 3, false);
	check_rounded("div", 2, false);
	check_rounded("rcp", 1, false);
	check_rounded("sqrt", 1, false);
	check_cases();
	check_approximations();
	return rows_end("float");
}
