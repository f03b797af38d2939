/* SPDX-License-Identifier: MIT */
/*
 * exec_texel.h - an element of a texture as a kernel reads it
 *
 * Four channels of 32 bits: integers extended by their sign, or floats.  A channel that the
 * format lacks is 0, the fourth 1.
 */
#ifndef SOFTGPU_EXEC_TEXEL_H
#define SOFTGPU_EXEC_TEXEL_H

#include <math.h>

#include "softgpu/exec_half.h"
#include "softgpu/texture.h"

/* struct texel - texture.floats says which of the two */
struct texel {
	union {
		float f[4];
		uint32_t u[4];
	};
};

/* From the sRGB curve to linear light (IEC 61966-2-1) */
static inline float texel_linear(float c)
{
	return c <= 0.04045f ? c / 12.92f : powf((c + 0.055f) / 1.055f, 2.4f);
}

/* An integer of 8 or 16 bits as a float of [0, 1] or [-1, 1] */
static inline float texel_unit(enum channel channel, int32_t value)
{
	switch (channel) {
	case CHANNEL_U8:
		return (float)value / 255.0f;
	case CHANNEL_U16:
		return (float)value / 65535.0f;
	case CHANNEL_S8:
		return value < -127 ? -1.0f : (float)value / 127.0f;
	default:
		return value < -32767 ? -1.0f : (float)value / 32767.0f;
	}
}

/* Channel @n of the element at @p; 32 bits wide */
static inline uint32_t texel_bits(enum channel channel, const unsigned char *p, unsigned n)
{
	uint16_t half;
	uint32_t word;

	switch (channel_bytes(channel)) {
	case 1:
		return channel == CHANNEL_S8 ? (uint32_t)(int8_t)p[n] : p[n];
	case 2:
		memcpy(&half, p + 2 * n, 2);
		return channel == CHANNEL_S16 ? (uint32_t)(int16_t)half : half;
	default:
		memcpy(&word, p + 4 * n, 4);
		return word;
	}
}

static inline void texel_read(const struct texture *texture, const unsigned char *p,
			      struct texel *texel)
{
	const enum channel channel = texture->format.channel;
	unsigned n;

	for (n = 0; n < texture->format.channels; n++) {
		uint32_t bits = texel_bits(channel, p, n);

		texel->u[n] = bits;
		if (channel == CHANNEL_HALF)
			texel->f[n] = half_to_float(bits);
		else if (texture->floats && channel != CHANNEL_FLOAT)
			texel->f[n] = texel_unit(channel, (int32_t)bits);
		if (texture->srgb && n < 3)
			texel->f[n] = texel_linear(texel->f[n]);
	}
	for (; n < 4; n++) {
		if (texture->floats)
			texel->f[n] = n == 3 ? 1.0f : 0.0f;
		else
			texel->u[n] = n == 3;
	}
}

#endif /* SOFTGPU_EXEC_TEXEL_H */
