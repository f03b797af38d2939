/* SPDX-License-Identifier: MIT */
/*
 * exec_surf.c - suld, sust, sured (PTX ISA, Surface Instructions)
 *
 * Unformatted: x counts bytes, and what is moved is as many bytes as the vector has, whatever the
 * elements of the surface are.  Formatted: x counts elements, each channel of which is made from 32 bits.
 */

#include "softgpu/exec_half.h"
#include "softgpu/exec_mem.h"
#include "softgpu/exec_ops.h"
#include "softgpu/exec_tex.h"
#include "softgpu/texture.h"

/* struct spot - where a lane reads or writes; NULL: nowhere, by the zero mode */
struct spot {
	unsigned char *p;
	const char *wrong;	/* why the lane faults; NULL: it does not */
	uint64_t address;
};

/* Bring a coordinate into [0, @extent): false if it is outside and may not be moved */
static bool bring_in(int64_t *at, int64_t extent, enum surf_mode mode)
{
	if (*at >= 0 && *at < extent)
		return true;
	*at = *at < 0 ? 0 : extent - 1;
	return mode == SURF_CLAMP;
}

static void find_in(const struct texture *surface, const struct insn *in, const int64_t at[3],
		    unsigned bytes, struct spot *spot)
{
	const enum surf_mode mode = in->aux >> SURF_MODE & 3;
	const struct texture_image *image = &surface->image[0];
	const unsigned element = format_bytes(&surface->format);
	int64_t x = in->aux & SURF_FORMATTED ? at[0] * element : at[0], y = at[1], z = at[2];
	int64_t row = (int64_t)image->width * element, column;
	bool inside;

	if (x & (bytes - 1)) {
		spot->wrong = "misaligned surface coordinate";
		spot->address = (uint64_t)x;
		return;
	}
	/* Columns of the size of the access, so that all of it is inside or outside */
	column = x < 0 ? -1 : x / bytes;
	inside = bring_in(&column, row / bytes, mode);
	inside &= bring_in(&y, image->height, mode);
	inside &= bring_in(&z, image->depth, mode);
	if (row < bytes || (!inside && mode == SURF_TRAP)) {
		spot->wrong = "outside of the surface";
		spot->address = (uint64_t)x;
		return;
	}
	if (inside)
		spot->p = (unsigned char *)(uintptr_t)image->address +
			  (uint64_t)z * image->slice + (uint64_t)y * image->pitch +
			  (uint64_t)(column * bytes);
}

static struct spot find(struct warp *w, const struct insn *in, unsigned lane, unsigned bytes)
{
	const enum tex_shape shape = in->aux & TEX_SHAPE;
	uint64_t number = r64(w, in->o[TEX_OBJECT])[lane];
	const struct texture *surface = texture_find(number, TEXTURE_SURFACE);
	unsigned layered = shape == TEX_A1D || shape == TEX_A2D;
	unsigned axes = shape == TEX_1D || shape == TEX_A1D ? 1 : shape == TEX_3D ? 3 : 2;
	int64_t at[3] = { 0 };
	struct spot spot = { 0 };

	if (!surface) {
		spot.wrong = "no surface object";
		spot.address = number;
		return spot;
	}
	for (unsigned n = 0; n < axes; n++)
		at[n] = (int32_t)r32(w, in->o[TEX_COORDINATES + layered + n])[lane];
	if (layered)
		at[2] = r32(w, in->o[TEX_COORDINATES])[lane];
	find_in(surface, in, at, bytes, &spot);
	return spot;
}

static const struct insn *fault(struct warp *w, const struct insn *in, unsigned lane,
				const struct spot *spot)
{
	return warp_fault(w, in, lane, CUDA_ERROR_ILLEGAL_ADDRESS, spot->address, spot->wrong);
}

