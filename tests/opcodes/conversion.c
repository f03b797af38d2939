/* SPDX-License-Identifier: MIT */
/* cvt between all types, with all roundings, .sat and .ftz, against exact arithmetic */
#include "tests/opcodes/exact.h"
#include "tests/opcodes/row.h"

struct type {
	const char *name;
	char letter;
	unsigned bits;
	bool is_signed;
	const struct format *format;
};

static const struct type types[] = {
	{ "u8", 'h', 8, false, NULL }, { "s8", 'h', 8, true, NULL },
	{ "u16", 'h', 16, false, NULL }, { "s16", 'h', 16, true, NULL },
	{ "u32", 'w', 32, false, NULL }, { "s32", 'w', 32, true, NULL },
	{ "u64", 'q', 64, false, NULL }, { "s64", 'q', 64, true, NULL },
	{ "f16", 'h', 16, true, &format_f16 }, { "bf16", 'h', 16, true, &format_bf16 },
	{ "f32", 'f', 32, true, &format_f32 }, { "f64", 'd', 64, true, &format_f64 },
};

/* The conversion that is made or, in its reference, checked: row->how */
static struct conversion {
	const struct type *to, *from;
	char mode;
	bool integral, sat, ftz;
} now;

static __int128 integer_value(const struct type *type, uint64_t bits)
{
	unsigned shift = 64 - type->bits;

	return type->is_signed ? (int64_t)(bits << shift) >> shift : (__int128)(bits << shift >> shift);
}

/* A register of 16 bits holds what narrower types leave there, but one of a byte no more than that */
static uint64_t in_register(const struct type *to, __int128 value)
{
	unsigned width = to->letter == 'h' && now.from->format != &format_bf16 ? 16 : to->bits;

	return (uint64_t)value & (width == 64 ? ~0ull : (1ull << width) - 1);
}

static __int128 limit(const struct type *to, bool upper)
{
	if (to->is_signed)
		return upper ? ((__int128)1 << (to->bits - 1)) - 1 : -((__int128)1 << (to->bits - 1));
	return upper ? ((__int128)1 << to->bits) - 1 : 0;
}

static __int128 clamp(const struct type *to, __int128 x)
{
	return x > limit(to, true) ? limit(to, true) : x < limit(to, false) ? limit(to, false) : x;
}

/* The integer that @x rounds to, for |x| < 2^100 */
static __int128 round_integer(exact x, char mode)
{
	bool negative = x < 0;
	exact mag = negative ? -x : x;
	unsigned __int128 whole = (unsigned __int128)mag;

	whole += rounds_up(mode, negative, (uint64_t)whole, mag - (exact)whole);
	return negative ? -(__int128)whole : (__int128)whole;
}

static uint64_t float_to_integer(uint64_t a)
{
	const struct format *f = now.from->format;
	exact x, big = power_of_two(100);

	if (format_is_nan(f, a)) {
		if (now.from->bits == 64 || now.to->bits == 64)
			return in_register(now.to, now.to->is_signed ? limit(now.to, false) :
					   (__int128)1 << (now.to->bits - 1));
		return 0;
	}
	if (format_is_infinite(f, a))
		return in_register(now.to, limit(now.to, !format_sign(f, a)));
	x = format_value(f, a);
	x = x > big ? big : x < -big ? -big : x;
	return in_register(now.to, clamp(now.to, round_integer(x, now.mode)));
}

static uint64_t float_to_float(uint64_t a)
{
	const struct format *from = now.from->format, *to = now.to->format;
	bool negative = format_sign(from, a);
	uint64_t infinite = (uint64_t)(2 * to->bias + 1) << to->fraction;
	exact x;

	if (format_is_nan(from, a))
		return now.sat ? 0 : to->nan;
	if (format_is_infinite(from, a)) {
		if (!now.sat)
			return infinite | (uint64_t)negative << (to->bits - 1);
		return negative ? 0 : format_round(to, 1, false, 'n');
	}
	x = format_value(from, a);
	if (now.integral) {
		exact big = power_of_two(64);

		if (x < big && x > -big)
			x = (exact)round_integer(x, now.mode);
	}
	if (now.sat) {
		x = x < 0 ? 0 : x > 1 ? 1 : x;
		negative = negative && x == 0 ? false : negative;
	}
	return format_round(to, x, negative, now.mode);
}

