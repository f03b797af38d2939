/* SPDX-License-Identifier: MIT */
/*
 * exact.h - floating-point formats by exact arithmetic, for references
 *
 * Slow and plain on purpose, and written another way than softgpu itself: a value is a
 * 113-bit float, rounding divides by the unit in the last place and looks at the fraction.
 */
#ifndef TESTS_OPCODES_EXACT_H
#define TESTS_OPCODES_EXACT_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef __float128 exact;

/* struct format - @fraction bits, exponent @bias, @nan is the canonical one */
struct format {
	unsigned bits, fraction;
	int bias;
	uint64_t nan;
};

static const struct format format_f16 = { 16, 10, 15, 0x7fff };
static const struct format format_bf16 = { 16, 7, 127, 0x7fff };
static const struct format format_f32 = { 32, 23, 127, 0x7fffffff };
static const struct format format_f64 = { 64, 52, 1023, 0x7fffffffffffffff };

/* binary128: 112 fraction bits, exponent bias 16383 */
static inline exact power_of_two(int n)
{
	unsigned __int128 bits = (unsigned __int128)(16383 + n) << 112;
	exact x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* The largest n with 2^n <= @x, for x > 0 */
static inline int exponent_of(exact x)
{
	unsigned __int128 bits;

	memcpy(&bits, &x, sizeof(bits));
	return (int)(bits >> 112 & 0x7fff) - 16383;
}

static inline bool format_is_nan(const struct format *f, uint64_t bits)
{
	uint64_t mag = bits & ((1ull << (f->bits - 1)) - 1);

	return mag > (uint64_t)(2 * f->bias + 1) << f->fraction;
}

static inline bool format_is_infinite(const struct format *f, uint64_t bits)
{
	return (bits & ((1ull << (f->bits - 1)) - 1)) == (uint64_t)(2 * f->bias + 1) << f->fraction;
}

static inline bool format_sign(const struct format *f, uint64_t bits)
{
	return bits >> (f->bits - 1) & 1;
}

/* The value of finite @bits */
static inline exact format_value(const struct format *f, uint64_t bits)
{
	uint64_t fraction = bits & ((1ull << f->fraction) - 1);
	int exponent = (int)(bits >> f->fraction & (uint64_t)(2 * f->bias + 1));
	exact x;

	if (exponent)
		fraction |= 1ull << f->fraction;
	else
		exponent = 1;
	x = (exact)fraction * power_of_two(exponent - f->bias - (int)f->fraction);
	return format_sign(f, bits) ? -x : x;
}

/* 'n' nearest even, 'z' zero, 'm' down, 'p' up, 'a' nearest, ties away */
static inline bool rounds_up(char mode, bool negative, uint64_t whole, exact rest)
{
	switch (mode) {
	case 'z':
		return false;
	case 'm':
		return negative && rest > 0;
	case 'p':
		return !negative && rest > 0;
	case 'a':
		return rest >= 0.5;
	default:
		return rest > 0.5 || (rest == 0.5 && (whole & 1));
	}
}

/* @x in @f; a zero gets the sign @negative */
static inline uint64_t format_round(const struct format *f, exact x, bool negative, char mode)
{
	uint64_t sign = (uint64_t)negative << (f->bits - 1), whole;
	uint64_t infinite = (uint64_t)(2 * f->bias + 1) << f->fraction;
	int exponent = 1 - f->bias;
	exact mag = negative ? -x : x;

	if (mag == 0)
		return sign;
	if (exponent_of(mag) > exponent)
		exponent = exponent_of(mag);
	mag *= power_of_two((int)f->fraction - exponent);
	if (exponent > f->bias)
		whole = UINT64_MAX;
	else
		whole = (uint64_t)mag;
	if (whole != UINT64_MAX) {
		whole += rounds_up(mode, negative, whole, mag - (exact)whole);
		/* The exponent of a normal number less the implicit bit that @whole has */
		whole += (uint64_t)(exponent + f->bias - 1) << f->fraction;
	}
	if (whole >= infinite)
		whole = mode == 'z' || mode == (negative ? 'p' : 'm') ? infinite - 1 : infinite;
	return sign | whole;
}

static inline uint64_t format_flush(const struct format *f, uint64_t bits)
{
	uint64_t exponent = (uint64_t)(2 * f->bias + 1) << f->fraction;

	return bits & exponent ? bits : bits & 1ull << (f->bits - 1);
}

#endif /* TESTS_OPCODES_EXACT_H */
