/* SPDX-License-Identifier: MIT */
/*
 * Instructions on half precision and bfloat16, one or two in a register, with every modifier that
 * softgpu takes, against exact arithmetic; .approx against PTX's error bounds
 */
#include "tests/opcodes/exact.h"
#include "tests/opcodes/row.h"

/* struct kind - one of the four types; @pair: two of them in a register */
struct kind {
	const char *name;
	const struct format *format;
	bool pair;
};

static const struct kind kinds[] = {
	{ "f16", &format_f16, false }, { "f16x2", &format_f16, true },
	{ "bf16", &format_bf16, false }, { "bf16x2", &format_bf16, true },
};

/* The instruction that is made or, in its reference, checked: row->how */
static struct operation {
	const char *op, *comparison;
	const struct kind *kind;
	bool ftz, sat, relu, nan, xorsign;
	uint64_t (*one)(uint64_t a, uint64_t b, uint64_t c);
} now;

static bool is(const char *op)
{
	return !strcmp(now.op, op);
}

static uint64_t flush(uint64_t bits)
{
	return now.ftz ? format_flush(now.kind->format, bits) : bits;
}

/* The number that @bits are, infinities and NaNs too */
static double number(uint64_t bits)
{
	const struct format *f = now.kind->format;
	double mag = format_is_nan(f, bits) ? (double)NAN : format_is_infinite(f, bits) ?
		     (double)INFINITY : (double)format_value(f, bits & 0x7fff);

	return bits & 0x8000 ? -mag : mag;
}

static uint64_t infinity(bool negative)
{
	const struct format *f = now.kind->format;

	return (uint64_t)(2 * f->bias + 1) << f->fraction | (uint64_t)negative << 15;
}

static uint64_t reference(const struct row *row, uint64_t a, uint64_t b, uint64_t c)
{
	now = *(const struct operation *)row->how;
	if (!now.kind->pair)
		return now.one(a, b, c);
	return now.one(a & 0xffff, b & 0xffff, c & 0xffff) | now.one(a >> 16, b >> 16, c >> 16) << 16;
}

/* ---- add, sub, mul, fma ---- */

static double apply(double x, double y, double z)
{
	return is("add") ? x + y : is("sub") ? x - y : is("mul") ? x * y : x * y + z;
}

/* The rest of an instruction that has an infinity or a NaN among its operands */
static uint64_t finish_special(double r)
{
	if (now.sat)
		return r > 0 ? format_round(now.kind->format, r < 1 ? r : 1, false, 'n') : 0;
	if (r != r)
		return now.kind->format->nan;
	if (now.relu && signbit(r))
		return 0;
	return isinf(r) ? infinity(r < 0) : format_round(now.kind->format, r, signbit(r), 'n');
}

static uint64_t finish(exact r, bool negative)
{
	uint64_t bits;

	if (now.sat && (r <= 0 || r > 1))
		return r <= 0 ? 0 : format_round(now.kind->format, 1, false, 'n');
	bits = format_round(now.kind->format, r, negative, 'n');
	if (now.relu && negative)
		return 0;
	return flush(bits);
}

static uint64_t arithmetic(uint64_t a, uint64_t b, uint64_t c)
{
	const struct format *f = now.kind->format;
	double x = number(flush(a)), y = number(flush(b)), z = number(flush(c));
	exact p, q, s, r;

	if (!isfinite(x) || !isfinite(y) || (is("fma") && !isfinite(z)))
		return finish_special(apply(x, y, z));
	p = format_value(f, flush(a));
	q = format_value(f, flush(b));
	s = format_value(f, flush(c));
	r = is("add") ? p + q : is("sub") ? p - q : is("mul") ? p * q : p * q + s;
	/* 113 bits may be too few to see c beside a * b: it still decides a tie */
	if (is("fma") && s != 0 && r != 0 && r == p * q)
		r += (s < 0 ? -1 : 1) * (r < 0 ? -r : r) * power_of_two(-100);
	if (is("fma") && p * q != 0 && r != 0 && r == s)
		r += (p * q < 0 ? -1 : 1) * (r < 0 ? -r : r) * power_of_two(-100);
	/* A zero has the sign that the processor gives it: double has the same rule */
	return finish(r, r < 0 || (r == 0 && signbit(is("fma") && s != 0 ? 0.0 : apply(x, y, z))));
}

/* ---- min, max, neg, abs ---- */

/* Order of bits as sign and magnitude: -0 is less than 0 */
static int order(uint64_t bits)
{
	return bits & 0x8000 ? -(int)(bits & 0x7fff) - 1 : (int)bits;
}