static uint64_t reference(const struct row *row, uint64_t a, uint64_t b, uint64_t c)
{
	const struct format *to;
	uint64_t result;
	__int128 x;

	now = *(const struct conversion *)row->how;
	to = now.to->format;
	/* To half precision .ftz does nothing, on GPUs */
	if (now.ftz && now.from->format == &format_f32 && to != &format_f16)
		a = format_flush(&format_f32, a);
	if (now.from->format) {
		result = to ? float_to_float(a) : float_to_integer(a);
	} else {
		x = integer_value(now.from, a);
		if (to)
			result = format_round(to, (exact)x, x < 0, now.mode);
		else
			result = in_register(now.to, now.sat ? clamp(now.to, x) :
					     integer_value(now.to, (uint64_t)x));
	}
	return now.ftz && to == &format_f32 ? format_flush(to, result) : result;
}

/* NaN to or from double precision, and from bfloat16 to the longer float, keep some bits */
static bool same(const struct row *row, const uint64_t *data, uint64_t got, uint64_t expected)
{
	const struct conversion *how = row->how;
	const struct format *f = how->to->format, *from = how->from->format;

	return (f == &format_f64 || (f && from == &format_f64) || (f == &format_f32 && from == &format_bf16)) &&
	       format_is_nan(f, got) && format_is_nan(f, expected);
}

static bool is_bfloat_and_byte(const struct type *one, const struct type *other)
{
	return one->format == &format_bf16 && other->bits == 8;
}

static void check_one(const char *rounding)
{
	char cvt[64], text[160], signature[4] = { now.to->letter, '=', now.from->letter, 0 };

	snprintf(cvt, sizeof(cvt), "cvt%s%s%s.%s.%s", rounding, now.ftz ? ".ftz" : "",
		 now.sat ? ".sat" : "", now.to->name, now.from->name);
	/* A byte that is a bfloat16 before or after is in a register of a byte */
	if (is_bfloat_and_byte(now.from, now.to))
		snprintf(text, sizeof(text), "{ .reg .b8 %%m; %s %%m, %%a; mov.b16 %%d, {%%m, 0}; }", cvt);
	else if (is_bfloat_and_byte(now.to, now.from))
		snprintf(text, sizeof(text), "{ .reg .b8 %%m, %%n; mov.b16 {%%m, %%n}, %%a; %s %%d, %%m; }", cvt);
	else
		strcpy(text, cvt);
	row_check_how(text, signature, reference, same, &now, sizeof(now));
}

/* All that PTX allows between two types */
static void check_pair(const struct type *to, const struct type *from)
{
	static const char modes[] = "nzmp";
	bool ftz_possible = to->format == &format_f32 || from->format == &format_f32;
	bool narrower = to->format && from->format && to->format->fraction < from->format->fraction;
	bool rounds = (to->format && !from->format) || narrower;
	bool to_integer = !to->format && from->format;
	bool same_format = to->format && to == from && to->bits >= 32;
	char rounding[8];

	for (unsigned i = 0; i < 16; i++) {
		now.to = to;
		now.from = from;
		now.mode = modes[i & 3];
		now.ftz = i & 4;
		now.sat = i & 8;
		now.integral = to_integer || same_format;
		if (!rounds && !now.integral && i & 3)
			continue;
		if ((now.ftz && !ftz_possible) || (to_integer && now.sat))
			continue;
		if (now.sat && to->format && (to->bits == 16 || from->bits == 16))
			continue;
		if (now.sat && to->format && !from->format)
			continue;
		if (now.sat && !to->format && limit(to, false) <= limit(from, false) &&
		    limit(to, true) >= limit(from, true))
			continue;
		snprintf(rounding, sizeof(rounding), ".r%c%s", now.mode, now.integral ? "i" : "");
		check_one(rounds || now.integral ? rounding : "");
	}
}

unsigned check_conversion(void)
{
	for (unsigned to = 0; to < ARRAY_SIZE(types); to++)
		for (unsigned from = 0; from < ARRAY_SIZE(types); from++)
			check_pair(&types[to], &types[from]);
	return rows_end("conversion");
}
