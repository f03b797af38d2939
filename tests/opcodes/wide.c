/* SPDX-License-Identifier: MIT */
/*
 * What takes several instructions or several elements of a register: carry chains, packing and
 * unpacking, video instructions of all sorts, conversions of pairs and to 8-bit floats, against C
 */
#include "tests/opcodes/exact.h"
#include "tests/opcodes/row.h"

typedef unsigned __int128 u128;
typedef __int128 s128;

#define U32(x)	((uint32_t)(x))
#define S32(x)	((int32_t)(x))
#define LOW(x)	U32(x)
#define HIGH(x)	((x) >> 32)
#define REGS	"{\n.reg .b32 %x, %y, %z, %u, %v, %w;\n.reg .b16 %h, %i, %j, %k;\n"	\
		".reg .b64 %X, %Y;\n.reg .b8 %m, %n;\n.reg .pred %q;\n"
#define SPLIT	"mov.b64 {%x, %y}, %a;\nmov.b64 {%u, %v}, %b;\n"
#define JOIN	"mov.b64 %d, {%z, %w};\n}"

/* 64-bit sums from 32-bit halves, and 128-bit ones whose two words are mixed into one */
#define MIX(x)	((uint64_t)(x) ^ (uint64_t)((u128)(x) >> 64) * 3)
#define MIXED	"mul.lo.u64 %Y, %Y, 3;\nxor.b64 %d, %X, %Y;\n}"
#define WIDE(a, b)	((u128)(b) << 64 | (a))

#define SUMS(X, t, t64)								\
	X(REGS SPLIT "add.cc." t " %z, %x, %u;\naddc." t " %w, %y, %v;\n" JOIN, "q=qq", a + b)	\
	X(REGS SPLIT "sub.cc." t " %z, %x, %u;\nsubc." t " %w, %y, %v;\n" JOIN, "q=qq", a - b)	\
	X(REGS SPLIT "add.cc." t " %z, %x, %u;\naddc.cc." t " %w, %y, %v;\naddc." t " %w, %w, 0;\n" JOIN,	\
	  "q=qq", LOW(a + b) | (HIGH(a + b) + (a + b < a)) << 32)		\
	X(REGS SPLIT "sub.cc." t " %z, %x, %u;\nsubc.cc." t " %w, %y, %v;\nsubc." t " %w, %w, 0;\n" JOIN,	\
	  "q=qq", LOW(a - b) | (HIGH(a - b) - (a < b)) << 32)			\
	X(REGS "add.cc." t64 " %X, %a, %b;\naddc." t64 " %Y, %c, %a;\n" MIXED, "q=qqq",	\
	  MIX(WIDE(a, c) + WIDE(b, a)))						\
	X(REGS "add.cc." t64 " %X, %a, %b;\naddc.cc." t64 " %X, %c, %X;\naddc." t64 " %Y, 0, 0;\n" MIXED, "q=qqq",	\
	  (a + b + c + (a + b < a)) ^ (uint64_t)(((u128)(a + b) + c + (a + b < a)) >> 64) * 3)	\
	X(REGS "sub.cc." t64 " %X, %a, %b;\nsubc." t64 " %Y, %c, %a;\n" MIXED, "q=qqq",	\
	  MIX(WIDE(a, c) - WIDE(b, a)))						\
	X(REGS "sub.cc." t64 " %X, %a, %b;\nsubc.cc." t64 " %X, %c, %X;\nsubc." t64 " %Y, 0, 0;\n" MIXED, "q=qqq",	\
	  (c - (a - b) - (a < b)) ^ (0ull - ((u128)c < (u128)(a - b) + (a < b))) * 3)

