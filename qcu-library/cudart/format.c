/* SPDX-License-Identifier: MIT */
/*
 * Formats of array elements.
 *
 * The plain kinds (signed, unsigned, float) say the width of up to four equal
 * channels; every other kind is one format by itself, and a row here.
 */
#include "format.h"

/* An element of a compressed format is a block of 4 x 4 texels. */
struct special {
	struct cudaChannelFormatDesc desc;
	struct format format;
	size_t size; /* bytes of an element */
};

#define KIND(kind, x, y, z, w) { x, y, z, w, cudaChannelFormatKind##kind }

static const struct special specials[] = {
	{ KIND(NV12, 8, 8, 8, 0), { CU_AD_FORMAT_NV12, 3 }, 1 },
	{ KIND(UnsignedNormalized8X1, 8, 0, 0, 0), { CU_AD_FORMAT_UNORM_INT8X1, 1 }, 1 },
	{ KIND(UnsignedNormalized8X2, 8, 8, 0, 0), { CU_AD_FORMAT_UNORM_INT8X2, 2 }, 2 },
	{ KIND(UnsignedNormalized8X4, 8, 8, 8, 8), { CU_AD_FORMAT_UNORM_INT8X4, 4 }, 4 },
	{ KIND(UnsignedNormalized16X1, 16, 0, 0, 0), { CU_AD_FORMAT_UNORM_INT16X1, 1 }, 2 },
	{ KIND(UnsignedNormalized16X2, 16, 16, 0, 0), { CU_AD_FORMAT_UNORM_INT16X2, 2 }, 4 },
	{ KIND(UnsignedNormalized16X4, 16, 16, 16, 16), { CU_AD_FORMAT_UNORM_INT16X4, 4 }, 8 },
	{ KIND(SignedNormalized8X1, 8, 0, 0, 0), { CU_AD_FORMAT_SNORM_INT8X1, 1 }, 1 },
	{ KIND(SignedNormalized8X2, 8, 8, 0, 0), { CU_AD_FORMAT_SNORM_INT8X2, 2 }, 2 },
	{ KIND(SignedNormalized8X4, 8, 8, 8, 8), { CU_AD_FORMAT_SNORM_INT8X4, 4 }, 4 },
	{ KIND(SignedNormalized16X1, 16, 0, 0, 0), { CU_AD_FORMAT_SNORM_INT16X1, 1 }, 2 },
	{ KIND(SignedNormalized16X2, 16, 16, 0, 0), { CU_AD_FORMAT_SNORM_INT16X2, 2 }, 4 },
	{ KIND(SignedNormalized16X4, 16, 16, 16, 16), { CU_AD_FORMAT_SNORM_INT16X4, 4 }, 8 },
	{ KIND(UnsignedBlockCompressed1, 8, 8, 8, 8), { CU_AD_FORMAT_BC1_UNORM, 4 }, 8 },
	{ KIND(UnsignedBlockCompressed1SRGB, 8, 8, 8, 8), { CU_AD_FORMAT_BC1_UNORM_SRGB, 4 }, 8 },
	{ KIND(UnsignedBlockCompressed2, 8, 8, 8, 8), { CU_AD_FORMAT_BC2_UNORM, 4 }, 16 },
	{ KIND(UnsignedBlockCompressed2SRGB, 8, 8, 8, 8), { CU_AD_FORMAT_BC2_UNORM_SRGB, 4 }, 16 },
	{ KIND(UnsignedBlockCompressed3, 8, 8, 8, 8), { CU_AD_FORMAT_BC3_UNORM, 4 }, 16 },
	{ KIND(UnsignedBlockCompressed3SRGB, 8, 8, 8, 8), { CU_AD_FORMAT_BC3_UNORM_SRGB, 4 }, 16 },
	{ KIND(UnsignedBlockCompressed4, 8, 0, 0, 0), { CU_AD_FORMAT_BC4_UNORM, 1 }, 8 },
	{ KIND(SignedBlockCompressed4, 8, 0, 0, 0), { CU_AD_FORMAT_BC4_SNORM, 1 }, 8 },
	{ KIND(UnsignedBlockCompressed5, 8, 8, 0, 0), { CU_AD_FORMAT_BC5_UNORM, 2 }, 16 },
	{ KIND(SignedBlockCompressed5, 8, 8, 0, 0), { CU_AD_FORMAT_BC5_SNORM, 2 }, 16 },
	{ KIND(UnsignedBlockCompressed6H, 16, 16, 16, 0), { CU_AD_FORMAT_BC6H_UF16, 3 }, 16 },
	{ KIND(SignedBlockCompressed6H, 16, 16, 16, 0), { CU_AD_FORMAT_BC6H_SF16, 3 }, 16 },
	{ KIND(UnsignedBlockCompressed7, 8, 8, 8, 8), { CU_AD_FORMAT_BC7_UNORM, 4 }, 16 },
	{ KIND(UnsignedBlockCompressed7SRGB, 8, 8, 8, 8), { CU_AD_FORMAT_BC7_UNORM_SRGB, 4 }, 16 },
#if CUDART_VERSION >= 13000
	{ KIND(UnsignedNormalized1010102, 10, 10, 10, 2), { CU_AD_FORMAT_UNORM_INT_101010_2, 4 },
	  4 },
#endif
};

