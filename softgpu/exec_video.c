/* SPDX-License-Identifier: MIT */
/*
 * exec_video.c - arithmetic on two halves or four bytes, or on any of them (PTX ISA, Video Instructions)
 *
 * What the __v...2() and __v...4() functions of CUDA become where the hardware has it; cub of CUDA 12 adds
 * with vadd and shifts with vshl and vshr.
 *
 * Theory of operation: what computes one element, vadd and not vadd2, no GPU has had since Kepler.  ptxas makes
 * other instructions of it, whose results are not everywhere those of the PTX ISA's text.  Ours are an H200's, of
 * every form for sm_75; for sm_50 and sm_90, and not optimised, a sample of the forms had the same:
 *
 *  - A result has 64 bits and a sign, that of vadd, vsub and a saturated shift 32, whatever its type.  .min and .max
 *    compare it with c as d's type says: if that is unsigned, what is negative is more than any c.  vset has no type
 *    of its own and takes a's.
 *  - .h1 of d gets the upper half of the result's low 32 bits, not the lower.
 *  - .sat into u32 makes 0 of what is negative and does not bound what is large.  Into a byte or a half, signed or
 *    not, it makes the largest of both.  A saturated shift is one of 34 bits, and saturates to 32 whatever part of d
 *    it goes to.
 *  - vmad takes 32 bits as signed, whatever their type, and so is its sum.  An unsigned one, by the types and the
 *    signs before the operands, is scaled as unsigned and saturated to u32.
 */

#include "softgpu/exec_ops.h"
#include "softgpu/exec_video.h"

static int32_t element(uint32_t x, unsigned n, unsigned bits, bool is_signed)
{
	uint32_t value = x >> n * bits << (32 - bits);

	return is_signed ? (int32_t)value >> (32 - bits) : (int32_t)(value >> (32 - bits));
}

static bool compare(uint32_t aux, int64_t a, int64_t b)
{
	switch (aux >> VIDEO_COMPARE_SHIFT & 7) {
	case VIDEO_EQ:
		return a == b;
	case VIDEO_NE:
		return a != b;
	case VIDEO_LT:
		return a < b;
	case VIDEO_LE:
		return a <= b;
	case VIDEO_GT:
		return a > b;
	default:
		return a >= b;
	}
}

static int64_t compute(uint32_t aux, int64_t a, int64_t b)
{
	switch (aux & VIDEO_OPERATION) {
	case VIDEO_ADD:
		return a + b;
	case VIDEO_SUB:
		return a - b;
	case VIDEO_AVERAGE:
		return (a + b + (a + b >= 0)) >> 1;
	case VIDEO_DISTANCE:
		return a > b ? a - b : b - a;
	case VIDEO_MIN:
		return a < b ? a : b;
	case VIDEO_MAX:
		return a > b ? a : b;
	default:
		return compare(aux, a, b);
	}
}

static int64_t saturate(int64_t x, unsigned bits, bool is_signed)
{
	int64_t max = is_signed ? (1ll << (bits - 1)) - 1 : (1ll << bits) - 1;
	int64_t min = is_signed ? -max - 1 : 0;

	return x > max ? max : x < min ? min : x;
}

static uint32_t video(uint32_t aux, uint32_t a, uint32_t b, uint32_t c)
{
	unsigned count = aux & VIDEO_FOUR ? 4 : 2, bits = 32 / count;
	uint32_t packed = 0, sum = c;

	for (unsigned n = 0; n < count; n++) {
		int64_t x = compute(aux, element(a, n, bits, aux & VIDEO_A_SIGNED),
				    element(b, n, bits, aux & VIDEO_B_SIGNED));

		if (aux & VIDEO_SAT)
			x = saturate(x, bits, aux & VIDEO_D_SIGNED);
		sum += (uint32_t)x;
		packed |= ((uint32_t)x & ((1u << bits) - 1)) << n * bits;
	}
	return aux & VIDEO_SUM ? sum : packed;
}

/* ---- one element ---- */

static unsigned part_bits(unsigned part)
{
	return part == PART_ALL ? 32 : part < PART_H0 ? 8 : 16;
}

static unsigned part_shift(unsigned part)
{
	return part == PART_ALL ? 0 : part < PART_H0 ? 8 * (part - PART_B0) : 16 * (part - PART_H0);
}

/* The low @bits of @x */
static int64_t low_bits(uint64_t x, unsigned bits, bool is_signed)
{
	uint64_t high = x << (64 - bits);

	return is_signed ? (int64_t)high >> (64 - bits) : (int64_t)(high >> (64 - bits));
}

static int64_t part_of(uint32_t x, unsigned part, bool is_signed)
{
	return low_bits(x >> part_shift(part), part_bits(part), is_signed);
}

