/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_FORMAT_H
#define SOFTGPU_FORMAT_H

#include <cuda.h>
#include <stdbool.h>

/* How one channel of an array or texture is stored */
enum channel {
	CHANNEL_NONE,
	CHANNEL_U8, CHANNEL_U16, CHANNEL_U32,
	CHANNEL_S8, CHANNEL_S16, CHANNEL_S32,
	CHANNEL_HALF, CHANNEL_FLOAT,
};

/**
 * struct format - what an element is made of
 * @normalized:	integers that are always read as floats of [0, 1] or [-1, 1]
 */
struct format {
	enum channel channel;
	unsigned int channels;
	bool normalized;
};

/* format_of() - false: no format, or one that is not there (planar, block-compressed) */
bool format_of(CUarray_format name, unsigned int channels, struct format *format);

static inline unsigned int channel_bytes(enum channel channel)
{
	switch (channel) {
	case CHANNEL_NONE:
		return 0;
	case CHANNEL_U8:
	case CHANNEL_S8:
		return 1;
	case CHANNEL_U16:
	case CHANNEL_S16:
	case CHANNEL_HALF:
		return 2;
	default:
		return 4;
	}
}

/* format_bytes() - of an element */
static inline unsigned int format_bytes(const struct format *format)
{
	return format->channels * channel_bytes(format->channel);
}

#endif /* SOFTGPU_FORMAT_H */