static uint64_t extreme(uint64_t a, uint64_t b, uint64_t c)
{
	const struct format *f = now.kind->format;
	uint64_t sign = (a ^ b) & 0x8000, r;
	bool nan_a = format_is_nan(f, a), nan_b = format_is_nan(f, b);

	a = flush(a) & (now.xorsign ? 0x7fff : 0xffff);
	b = flush(b) & (now.xorsign ? 0x7fff : 0xffff);
	if ((nan_a && nan_b) || (now.nan && (nan_a || nan_b)))
		return f->nan;
	r = nan_a ? b : nan_b ? a : (order(a) < order(b)) == is("min") ? a : b;
	return now.xorsign ? r | sign : r;
}

static uint64_t sign(uint64_t a, uint64_t b, uint64_t c)
{
	return is("neg") ? flush(a) ^ 0x8000 : flush(a) & 0x7fff;
}

/* ---- all of an operation's modifiers ---- */

static void check_row(const char *name, const char *signature, reference_fn *how, same_fn *same)
{
	row_check_how(name, signature, how, same, &now, sizeof(now));
}

static void check_one(unsigned sources, const char *modifiers, same_fn *same)
{
	char name[64], signature[8];

	memset(signature, now.kind->pair ? 'w' : 'h', sizeof(signature));
	signature[1] = '=';
	signature[2 + sources] = 0;
	snprintf(name, sizeof(name), "%s%s%s%s%s%s%s.%s", now.op, modifiers, now.ftz ? ".ftz" : "",
		 now.nan ? ".NaN" : "", now.xorsign ? ".xorsign.abs" : "", now.sat ? ".sat" : "",
		 now.relu ? ".relu" : "", now.kind->name);
	check_row(name, signature, reference, same);
}

/* bfloat16 has neither .ftz nor .sat */
static bool is_half(void)
{
	return now.kind->format == &format_f16;
}

static void check_arithmetic(const char *op, unsigned sources)
{
	now.op = op;
	now.one = arithmetic;
	for (unsigned i = 0; i < 8; i++) {
		now.ftz = i & 1;
		now.sat = i & 2;
		now.relu = i & 4;
		if (now.relu && (now.sat || sources < 3))
			continue;
		if (is_half() || (!now.ftz && !now.sat))
			check_one(sources, ".rn", NULL);
	}
	now.ftz = now.sat = now.relu = false;
}

static void check_extreme(const char *op)
{
	now.op = op;
	now.one = extreme;
	for (unsigned i = 0; i < 8; i++) {
		now.ftz = i & 1;
		now.nan = i & 2;
		now.xorsign = i & 4;
		if (!now.ftz || is_half())
			check_one(2, "", NULL);
	}
	now.ftz = now.nan = now.xorsign = false;
}

/* What neg and abs make of a NaN is not said, but that it is one */
static bool same_sign(const struct row *row, const uint64_t *data, uint64_t got, uint64_t expected)
{
	const struct format *f = ((const struct operation *)row->how)->kind->format;

	for (unsigned i = 0; i < 32; i += 16) {
		uint64_t x = got >> i & 0xffff, y = expected >> i & 0xffff;

		if (x != y && !(format_is_nan(f, x) && format_is_nan(f, y)))
			return false;
	}
	return true;
}

static void check_sign(const char *op)
{
	now.op = op;
	now.one = sign;
	check_one(1, "", same_sign);
	now.ftz = is_half();
	if (now.ftz)
		check_one(1, "", same_sign);
	now.ftz = false;
}

/* ---- ex2, tanh ---- */

static bool near_one(uint64_t a, uint64_t got)
{
	const struct format *f = now.kind->format;
	double x = number(flush(a)), y = number(got), truth = is("ex2") ? exp2(x) : tanh(x);
	/*
	 * PTX ISA: ex2 is off by 2^-9.9 or 2^-7 of the truth, tanh by 2^-10.987 or 2^-8.  Of bf16 0x3f3f an
	 * H200's tanh is off by 2^-7.9999.
	 */
	double bound = f == &format_f16 ? is("ex2") ? 0x1.2p-10 : 0x1.03p-11 :
		       is("ex2") ? 0x1p-7 : 0x1.001p-8;
	double relative = is("ex2") ? bound : 0, absolute = is("ex2") ? 0 : bound;
	double least = (double)power_of_two(1 - f->bias - (int)f->fraction);
	double most = (double)format_value(f, infinity(false) - 1);

	if (truth != truth)
		return y != y;
	if (isinf(y))
		return truth * (1 + relative) > most;
	return fabs(y - truth) <= fabs(truth) * relative + absolute + (now.ftz ? least * (1 << f->fraction) : least);
}