/* a * b + c with the carries of both halves: the schoolbook way */
#define PRODUCTS(X, t, hi)							\
	X(REGS "mov.b64 {%u, %v}, %c;\nmad.lo.cc." t " %z, %a, %b, %u;\nmadc.hi." t " %w, %a, %b, %v;\n" JOIN,	\
	  "q=wwq", (uint64_t)hi + c)						\
	X(REGS "mov.b64 {%u, %v}, %c;\nmad.lo.cc." t " %z, %a, %b, %u;\nmadc.hi.cc." t " %w, %a, %b, %v;\n"	\
	  "addc.u32 %z, %z, 0;\n" JOIN, "q=wwq",				\
	  (LOW(hi + c) + (U32(hi >> 32) + HIGH(c) + HIGH((uint64_t)LOW(hi) + LOW(c))) / 0x100000000) % 0x100000000 |	\
	  HIGH(hi + c) << 32)							\
	X(REGS "mov.b64 {%u, %v}, %c;\nmad.hi.cc." t " %z, %a, %b, %u;\nmadc.lo.cc." t " %w, %a, %b, %v;\n"	\
	  "madc.lo." t " %w, %w, 1, 0;\n" JOIN, "q=wwq",			\
	  U32(U32(hi >> 32) + LOW(c)) |						\
	  (uint64_t)U32(LOW(hi) + HIGH(c) + CARRY1 + (((uint64_t)LOW(hi) + HIGH(c) + CARRY1) >> 32)) << 32)
#define PRODUCTS64(X, t, hi)							\
	X(REGS "mad.lo.cc." t " %X, %a, %b, %c;\nmadc.hi." t " %Y, %a, %b, %b;\n" MIXED, "q=qqq",	\
	  MIX((u128)hi + WIDE(c, b)))						\
	X(REGS "mad.hi.cc." t " %X, %a, %b, %c;\nmadc.lo.cc." t " %Y, %a, %b, 0;\nmadc.lo." t " %Y, %Y, 1, 0;\n" MIXED, "q=qqq",	\
	  ((uint64_t)((u128)hi >> 64) + c) ^ (a * b + CARRY64 + (a * b + CARRY64 < a * b)) * 3)	\
	X(REGS "mad.lo.cc." t " %X, %a, %b, %c;\nmadc.hi.cc." t " %Y, %a, %b, %c;\naddc.u64 %X, %X, 0;\n" MIXED, "q=qqq",	\
	  (uint64_t)(a * b + c + CARRY_OUT(hi)) ^ (uint64_t)(((u128)hi + WIDE(c, c)) >> 64) * 3)

#define CARRY1		(((uint64_t)U32(PRODUCT >> 32) + LOW(c)) >> 32)
#define CARRY64		((uint64_t)((u128)PRODUCT >> 64) + c < c)
#define CARRY_OUT(hi)	((uint64_t)(((u128)(uint64_t)((u128)hi >> 64) + c + (a * b + c < c)) >> 64))

/* ---- video: elements one by one, as the PTX ISA words it ---- */

static int64_t element(uint64_t x, unsigned i, unsigned bits, bool is_signed)
{
	uint64_t value = x >> i * bits & ((1u << bits) - 1);

	return is_signed && value >> (bits - 1) ? (int64_t)value - (1 << bits) : (int64_t)value;
}

/* struct video - @count elements: vadd2.u32.s32.u32.sat */
struct video {
	const char *op;
	unsigned count;
	bool d_signed, a_signed, b_signed, sat, sum;
	char compare[3];
};

static bool is(const struct video *how, const char *op)
{
	return !strcmp(how->op, op);
}

static int64_t one_element(const struct video *how, int64_t x, int64_t y)
{
	if (is(how, "vadd"))
		return x + y;
	if (is(how, "vsub"))
		return x - y;
	if (is(how, "vabsdiff"))
		return x > y ? x - y : y - x;
	if (is(how, "vmin") || is(how, "vmax"))
		return (x < y) == is(how, "vmin") ? x : y;
	if (is(how, "vavrg"))	/* halves are rounded away from zero */
		return x + y >= 0 ? (x + y + 1) / 2 : -((-(x + y) + 1) / 2);
	return how->compare[0] == 'e' ? x == y : how->compare[0] == 'n' ? x != y :
	       how->compare[0] == 'l' ? how->compare[1] == 't' ? x < y : x <= y :
	       how->compare[1] == 't' ? x > y : x >= y;
}

