/* SPDX-License-Identifier: MIT */
/* format.c - CUarray_format by its parts */
#include "softgpu/api.h"
#include "softgpu/format.h"

#include <stddef.h>

/* struct row - is.channels 0: 1, 2 or 4, as the program says */
struct row {
	CUarray_format name;
	struct format is;
};

static const struct row rows[] = {
	{ CU_AD_FORMAT_UNSIGNED_INT8, { CHANNEL_U8, 0, false } },
	{ CU_AD_FORMAT_UNSIGNED_INT16, { CHANNEL_U16, 0, false } },
	{ CU_AD_FORMAT_UNSIGNED_INT32, { CHANNEL_U32, 0, false } },
	{ CU_AD_FORMAT_SIGNED_INT8, { CHANNEL_S8, 0, false } },
	{ CU_AD_FORMAT_SIGNED_INT16, { CHANNEL_S16, 0, false } },
	{ CU_AD_FORMAT_SIGNED_INT32, { CHANNEL_S32, 0, false } },
	{ CU_AD_FORMAT_HALF, { CHANNEL_HALF, 0, false } },
	{ CU_AD_FORMAT_FLOAT, { CHANNEL_FLOAT, 0, false } },
	{ CU_AD_FORMAT_UNORM_INT8X1, { CHANNEL_U8, 1, true } },
	{ CU_AD_FORMAT_UNORM_INT8X2, { CHANNEL_U8, 2, true } },
	{ CU_AD_FORMAT_UNORM_INT8X4, { CHANNEL_U8, 4, true } },
	{ CU_AD_FORMAT_UNORM_INT16X1, { CHANNEL_U16, 1, true } },
	{ CU_AD_FORMAT_UNORM_INT16X2, { CHANNEL_U16, 2, true } },
	{ CU_AD_FORMAT_UNORM_INT16X4, { CHANNEL_U16, 4, true } },
	{ CU_AD_FORMAT_SNORM_INT8X1, { CHANNEL_S8, 1, true } },
	{ CU_AD_FORMAT_SNORM_INT8X2, { CHANNEL_S8, 2, true } },
	{ CU_AD_FORMAT_SNORM_INT8X4, { CHANNEL_S8, 4, true } },
	{ CU_AD_FORMAT_SNORM_INT16X1, { CHANNEL_S16, 1, true } },
	{ CU_AD_FORMAT_SNORM_INT16X2, { CHANNEL_S16, 2, true } },
	{ CU_AD_FORMAT_SNORM_INT16X4, { CHANNEL_S16, 4, true } },
};

bool format_of(CUarray_format name, unsigned int channels, struct format *format)
{
	if (channels != 1 && channels != 2 && channels != 4)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].name != name)
			continue;
		*format = rows[i].is;
		if (!format->channels)
			format->channels = channels;
		return format->channels == channels;
	}
	return false;
}