#define SULD(bits, M, D)							\
	GUEST_ACCESS HANDLER(suld_##bits)					\
	{									\
		EACH_ACTIVE(i, w->mask) {					\
			struct spot spot = find(w, in, i, in->count * (unsigned)sizeof(M));	\
										\
			if (spot.wrong)						\
				return fault(w, in, i, &spot);			\
			for (unsigned n = 0; n < in->count; n++) {		\
				D *d = operand(w, in->o[n]);			\
										\
				d[i] = spot.p ? ((const M *)spot.p)[n] : 0;	\
			}							\
		}								\
		return in + 1;							\
	}

#define SUST(bits, M, S)							\
	GUEST_ACCESS HANDLER(sust_##bits)					\
	{									\
		EACH_ACTIVE(i, w->mask) {					\
			struct spot spot = find(w, in, i, in->count * (unsigned)sizeof(M));	\
										\
			if (spot.wrong)						\
				return fault(w, in, i, &spot);			\
			for (unsigned n = 0; spot.p && n < in->count; n++) {	\
				const S *s = operand(w, in->o[n]);		\
										\
				((M *)spot.p)[n] = (M)s[i];			\
			}							\
		}								\
		return in + 1;							\
	}

SULD(8, uint8_t, uint32_t)
SULD(16, uint16_t, uint32_t)
SULD(32, uint32_t, uint32_t)
SULD(64, uint64_t, uint64_t)
SUST(8, uint8_t, uint32_t)
SUST(16, uint16_t, uint32_t)
SUST(32, uint32_t, uint32_t)
SUST(64, uint64_t, uint64_t)

/* @bits, an integer of 32 bits, as one of @width, or the nearest that there is */
static uint32_t narrowed(uint32_t bits, unsigned width, bool is_signed)
{
	const int64_t most = is_signed ? (1ll << (width - 1)) - 1 : (1ll << width) - 1;
	const int64_t least = is_signed ? -most - 1 : 0;
	const int64_t value = is_signed ? (int32_t)bits : (int64_t)bits;

	return (uint32_t)(value < least ? least : value > most ? most : value);
}

static void store_channel(unsigned char *p, enum channel channel, unsigned n, uint32_t bits)
{
	const bool is_signed = channel == CHANNEL_S8 || channel == CHANNEL_S16;
	uint16_t half;

	switch (channel_bytes(channel)) {
	case 1:
		p[n] = (unsigned char)narrowed(bits, 8, is_signed);
		break;
	case 2:
		half = (uint16_t)(channel == CHANNEL_HALF ? float_to_half(bits_float(bits)) :
				  narrowed(bits, 16, is_signed));
		memcpy(p + 2 * n, &half, 2);
		break;
	default:
		memcpy(p + 4 * n, &bits, 4);
	}
}

/* A channel that the vector lacks may become anything: it stays */
GUEST_ACCESS HANDLER(sust_p)
{
	EACH_ACTIVE(i, w->mask) {
		const struct texture *surface = texture_find(r64(w, in->o[TEX_OBJECT])[i], TEXTURE_SURFACE);
		unsigned bytes = surface ? format_bytes(&surface->format) : 1;
		struct spot spot = find(w, in, i, bytes);

		if (spot.wrong)
			return fault(w, in, i, &spot);
		for (unsigned n = 0; spot.p && n < in->count && n < surface->format.channels; n++)
			store_channel(spot.p, surface->format.channel, n, r32(w, in->o[n])[i]);
	}
	return in + 1;
}

/* e: the new value, of the old one a and the operand b, both of type T */
#define SURED(name, T, e)							\
	GUEST_ACCESS HANDLER(sured_##name)					\
	{									\
		const T *s = operand(w, in->o[0]);				\
										\
		EACH_ACTIVE(i, w->mask) {					\
			struct spot spot = find(w, in, i, sizeof(T));		\
			T b = s[i], a, next;					\
										\
			if (spot.wrong)						\
				return fault(w, in, i, &spot);			\
			if (!spot.p)						\
				continue;					\
			a = __atomic_load_n((T *)spot.p, __ATOMIC_RELAXED);	\
			do							\
				next = (T)(e);					\
			while (!__atomic_compare_exchange_n((T *)spot.p, &a, next, false,	\
							    __ATOMIC_RELAXED,	\
							    __ATOMIC_RELAXED));	\
		}								\
		return in + 1;							\
	}

SURED(add, uint32_t, a + b)
SURED(and, uint32_t, a & b)
SURED(or, uint32_t, a | b)
SURED(min_u32, uint32_t, a < b ? a : b)
SURED(max_u32, uint32_t, a > b ? a : b)
SURED(min_s32, int32_t, a < b ? a : b)
SURED(max_s32, int32_t, a > b ? a : b)

static const struct exec_op table[] = {
	{ "suld.8", "", suld_8 }, { "suld.16", "", suld_16 },
	{ "suld.32", "", suld_32 }, { "suld.64", "", suld_64 },
	{ "sust.8", "", sust_8 }, { "sust.16", "", sust_16 },
	{ "sust.32", "", sust_32 }, { "sust.64", "", sust_64 }, { "sust.p", "", sust_p },
	{ "sured.add.u32", "", sured_add }, { "sured.add.s32", "", sured_add },
	{ "sured.and.u32", "", sured_and }, { "sured.and.s32", "", sured_and },
	{ "sured.or.u32", "", sured_or }, { "sured.or.s32", "", sured_or },
	{ "sured.min.u32", "", sured_min_u32 }, { "sured.min.s32", "", sured_min_s32 },
	{ "sured.max.u32", "", sured_max_u32 }, { "sured.max.s32", "", sured_max_s32 },
};

EXEC_FAMILY(exec_surf, table);