static int64_t shift_part(uint32_t aux, int64_t a, uint64_t b)
{
	b = aux & VIDEO_WRAP ? b & 31 : b > 32 ? 32 : b;
	a = aux & VIDEO_SHIFT_LEFT ? (int64_t)((uint64_t)a << b) : a >> b;
	if (aux & VIDEO_SAT)
		a = (int32_t)saturate(low_bits((uint64_t)a, 34, true), 32, aux & VIDEO_D_SIGNED);
	return a;
}

static int64_t saturate_part(uint32_t aux, int64_t x)
{
	const unsigned bits = part_bits(aux >> VIDEO_D_PART & 7);
	const bool is_signed = aux & VIDEO_D_SIGNED;
	const int64_t max = saturate(INT64_MAX, bits, is_signed);

	if (bits < 32)
		return x < 0 || x > max ? max : x;
	return is_signed ? saturate(x, bits, true) : x < 0 ? 0 : x;
}

static int64_t compute_part(uint32_t aux, int64_t a, int64_t b)
{
	const uint32_t operation = aux & VIDEO_OPERATION;
	int64_t x = compute(aux, a, b);

	if (aux & VIDEO_SAT)
		x = saturate_part(aux, x);
	return operation == VIDEO_ADD || operation == VIDEO_SUB ? (int32_t)x : x;
}

/* The result @x with c: merged into it, or an operation on both */
static uint32_t with_c(uint32_t aux, int64_t x, uint32_t c)
{
	const unsigned part = aux >> VIDEO_D_PART & 7, bits = part_bits(part);
	const bool less = aux & VIDEO_D_SIGNED ? x < (int32_t)c : (uint64_t)x < c;
	uint32_t value = (uint32_t)x, mask;

	if (aux & VIDEO_SUM)
		return value + c;
	if (aux & (VIDEO_MIN_C | VIDEO_MAX_C))
		return less == ((aux & VIDEO_MIN_C) != 0) ? value : c;
	if (part != PART_H1)
		value <<= part_shift(part);
	mask = (uint32_t)(((1ull << bits) - 1) << part_shift(part));
	return (value & mask) | (c & ~mask);
}

static uint32_t video_part(uint32_t aux, uint32_t a, uint32_t b, uint32_t c)
{
	int64_t x = part_of(a, aux >> VIDEO_A_PART & 7, aux & VIDEO_A_SIGNED);
	int64_t y = part_of(b, aux >> VIDEO_B_PART & 7, aux & VIDEO_B_SIGNED);

	x = aux & (VIDEO_SHIFT_LEFT | VIDEO_SHIFT_RIGHT) ? shift_part(aux, x, (uint64_t)y) : compute_part(aux, x, y);
	return with_c(aux, x, c);
}

/* The product or c may be negated; what does so makes the result signed, as a signed factor does */
static uint32_t video_mad(uint32_t aux, uint32_t a, uint32_t b, uint32_t c)
{
	const bool is_signed = aux & (VIDEO_A_SIGNED | VIDEO_B_SIGNED | VIDEO_MINUS_PRODUCT | VIDEO_MINUS_C);
	const unsigned scale = aux & VIDEO_SHR7 ? 7 : aux & VIDEO_SHR15 ? 15 : 0;
	const int64_t x = (int32_t)part_of(a, aux >> VIDEO_A_PART & 7, aux & VIDEO_A_SIGNED);
	const int64_t y = (int32_t)part_of(b, aux >> VIDEO_B_PART & 7, aux & VIDEO_B_SIGNED);
	const int64_t addend = (int32_t)c;
	int64_t r = aux & VIDEO_MINUS_PRODUCT ? addend - x * y :
		    aux & VIDEO_MINUS_C ? x * y - addend : x * y + addend;

	r += !!(aux & VIDEO_PLUS_ONE);
	r = is_signed ? r >> scale : (int64_t)((uint64_t)r >> scale);
	if (aux & VIDEO_SAT)
		r = saturate(r, 32, is_signed);
	return (uint32_t)r;
}

TERNARY(video_mad_lanes, uint32_t, uint32_t, video_mad(in->aux, a[i], b[i], c[i]))
TERNARY(video_part_lanes, uint32_t, uint32_t, video_part(in->aux, a[i], b[i], c[i]))
TERNARY(video_lanes, uint32_t, uint32_t, video(in->aux, a[i], b[i], c[i]))

static const struct exec_op table[] = {
	{ "video", "", video_lanes }, { "video.part", "", video_part_lanes },
	{ "video.mad", "", video_mad_lanes },
};

EXEC_FAMILY(exec_video, table);
