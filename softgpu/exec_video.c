/* SPDX-License-Identifier: MIT */
/*
 * exec_video.c - arithmetic on two halves or four bytes (PTX ISA, Video Instructions)
 *
 * What the __v...2() and __v...4() functions of CUDA become where the hardware has it.
 */

#include "softgpu/exec_ops.h"
#include "softgpu/exec_video.h"

static int32_t element(uint32_t x, unsigned n, unsigned bits, bool is_signed)
{
	uint32_t value = x >> n * bits << (32 - bits);

	return is_signed ? (int32_t)value >> (32 - bits) : (int32_t)(value >> (32 - bits));
}

static bool compare(uint32_t aux, int32_t a, int32_t b)
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

static int32_t compute(uint32_t aux, int32_t a, int32_t b)
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

static int32_t saturate(int32_t x, unsigned bits, bool is_signed)
{
	int32_t max = is_signed ? (1 << (bits - 1)) - 1 : (1 << bits) - 1;
	int32_t min = is_signed ? -max - 1 : 0;

	return x > max ? max : x < min ? min : x;
}

static uint32_t video(uint32_t aux, uint32_t a, uint32_t b, uint32_t c)
{
	unsigned count = aux & VIDEO_FOUR ? 4 : 2, bits = 32 / count;
	uint32_t packed = 0, sum = c;

	for (unsigned n = 0; n < count; n++) {
		int32_t x = compute(aux, element(a, n, bits, aux & VIDEO_A_SIGNED),
				    element(b, n, bits, aux & VIDEO_B_SIGNED));

		if (aux & VIDEO_SAT)
			x = saturate(x, bits, aux & VIDEO_D_SIGNED);
		sum += (uint32_t)x;
		packed |= ((uint32_t)x & ((1u << bits) - 1)) << n * bits;
	}
	return aux & VIDEO_SUM ? sum : packed;
}

TERNARY(video_lanes, uint32_t, uint32_t, video(in->aux, a[i], b[i], c[i]))

static const struct exec_op table[] = {
	{ "video", "", video_lanes },
};

EXEC_FAMILY(exec_video, table);