static const struct plain {
	enum cudaChannelFormatKind kind;
	int bits;
	CUarray_format format;
} plains[] = {
	{ cudaChannelFormatKindUnsigned, 8, CU_AD_FORMAT_UNSIGNED_INT8 },
	{ cudaChannelFormatKindUnsigned, 16, CU_AD_FORMAT_UNSIGNED_INT16 },
	{ cudaChannelFormatKindUnsigned, 32, CU_AD_FORMAT_UNSIGNED_INT32 },
	{ cudaChannelFormatKindSigned, 8, CU_AD_FORMAT_SIGNED_INT8 },
	{ cudaChannelFormatKindSigned, 16, CU_AD_FORMAT_SIGNED_INT16 },
	{ cudaChannelFormatKindSigned, 32, CU_AD_FORMAT_SIGNED_INT32 },
	{ cudaChannelFormatKindFloat, 16, CU_AD_FORMAT_HALF },
	{ cudaChannelFormatKindFloat, 32, CU_AD_FORMAT_FLOAT },
};

static const struct special *special_format(CUarray_format format)
{
	for (size_t i = 0; i < ARRAY_SIZE(specials); i++)
		if (specials[i].format.format == format)
			return &specials[i];
	return NULL;
}

static const struct plain *plain_format(CUarray_format format)
{
	for (size_t i = 0; i < ARRAY_SIZE(plains); i++)
		if (plains[i].format == format)
			return &plains[i];
	return NULL;
}

/* How many channels there are: the first ones, of one width; 0 if they are not so. */
static unsigned int channels(const struct cudaChannelFormatDesc *desc)
{
	const int bits[] = { desc->x, desc->y, desc->z, desc->w };
	unsigned int count = 0;

	while (count < ARRAY_SIZE(bits) && bits[count] == desc->x)
		count++;
	for (unsigned int i = count; i < ARRAY_SIZE(bits); i++)
		if (bits[i])
			return 0;
	return count;
}

/** format_from_desc() - Return: cudaErrorInvalidChannelDescriptor for what is no format */
cudaError_t format_from_desc(const struct cudaChannelFormatDesc *desc, struct format *format)
{
	for (size_t i = 0; i < ARRAY_SIZE(specials); i++)
		if (specials[i].desc.f == desc->f) {
			*format = specials[i].format;
			return cudaSuccess;
		}
	format->channels = channels(desc);
	if (format->channels != 1 && format->channels != 2 && format->channels != 4)
		return cudaErrorInvalidChannelDescriptor;
	for (size_t i = 0; i < ARRAY_SIZE(plains); i++)
		if (plains[i].kind == desc->f && plains[i].bits == desc->x) {
			format->format = plains[i].format;
			return cudaSuccess;
		}
	return cudaErrorInvalidChannelDescriptor;
}

/** format_to_desc() - of cudaChannelFormatKindNone for a format that the runtime has no kind for */
struct cudaChannelFormatDesc format_to_desc(struct format format)
{
	const struct special *special = special_format(format.format);
	const struct plain *plain = plain_format(format.format);

	if (special)
		return special->desc;
	if (!plain)
		return (struct cudaChannelFormatDesc){ .f = cudaChannelFormatKindNone };
	return (struct cudaChannelFormatDesc){
		.x = format.channels > 0 ? plain->bits : 0,
		.y = format.channels > 1 ? plain->bits : 0,
		.z = format.channels > 2 ? plain->bits : 0,
		.w = format.channels > 3 ? plain->bits : 0,
		.f = plain->kind,
	};
}

/** format_size() - bytes of an element, 0 if unknown */
size_t format_size(struct format format)
{
	const struct special *special = special_format(format.format);
	const struct plain *plain = plain_format(format.format);

	if (special)
		return special->size;
	return plain ? (size_t)plain->bits / 8 * format.channels : 0;
}

struct cudaChannelFormatDesc cudaCreateChannelDesc(int x, int y, int z, int w,
						   enum cudaChannelFormatKind f)
{
	return (struct cudaChannelFormatDesc){ x, y, z, w, f };
}