static uint64_t video(const struct row *row, uint64_t a, uint64_t b, uint64_t c)
{
	const struct video *how = row->how;
	unsigned bits = 32 / how->count;
	uint64_t packed = 0, sum = c;

	for (unsigned i = 0; i < how->count; i++) {
		int64_t x = one_element(how, element(a, i, bits, how->a_signed), element(b, i, bits, how->b_signed));
		int64_t max = how->d_signed ? (1 << (bits - 1)) - 1 : (1 << bits) - 1;
		int64_t min = how->d_signed ? -max - 1 : 0;

		if (how->sat)
			x = x > max ? max : x < min ? min : x;
		sum += (uint64_t)x;
		packed |= ((uint64_t)x & ((1u << bits) - 1)) << i * bits;
	}
	return U32(how->sum ? sum : packed);
}

static void check_video(void)
{
	static const char *const ops[] = { "vadd", "vsub", "vavrg", "vabsdiff", "vmin", "vmax", "vset" };
	static const char compares[][3] = { "eq", "ne", "lt", "le", "gt", "ge" };
	char name[64];

	for (unsigned i = 0; i < 7 * 2 * 8 * 3; i++) {
		bool set = i % 7 == 6;
		struct video how = {
			.op = ops[i % 7], .count = i / 7 % 2 ? 4 : 2,
			.d_signed = i / 14 & 1 && !set, .a_signed = i / 14 & 2, .b_signed = i / 14 & 4,
			.sat = i / 112 == 1 && !set, .sum = i / 112 == 2,
		};

		strcpy(how.compare, compares[random_bits() % 6]);
		snprintf(name, sizeof(name), "%s%u.%s%s%s%s%s%s%s", how.op, how.count,
			 set ? "" : how.d_signed ? "s32." : "u32.", how.a_signed ? "s32" : "u32",
			 how.b_signed ? ".s32" : ".u32", how.sat ? ".sat" : "", how.sum ? ".add" : "",
			 set ? "." : "", set ? how.compare : "");
		row_check_how(name, "w=www", video, NULL, &how, sizeof(how));
	}
}

/* ---- video: one element, of a part of a register ---- */

/* struct part - of a register: its first bit and how many; name 0: all of it */
struct part {
	const char *name;
	unsigned first, bits;
};

static const struct part parts[] = {
	{ "", 0, 32 }, { ".b0", 0, 8 }, { ".b1", 8, 8 }, { ".b2", 16, 8 }, { ".b3", 24, 8 },
	{ ".h0", 0, 16 }, { ".h1", 16, 16 },
};

/* struct scalar - @video.op on parts; @with: what is done with c, "": nothing, "merge", "add" ... */
struct scalar {
	struct video video;
	struct part d, a, b;
	const char *with;
	bool wrap;
};

static bool is_shift(const struct scalar *how)
{
	return is(&how->video, "vshl") || is(&how->video, "vshr");
}

static s128 one_result(const struct scalar *how, int64_t x, int64_t y)
{
	unsigned count = how->wrap ? (unsigned)y & 31 : y < 0 || y > 32 ? 32 : (unsigned)y;

	if (is(&how->video, "vshl"))
		return (s128)x * ((s128)1 << count);
	if (is(&how->video, "vshr"))
		return x >> count;
	return one_element(&how->video, x, y);
}

static int64_t signed_or_not(uint64_t x, bool is_signed)
{
	return is_signed ? (int32_t)x : (int64_t)(uint32_t)x;
}

static int64_t element_of(uint64_t x, const struct part *part, bool is_signed)
{
	uint64_t value = x >> part->first & ((1ull << part->bits) - 1);

	return is_signed && value >> (part->bits - 1) ? (int64_t)value - (1ll << part->bits) : (int64_t)value;
}

/* @x modulo 2^@bits, as a signed number */
static s128 wrapped(s128 x, unsigned bits)
{
	s128 all = (s128)1 << bits, rest = (x % all + all) % all;

	return rest < all / 2 ? rest : rest - all;
}

