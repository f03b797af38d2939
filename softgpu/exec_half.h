/* SPDX-License-Identifier: MIT */
/*
 * exec_half.h - binary16 and bfloat16 as integers, and flushing of subnormals
 *
 * Everything is written without branches on data, so that loops over lanes vectorise.
 */
#ifndef SOFTGPU_EXEC_HALF_H
#define SOFTGPU_EXEC_HALF_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define F32_NAN		0x7fffffffu	/* the canonical NaN of single precision */
#define F16_NAN		0x7fffu
#define BF16_NAN	0x7fffu

static inline uint32_t float_bits(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, 4);
	return bits;
}

static inline float bits_float(uint32_t bits)
{
	float x;

	memcpy(&x, &bits, 4);
	return x;
}

static inline uint64_t double_bits(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, 8);
	return bits;
}

static inline double bits_double(uint64_t bits)
{
	double x;

	memcpy(&x, &bits, 8);
	return x;
}

/* .ftz: a subnormal becomes a zero of its sign */
static inline float flush32(float x)
{
	uint32_t bits = float_bits(x);

	return bits_float(bits & 0x7f800000 ? bits : bits & 0x80000000);
}

static inline uint32_t flush16(uint32_t x)
{
	return x & 0x7c00 ? x : x & 0x8000;
}

/* Only the low 16 bits of the argument count */
static inline float half_to_float(uint32_t h)
{
	uint32_t sign = (h & 0x8000) << 16, mag = h & 0x7fff;
	/* Rebias by a multiplication, which is right for subnormals too */
	float scaled = bits_float(mag << 13) * 0x1p112f;
	uint32_t bits = mag >= 0x7c00 ? (mag << 13) | 0x7f800000 : float_bits(scaled);

	return bits_float(bits | sign);
}

static inline float bfloat_to_float(uint32_t h)
{
	return bits_float(h << 16);
}

enum rounding { ROUND_NEAREST, ROUND_ZERO, ROUND_DOWN, ROUND_UP, ROUND_AWAY };

/* Does a value of this sign with these bits cut off go up by one unit? */
static inline uint32_t round_up(enum rounding mode, uint32_t sign, uint64_t kept, uint64_t cut,
				uint64_t half)
{
	switch (mode) {
	case ROUND_ZERO:
		return 0;
	case ROUND_DOWN:
		return sign && cut;
	case ROUND_UP:
		return !sign && cut;
	case ROUND_AWAY:
		return cut >= half;
	default:
		return cut > half || (cut == half && (kept & 1));
	}
}

/*
 * A double, whose last bit may stand for more bits that were not zero (round to odd), to a
 * format with @mant fraction bits and exponent bias @bias
 */
static inline uint32_t round_double(double x, unsigned mant, int bias, enum rounding mode)
{
	uint64_t bits = double_bits(x), frac = bits & 0xfffffffffffffull, kept, cut, half;
	uint32_t sign = (uint32_t)(bits >> 63), inf = (uint32_t)(2 * bias + 1) << mant, out;
	int exp = (int)(bits >> 52 & 0x7ff) - 1023 + bias;
	unsigned shift = 52 - mant;

	if ((bits >> 52 & 0x7ff) == 0x7ff)
		return frac ? 0x7fff : inf | sign << 15;
	if (!(bits << 1))
		return sign << 15;
	if (bits >> 52 & 0x7ff)
		frac |= 1ull << 52;
	if (exp <= 0) {
		shift += (unsigned)(1 - exp);
		exp = 0;
		if (shift > 62) {
			shift = 62;
			frac = 1;
		}
	} else {
		exp--;		/* the implicit bit of @kept adds it back */
	}
	kept = frac >> shift;
	cut = frac & ((1ull << shift) - 1);
	half = 1ull << (shift - 1);
	if (exp > 2 * bias)
		out = inf;
	else
		out = ((uint32_t)exp << mant) + (uint32_t)kept + round_up(mode, sign, kept, cut, half);
	if (out >= inf) {
		/* Overflow: towards zero stops at the largest finite number */
		bool stop = mode == ROUND_ZERO || (mode == ROUND_DOWN && !sign) ||
			    (mode == ROUND_UP && sign);

		out = stop ? inf - 1 : inf;
	}
	return out | sign << 15;
}

/* The 8-bit formats: e4m3 has no infinity, and a NaN where one would be */
static inline uint32_t double_to_e4m3(double x)
{
	uint32_t sign = (uint32_t)(double_bits(x) >> 63) << 7, bits;
	double mag = __builtin_fabs(x);

	/* round_double() keeps the largest exponent for infinity: numbers use it here */
	bits = mag >= 16 ? round_double(mag / 4, 3, 7, ROUND_NEAREST) + 16 :
			   round_double(mag, 3, 7, ROUND_NEAREST);
	if (x != x)
		return 0x7f;
	return sign | (bits > 0x7e ? 0x7e : bits);
}

static inline uint32_t double_to_e5m2(double x)
{
	uint32_t sign = (uint32_t)(double_bits(x) >> 63) << 7;
	uint32_t bits = round_double(__builtin_fabs(x), 2, 15, ROUND_NEAREST);

	if (x != x)
		return 0x7f;
	return sign | (bits > 0x7b ? 0x7b : bits);
}

static inline double e4m3_to_double(uint32_t x)
{
	uint32_t exponent = x >> 3 & 15, fraction = x & 7;
	double mag = exponent ? (1 + fraction / 8.0) * (double)(1u << exponent) / 128 : fraction / 512.0;

	if ((x & 0x7f) == 0x7f)
		return bits_double(0x7ff8000000000000);
	return x & 0x80 ? -mag : mag;
}

static inline double e5m2_to_double(uint32_t x)
{
	return (double)half_to_float((x & 0xff) << 8);
}

static inline uint32_t double_to_half(double x, enum rounding mode)
{
	return round_double(x, 10, 15, mode);
}

static inline uint32_t double_to_bfloat(double x, enum rounding mode)
{
	return round_double(x, 7, 127, mode);
}

/* Round to nearest even, without a branch on data */
static inline uint32_t float_to_half(float x)
{
	uint32_t bits = float_bits(x), sign = bits >> 16 & 0x8000, mag = bits & 0x7fffffff;
	/* Adding this aligns a subnormal result's last bit with the float's, which rounds it */
	uint32_t small = float_bits(bits_float(mag) + 0.5f) - 0x3f000000;
	uint32_t normal = (mag - 0x38000000 + 0xfff + (mag >> 13 & 1)) >> 13;
	uint32_t out = mag < 0x38800000 ? small : normal;

	out = mag >= 0x477ff000 ? 0x7c00 : out;
	return mag > 0x7f800000 ? F16_NAN : out | sign;
}

static inline uint32_t float_to_bfloat(float x)
{
	uint32_t bits = float_bits(x);
	uint32_t out = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;

	return (bits & 0x7fffffff) > 0x7f800000 ? BF16_NAN : out;
}

/* p + c rounded to odd: a later rounding to fewer bits is then the only one */
static inline double add_odd(double p, double c)
{
	double sum = p + c, t = sum - p, error = (p - (sum - t)) + (c - t);
	uint64_t bits = double_bits(sum);

	if (error == 0 || error != error || (bits & 1))
		return sum;
	/* The exact value lies towards @error from @sum: step there, to the odd neighbour */
	return bits_double((error > 0) == (sum > 0) ? bits + 1 : bits - 1);
}

#endif /* SOFTGPU_EXEC_HALF_H */