static bool near_enough(const struct row *row, const uint64_t *data, uint64_t got, uint64_t expected)
{
	now = *(const struct operation *)row->how;
	return near_one(data[0] & 0xffff, got & 0xffff) &&
	       (!now.kind->pair || near_one(data[0] >> 16 & 0xffff, got >> 16 & 0xffff));
}

static uint64_t nothing(uint64_t a, uint64_t b, uint64_t c)
{
	return 0xfffe;
}

static void check_approximation(const char *op, bool ftz)
{
	now.op = op;
	now.one = nothing;
	now.ftz = ftz;
	check_one(1, ".approx", near_enough);
	now.ftz = false;
}

/* ---- setp, set ---- */

static const char *const comparisons[] = {
	"eq", "ne", "lt", "le", "gt", "ge", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan",
};

static bool compare(uint64_t a, uint64_t b)
{
	const char *comparison = now.comparison;
	double x = number(flush(a)), y = number(flush(b));
	bool unordered = x != x || y != y;

	if (!strcmp(comparison, "num") || !strcmp(comparison, "nan"))
		return unordered == (comparison[1] == 'a');
	if (unordered)
		return comparison[2] == 'u';
	switch (comparison[0] << 8 | comparison[1]) {
	case 'e' << 8 | 'q':
		return x == y;
	case 'n' << 8 | 'e':
		return x != y;
	case 'l' << 8 | 't':
		return x < y;
	case 'l' << 8 | 'e':
		return x <= y;
	case 'g' << 8 | 't':
		return x > y;
	default:
		return x >= y;
	}
}

static uint64_t compare_to_one(uint64_t a, uint64_t b, uint64_t c)
{
	return !compare(a, b) ? 0 : now.kind->format == &format_f16 ? 0x3c00 : 0x3f80;
}

static uint64_t compare_to_bits(uint64_t a, uint64_t b, uint64_t c)
{
	return compare(a, b) ? 0xffff : 0;
}

static uint64_t compare_to_mask(const struct row *row, uint64_t a, uint64_t b, uint64_t c)
{
	now = *(const struct operation *)row->how;
	return compare(a, b) ? 0xffffffff : 0;
}

static uint64_t compare_to_predicate(const struct row *row, uint64_t a, uint64_t b, uint64_t c)
{
	now = *(const struct operation *)row->how;
	return compare(a & 0xffff, b & 0xffff);
}

/* The two predicates of a pair, joined: p and not q */
static uint64_t compare_to_two(const struct row *row, uint64_t a, uint64_t b, uint64_t c)
{
	now = *(const struct operation *)row->how;
	return compare(a & 0xffff, b & 0xffff) && !compare(a >> 16, b >> 16);
}

static void check_set(const char *to, const char *signature,
		      uint64_t (*one)(uint64_t, uint64_t, uint64_t))
{
	char name[64];

	now.one = one;
	snprintf(name, sizeof(name), "set.%s%s.%s.%s", now.comparison, now.ftz ? ".ftz" : "", to,
		 now.kind->name);
	check_row(name, signature, one ? reference : compare_to_mask, NULL);
}

static void check_comparison(void)
{
	char text[160];

	if (now.kind->pair) {
		snprintf(text, sizeof(text), "{\n.reg .pred %%x, %%y;\nsetp.%s%s.%s %%x|%%y, %%a, %%b;\n"
			 "not.pred %%y, %%y;\nand.pred %%d, %%x, %%y;\n}", now.comparison,
			 now.ftz ? ".ftz" : "", now.kind->name);
		check_row(text, "p=ww", compare_to_two, NULL);
		check_set(now.kind->name, "w=ww", compare_to_one);
		return;
	}
	snprintf(text, sizeof(text), "setp.%s%s.%s", now.comparison, now.ftz ? ".ftz" : "",
		 now.kind->name);
	check_row(text, "p=hh", compare_to_predicate, NULL);
	check_set(now.kind->name, "h=hh", compare_to_one);
	check_set(is_half() ? "u16" : "s16", "h=hh", compare_to_bits);
	check_set(is_half() ? "u32" : "s32", "w=hh", NULL);
}

static void check_kind(void)
{
	check_arithmetic("add", 2);
	check_arithmetic("sub", 2);
	check_arithmetic("mul", 2);
	check_arithmetic("fma", 3);
	check_extreme("min");
	check_extreme("max");
	check_sign("neg");
	check_sign("abs");
	check_approximation("tanh", false);
	check_approximation("ex2", !is_half());
	for (unsigned i = 0; i < ARRAY_SIZE(comparisons); i++) {
		now.comparison = comparisons[i];
		check_comparison();
		now.ftz = is_half();
		if (now.ftz)
			check_comparison();
		now.ftz = false;
	}
}

unsigned check_half(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
		now.kind = &kinds[i];
		check_kind();
	}
	return rows_end("half");
}