/* What ptxas makes of .sat: shifts know no parts, u32 no upper and a part no lower bound */
static s128 saturated(const struct scalar *how, s128 r)
{
	const bool is_signed = how->video.d_signed, shift = is_shift(how);
	unsigned bits = shift ? 32 : how->d.bits;
	s128 max = ((s128)1 << (is_signed ? bits - 1 : bits)) - 1, min = is_signed ? -max - 1 : 0;

	if (shift)
		r = wrapped(r, 34);
	else if (!is_signed && bits == 32)
		return r < 0 ? 0 : r;
	else if (bits < 32)
		min = r < 0 ? max : 0;
	return r > max ? max : r < min ? min : r;
}

/* Is @r less than c?  Below 0 an unsigned result, and of 32 bits any with the top one, is more than any c */
static bool is_less(const struct scalar *how, s128 r, uint64_t c)
{
	const bool of_32_bits = is(&how->video, "vadd") || is(&how->video, "vsub") ||
				(is_shift(how) && how->video.sat);
	const bool is_signed = is(&how->video, "vset") ? how->video.a_signed : how->video.d_signed;

	r = wrapped(r, of_32_bits ? 32 : 64);
	return r < signed_or_not(c, is_signed) && (is_signed || r >= 0);
}

/* As ptxas has it for an H200, see softgpu/exec_video.c */
static uint64_t scalar(const struct row *row, uint64_t a, uint64_t b, uint64_t c)
{
	const struct scalar *how = row->how;
	const struct video *video = &how->video;
	s128 r = one_result(how, element_of(a, &how->a, video->a_signed), element_of(b, &how->b, video->b_signed));
	uint64_t mask = ((1ull << how->d.bits) - 1) << how->d.first;

	if (video->sat)
		r = saturated(how, r);
	if (!strcmp(how->with, "add"))
		return U32(r + c);
	if (!strcmp(how->with, "min") || !strcmp(how->with, "max"))
		return U32(is_less(how, r, c) == !strcmp(how->with, "min") ? (uint64_t)r : c);
	if (strcmp(how->d.name, ".h1"))	/* which takes the upper half of the result */
		r *= 1ull << how->d.first;
	return U32(((uint64_t)r & mask) | (c & ~mask));
}

static void check_scalar(const struct scalar *how)
{
	const struct video *video = &how->video;
	bool set = is(video, "vset"), shift = is_shift(how), merge = !strcmp(how->with, "merge");
	char text[160];

	snprintf(text, sizeof(text), "%s%s.%s.%s%s%s%s%s%s%s %%d%s, %%a%s, %%b%s%s;", video->op,
		 set ? "" : video->d_signed ? ".s32" : ".u32", video->a_signed ? "s32" : "u32",
		 video->b_signed ? "s32" : "u32", video->sat ? ".sat" : "",
		 shift ? how->wrap ? ".wrap" : ".clamp" : "", set ? "." : "", set ? video->compare : "",
		 *how->with && !merge ? "." : "", *how->with && !merge ? how->with : "", how->d.name, how->a.name,
		 how->b.name, *how->with ? ", %c" : "");
	row_check_how(text, *how->with ? "w=www" : "w=ww", scalar, NULL, how, sizeof(*how));
}

static void check_scalars(void)
{
	static const char *const ops[] = { "vadd", "vsub", "vabsdiff", "vmin", "vmax", "vset", "vshl", "vshr" };
	static const char compares[][3] = { "eq", "ne", "lt", "le", "gt", "ge" };
	static const char *const withs[] = { "", "merge", "add", "min", "max", "merge" };

	for (unsigned i = 0; i < 1440; i++) {
		bool set = i % 8 == 5, shift = i % 8 > 5;
		struct scalar how = {
			.video = {
				.op = ops[i % 8], .a_signed = random_bits() & 1, .b_signed = !shift && random_bits() & 1,
				.d_signed = !set && random_bits() & 1,
			},
			.a = parts[random_bits() % 7], .b = parts[random_bits() % 7], .d = parts[0],
			.with = withs[i / 8 % 6], .wrap = shift && random_bits() & 1,
		};

		how.video.sat = !set && random_bits() & 1;
		if (!strcmp(how.with, "merge"))
			how.d = parts[1 + random_bits() % 6];
		strcpy(how.video.compare, compares[random_bits() % 6]);
		check_scalar(&how);
	}
}

/* ---- video: a product and a sum ---- */

/* struct mad - vmad.type.atype.btype, its @shift, and what is negated; with @one more if nothing is */
struct mad {
	struct part a, b;
	bool a_signed, b_signed, sat, one, minus_a, minus_b, minus_c;
	unsigned shift;
};

/* Factors and c count as signed when they are 32 bits; what is unsigned is scaled as 64 of them */
static uint64_t mad(const struct row *row, uint64_t a, uint64_t b, uint64_t c)
{
	const struct mad *how = row->how;
	const bool is_signed = how->a_signed || how->b_signed || how->minus_a != how->minus_b || how->minus_c;
	const s128 unit = (s128)1 << how->shift, max = is_signed ? INT32_MAX : UINT32_MAX;
	const s128 min = is_signed ? INT32_MIN : 0;
	s128 r = wrapped(element_of(a, &how->a, how->a_signed), 32) * (how->minus_a ? -1 : 1);

	r *= wrapped(element_of(b, &how->b, how->b_signed), 32) * (how->minus_b ? -1 : 1);
	r += (s128)S32(c) * (how->minus_c ? -1 : 1) + how->one;
	if (how->shift && !is_signed)
		r = (uint64_t)r;
	r = (r - (r % unit + unit) % unit) / unit;
	if (how->sat)
		r = r > max ? max : r < min ? min : r;
	return U32(r);
}

static void check_mad(const struct mad *how, bool d_signed)
{
	char text[160];

	snprintf(text, sizeof(text), "vmad.%s.%s.%s%s%s%s %%d, %s%%a%s, %s%%b%s, %s%%c;", d_signed ? "s32" : "u32",
		 how->a_signed ? "s32" : "u32", how->b_signed ? "s32" : "u32", how->one ? ".po" : "",
		 how->sat ? ".sat" : "", how->shift == 7 ? ".shr7" : how->shift ? ".shr15" : "",
		 how->minus_a ? "-" : "", how->a.name, how->minus_b ? "-" : "", how->b.name,
		 how->minus_c ? "-" : "");
	row_check_how(text, "w=www", mad, NULL, how, sizeof(*how));
}

static void check_mads(void)
{
	static const unsigned shifts[] = { 0, 7, 15 };

	/* Nothing negated, one more, -a, -b, -a and -b, -c: with each of the shifts, clamped or not */
	for (unsigned i = 0; i < 6 * 3 * 2 * 16; i++) {
		struct mad how = {
			.a = parts[random_bits() % 7], .b = parts[random_bits() % 7],
			.a_signed = i / 36 & 1, .b_signed = i / 36 & 2, .sat = i / 18 & 1, .shift = shifts[i / 6 % 3],
			.one = i % 6 == 1, .minus_a = i % 6 == 2 || i % 6 == 4, .minus_b = i % 6 == 3 || i % 6 == 4,
			.minus_c = i % 6 == 5,
		};

		check_mad(&how, random_bits() & 1);
	}
}

/* ---- conversions of pairs ---- */

static uint64_t pack_saturated(int64_t a, int64_t b, uint64_t c, unsigned bits, bool is_signed)
{
	int64_t max = is_signed ? (1 << (bits - 1)) - 1 : (1 << bits) - 1;
	int64_t min = is_signed ? -max - 1 : 0;
	uint64_t mask = (1ull << bits) - 1;

	a = a > max ? max : a < min ? min : a;
	b = b > max ? max : b < min ? min : b;
	return U32((c << 2 * bits) | ((uint64_t)a & mask) << bits | ((uint64_t)b & mask));
}

static uint64_t to_half(const struct format *f, uint64_t bits, char mode, bool relu)
{
	bool negative = bits >> 31;

	if (format_is_nan(&format_f32, bits))
		return f->nan;
	if (relu && negative)
		return 0;
	if (format_is_infinite(&format_f32, bits))
		return (uint64_t)(2 * f->bias + 1) << f->fraction | (uint64_t)negative << 15;
	return format_round(f, format_value(&format_f32, bits), negative, mode);
}

/* ---- 8-bit floats: nearest even, never infinite ---- */

static const struct format format_e4m3 = { 8, 3, 7, 0x7f };
static const struct format format_e5m2 = { 8, 2, 15, 0x7f };

/* @bits of @from as one of them */
static uint64_t to_fp8(const struct format *f, const struct format *from, uint64_t bits, bool relu)
{
	bool negative = format_sign(from, bits);
	uint64_t sign = (uint64_t)negative << 7, most = f == &format_e4m3 ? 0x7e : 0x7b, rounded;
	exact mag, units;

	if (format_is_nan(from, bits))
		return f->nan;
	if (relu && negative)
		return 0;
	if (format_is_infinite(from, bits))
		return sign | most;
	mag = format_value(from, bits);
	mag = negative ? -mag : mag;
	if (f == &format_e4m3 && mag >= 256) {
		/* The largest exponent is one of numbers: there the unit is 32 */
		units = mag > 1000 ? 16 : mag / 32;
		rounded = 0x70 + (uint64_t)units;
		rounded += rounds_up('n', false, (uint64_t)units, units - (exact)(uint64_t)units);
	} else {
		rounded = format_round(f, mag, false, 'n');
	}
	return sign | (rounded > most ? most : rounded);
}

static uint64_t from_fp8(const struct format *f, uint64_t bits, bool relu)
{
	exact x;

	bits &= 0xff;
	if (f == &format_e4m3 && (bits & 0x7f) >= 0x78 && (bits & 0x7f) != 0x7f) {
		x = (exact)((bits & 7) + 8) * 32;
		x = bits & 0x80 ? -x : x;
	} else if ((bits & 0x7f) == 0x7f || format_is_nan(f, bits)) {
		return format_f16.nan;
	} else if (format_is_infinite(f, bits)) {
		return relu && bits & 0x80 ? 0 : 0x7c00 | (bits & 0x80) << 8;
	} else {
		x = format_value(f, bits);
	}
	return relu && bits & 0x80 ? 0 : format_round(&format_f16, x, bits & 0x80, 'n');
}

#define FP8(X, name, f)								\
	FP8_ROWS(X, name, f, "", false) FP8_ROWS(X, name, f, ".relu", true)
#define FP8_ROWS(X, name, f, mod, relu)						\
	X("cvt.rn.satfinite" mod "." name ".f32", "h=ff",			\
	  to_fp8(f, &format_f32, a, relu) << 8 | to_fp8(f, &format_f32, b, relu))	\
	X("cvt.rn.satfinite" mod "." name ".f16x2", "h=w",			\
	  to_fp8(f, &format_f16, a >> 16, relu) << 8 | to_fp8(f, &format_f16, a & 0xffff, relu))	\
	X("cvt.rn" mod ".f16x2." name, "w=h", from_fp8(f, a >> 8, relu) << 16 | from_fp8(f, a, relu))

#define TWO(f, mode, relu)	(to_half(f, a, mode, relu) << 16 | to_half(f, b, mode, relu))

#define CASES(X)								\
	SUMS(X, "u32", "u64") SUMS(X, "s32", "s64")				\
	PRODUCTS(X, "u32", (a * b)) PRODUCTS64(X, "u64", ((u128)a * b))		\
	X(REGS "mov.b32 {%h, %i}, %a;\nmov.b32 %d, {%i, %h};\n}", "w=w", U32(a << 16 | a >> 16))	\
	X(REGS "mov.b64 {%h, %i, %j, %k}, %a;\nmov.b64 %d, {%k, %h, %j, %i};\n}", "q=q",	\
	  (a >> 48) | (a & 0xffff) << 16 | (a >> 32 & 0xffff) << 32 | (a >> 16 & 0xffff) << 48)	\
	X(REGS "mov.b64 {%x, %y}, %a;\nmov.b64 %d, {%y, %x};\n}", "q=q", a << 32 | a >> 32)	\
	X(REGS "mov.b64 {_, %x}, %a;\nmov.b32 %d, %x;\n}", "w=q", HIGH(a))	\
	X(REGS "mov.b32 %x, %a;\nmov.b32 {%h, %i}, %x;\nmov.b32 %d, {%h, %h};\n}", "w=w",	\
	  (a & 0xffff) * 0x10001)						\
	X(REGS "mov.b16 {%m, %n}, %a;\nmov.b16 %d, {%n, %m};\n}", "h=h", (a & 255) << 8 | a >> 8)	\
	X(REGS "mov.b16 {%m, %n}, %a;\nmov.b32 %d, {%n, %n, %m, %m};\n}", "w=h",	\
	  (a >> 8) * 0x101 | (a & 255) * 0x1010000)				\
	X("cvt.pack.sat.u8.s32.b32", "w=www", pack_saturated(S32(a), S32(b), c, 8, false))	\
	X("cvt.pack.sat.s8.s32.b32", "w=www", pack_saturated(S32(a), S32(b), c, 8, true))	\
	X("cvt.pack.sat.u16.s32", "w=ww", pack_saturated(S32(a), S32(b), 0, 16, false))	\
	X("cvt.pack.sat.s16.s32", "w=ww", pack_saturated(S32(a), S32(b), 0, 16, true))	\
	X("cvt.rn.f16x2.f32", "w=ff", TWO(&format_f16, 'n', false))		\
	X("cvt.rz.f16x2.f32", "w=ff", TWO(&format_f16, 'z', false))		\
	X("cvt.rn.relu.f16x2.f32", "w=ff", TWO(&format_f16, 'n', true))		\
	X("cvt.rn.bf16x2.f32", "w=ff", TWO(&format_bf16, 'n', false))		\
	X("cvt.rz.relu.bf16x2.f32", "w=ff", TWO(&format_bf16, 'z', true))	\
	FP8(X, "e4m3x2", &format_e4m3) FP8(X, "e5m2x2", &format_e5m2)		\
	X("max.f32 %d, %a, %b, %c;", "f=fff", max3(a, b, c, false))		\
	X("min.f32 %d, %a, %b, %c;", "f=fff", max3(a, b, c, true))

static uint64_t max3(uint64_t a, uint64_t b, uint64_t c, bool min)
{
	uint64_t bits[3] = { a, b, c }, best = 0x7fffffff;

	for (unsigned i = 0; i < 3; i++) {
		/* Sign and magnitude: -0 is less than 0 */
		int64_t x = bits[i] >> 31 ? -(int64_t)(bits[i] & 0x7fffffff) - 1 : (int64_t)bits[i];
		int64_t y = best >> 31 ? -(int64_t)(best & 0x7fffffff) - 1 : (int64_t)best;

		if (format_is_nan(&format_f32, bits[i]))
			continue;
		if (best == 0x7fffffff || (x < y) == min)
			best = bits[i];
	}
	return best;
}

/* Signed products: PRODUCT is what mad.hi and mad.lo are the halves of */
#define SIGNED_CASES(X)								\
	PRODUCTS(X, "s32", ((uint64_t)((int64_t)S32(a) * S32(b))))		\
	PRODUCTS64(X, "s64", ((s128)(int64_t)a * (int64_t)b))

#define PRODUCT	((u128)a * b)
ROWS(check_cases, CASES, NULL)
#undef PRODUCT

#define PRODUCT	(row->number < 3 ? (s128)((int64_t)S32(a) * S32(b)) : (s128)(int64_t)a * (int64_t)b)
ROWS(check_signed, SIGNED_CASES, NULL)

unsigned check_wide(void)
{
	check_cases();
	check_signed();
	check_video();
	check_scalars();
	check_mads();
	return rows_end("wide");
}
