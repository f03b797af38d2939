/* SPDX-License-Identifier: MIT */
/*
 * texture_resource.c - from the descriptions of a texture object to what a kernel reads
 *
 * What is valid is said at cuTexObjectCreate() in cuda.h.
 */
#include "softgpu/texture_object.h"

#include <string.h>

#include "softgpu/array.h"
#include "softgpu/device.h"

#define SAMPLER_FLAGS \
	(CU_TRSF_READ_AS_INTEGER | CU_TRSF_NORMALIZED_COORDINATES | CU_TRSF_SRGB | \
	 CU_TRSF_DISABLE_TRILINEAR_OPTIMIZATION | CU_TRSF_SEAMLESS_CUBEMAP)

static size_t attribute(const struct context *context, CUdevice_attribute which)
{
	int value = 0;

	device_attribute(context->device, which, &value);
	return (size_t)value;
}

/* ---- where the texels are ---- */

static struct texture_image image_of(const struct array *array)
{
	return (struct texture_image){
		.address = array->memory.base, .width = (uint32_t)array->width,
		.height = (uint32_t)array->height, .depth = (uint32_t)array->depth,
		.pitch = array->pitch, .slice = array->slice,
	};
}

/* All levels have one shape and format: the first says it */
static void from_levels(struct array *const *level, unsigned int levels, struct texture *texture)
{
	static const unsigned char dims[] = {
		[ARRAY_1D] = 1, [ARRAY_2D] = 2, [ARRAY_3D] = 3, [ARRAY_1D_LAYERED] = 1,
		[ARRAY_2D_LAYERED] = 2, [ARRAY_CUBE] = 2, [ARRAY_CUBE_LAYERED] = 2,
	};
	enum array_shape shape = level[0]->shape;

	texture->format = level[0]->format;
	texture->dims = dims[shape];
	texture->layered = shape > ARRAY_3D;
	texture->cube = shape == ARRAY_CUBE || shape == ARRAY_CUBE_LAYERED;
	texture->levels = levels;
	for (unsigned int i = 0; i < levels; i++)
		texture->image[i] = image_of(level[i]);
}

static CUresult from_array(CUarray value, struct texture *texture)
{
	struct array *array = array_get(value);

	if (!array)
		return CUDA_ERROR_INVALID_HANDLE;
	from_levels(&array, 1, texture);
	array_put(array);
	return CUDA_SUCCESS;
}

static CUresult from_mipmap(CUmipmappedArray value, struct texture *texture)
{
	struct mipmap *mipmap = mipmap_get(value);

	if (!mipmap)
		return CUDA_ERROR_INVALID_HANDLE;
	from_levels(mipmap->level, mipmap->levels, texture);
	mipmap_put(mipmap);
	return CUDA_SUCCESS;
}

/* Memory of the program, in rows of @pitch bytes */
static CUresult from_memory(const struct context *context, uint64_t address, size_t width,
			    size_t height, size_t pitch, struct texture *texture)
{
	uint64_t row, bytes;

	if (!width || !height ||
	    address % attribute(context, CU_DEVICE_ATTRIBUTE_TEXTURE_ALIGNMENT) ||
	    __builtin_mul_overflow(width, format_bytes(&texture->format), &row) ||
	    (height > 1 && pitch < row) || __builtin_mul_overflow(height - 1, pitch, &bytes) ||
	    __builtin_add_overflow(bytes, row, &bytes) || !memory_covers(address, bytes))
		return CUDA_ERROR_INVALID_VALUE;
	texture->guarded = true;
	texture->levels = 1;
	texture->image[0] = (struct texture_image){
		.address = address, .width = (uint32_t)width, .height = (uint32_t)height,
		.depth = 1, .pitch = pitch,
	};
	return CUDA_SUCCESS;
}

static CUresult from_linear(const struct context *context, const CUDA_RESOURCE_DESC *resource,
			    struct texture *texture)
{
	size_t width;

	if (!format_of(resource->res.linear.format, resource->res.linear.numChannels,
		       &texture->format))
		return CUDA_ERROR_INVALID_VALUE;
	width = resource->res.linear.sizeInBytes / format_bytes(&texture->format);
	if (width > attribute(context, CU_DEVICE_ATTRIBUTE_MAXIMUM_TEXTURE1D_LINEAR_WIDTH))
		return CUDA_ERROR_INVALID_VALUE;
	texture->dims = 1;
	return from_memory(context, resource->res.linear.devPtr, width, 1, 0, texture);
}

static CUresult from_pitch2d(const struct context *context, const CUDA_RESOURCE_DESC *resource,
			     struct texture *texture)
{
	size_t width = resource->res.pitch2D.width, height = resource->res.pitch2D.height;
	size_t pitch = resource->res.pitch2D.pitchInBytes;

	if (!format_of(resource->res.pitch2D.format, resource->res.pitch2D.numChannels,
		       &texture->format) ||
	    width > attribute(context, CU_DEVICE_ATTRIBUTE_MAXIMUM_TEXTURE2D_LINEAR_WIDTH) ||
	    height > attribute(context, CU_DEVICE_ATTRIBUTE_MAXIMUM_TEXTURE2D_LINEAR_HEIGHT) ||
	    pitch > attribute(context, CU_DEVICE_ATTRIBUTE_MAXIMUM_TEXTURE2D_LINEAR_PITCH) ||
	    pitch % attribute(context, CU_DEVICE_ATTRIBUTE_TEXTURE_PITCH_ALIGNMENT))
		return CUDA_ERROR_INVALID_VALUE;
	texture->dims = 2;
	return from_memory(context, resource->res.pitch2D.devPtr, width, height, pitch, texture);
}

CUresult texture_from_resource(const struct context *context, const CUDA_RESOURCE_DESC *resource,
			       struct texture *texture)
{
	if (resource->flags)
		return CUDA_ERROR_INVALID_VALUE;
	switch (resource->resType) {
	case CU_RESOURCE_TYPE_ARRAY:
		return from_array(resource->res.array.hArray, texture);
	case CU_RESOURCE_TYPE_MIPMAPPED_ARRAY:
		return from_mipmap(resource->res.mipmap.hMipmappedArray, texture);
	case CU_RESOURCE_TYPE_LINEAR:
		return from_linear(context, resource, texture);
	case CU_RESOURCE_TYPE_PITCH2D:
		return from_pitch2d(context, resource, texture);
	}
	return CUDA_ERROR_INVALID_VALUE;
}

/* ---- a view ---- */

/* CU_RES_VIEW_FORMAT_*, each with 1, 2 and 4 channels in this order */
static const enum channel view_channels[] = {
	CHANNEL_U8, CHANNEL_S8, CHANNEL_U16, CHANNEL_S16, CHANNEL_U32, CHANNEL_S32,
	CHANNEL_HALF, CHANNEL_FLOAT,
};

static bool view_format(CUresourceViewFormat name, struct format *format)
{
	unsigned int number = (unsigned int)name - CU_RES_VIEW_FORMAT_UINT_1X8;
	struct format seen;

	if (name == CU_RES_VIEW_FORMAT_NONE)
		return true;
	if (number / 3 >= ARRAY_SIZE(view_channels))
		return false;
	seen = (struct format){ view_channels[number / 3], 1u << number % 3, false };
	if (format_bytes(&seen) != format_bytes(format))
		return false;
	*format = seen;
	return true;
}

CUresult texture_view(const CUDA_RESOURCE_VIEW_DESC *view, struct texture *texture)
{
	const struct texture_image *base = &texture->image[0];
	unsigned int first = view->firstMipmapLevel, layer = view->firstLayer;
	size_t height = texture->dims > 1 ? base->height : 0;
	size_t depth = texture->dims > 2 || texture->layered ? base->depth : 0;

	if (texture->guarded || !view_format(view->format, &texture->format) ||
	    view->width != base->width || view->height != height || view->depth != depth ||
	    view->lastMipmapLevel < first || view->lastMipmapLevel >= texture->levels ||
	    view->lastLayer < layer ||
	    view->lastLayer >= (texture->layered ? base->depth : 1))
		return CUDA_ERROR_INVALID_VALUE;
	texture->levels = view->lastMipmapLevel - first + 1;
	memmove(texture->image, texture->image + first, texture->levels * sizeof(*base));
	for (unsigned int i = 0; texture->layered && i < texture->levels; i++) {
		texture->image[i].address += layer * texture->image[i].slice;
		texture->image[i].depth = view->lastLayer - layer + 1;
	}
	return CUDA_SUCCESS;
}

/* ---- a sampler ---- */

/* Integers are read as floats if they are narrow and the program does not say otherwise */
static bool reads_floats(const struct format *format, unsigned int flags)
{
	if (format->normalized || format->channel == CHANNEL_HALF ||
	    format->channel == CHANNEL_FLOAT)
		return true;
	return channel_bytes(format->channel) < 4 && !(flags & CU_TRSF_READ_AS_INTEGER);
}

static bool modes_valid(const CUDA_TEXTURE_DESC *desc)
{
	for (unsigned int i = 0; i < 3; i++)
		if ((unsigned int)desc->addressMode[i] > CU_TR_ADDRESS_MODE_BORDER)
			return false;
	return (unsigned int)desc->filterMode <= CU_TR_FILTER_MODE_LINEAR &&
	       (unsigned int)desc->mipmapFilterMode <= CU_TR_FILTER_MODE_LINEAR &&
	       !(desc->flags & ~(unsigned int)SAMPLER_FLAGS);
}

static void set_addressing(const CUDA_TEXTURE_DESC *desc, struct texture *texture)
{
	bool clamp = texture->cube && desc->flags & CU_TRSF_SEAMLESS_CUBEMAP;

	/* Where a cube is met is always said in [0, 1] of a face */
	texture->normalized = texture->cube || desc->flags & CU_TRSF_NORMALIZED_COORDINATES;
	for (unsigned int i = 0; i < 3; i++)
		texture->address_mode[i] = clamp ? CU_TR_ADDRESS_MODE_CLAMP :
						   desc->addressMode[i];
	memcpy(texture->border, desc->borderColor, sizeof(texture->border));
}

CUresult texture_sampler(const CUDA_TEXTURE_DESC *desc, const CUDA_RESOURCE_DESC *resource,
			 struct texture *texture)
{
	bool linear = desc->filterMode == CU_TR_FILTER_MODE_LINEAR ||
		      desc->mipmapFilterMode == CU_TR_FILTER_MODE_LINEAR;

	texture->floats = reads_floats(&texture->format, desc->flags);
	/* Memory in a row is read by number: the rest is ignored */
	if (resource->resType == CU_RESOURCE_TYPE_LINEAR)
		return CUDA_SUCCESS;
	if (!modes_valid(desc) || (linear && !texture->floats) ||
	    (resource->resType == CU_RESOURCE_TYPE_MIPMAPPED_ARRAY &&
	     !(desc->flags & CU_TRSF_NORMALIZED_COORDINATES)) ||
	    (desc->flags & CU_TRSF_SEAMLESS_CUBEMAP && !texture->cube))
		return CUDA_ERROR_INVALID_VALUE;
	texture->seamless = desc->flags & CU_TRSF_SEAMLESS_CUBEMAP;
	set_addressing(desc, texture);
	texture->filter = desc->filterMode;
	texture->level_filter = desc->mipmapFilterMode;
	texture->srgb = desc->flags & CU_TRSF_SRGB && texture->format.channel == CHANNEL_U8 &&
			texture->floats;
	texture->bias = desc->mipmapLevelBias;
	texture->lod_min = desc->minMipmapLevelClamp;
	texture->lod_max = desc->maxMipmapLevelClamp;
	return CUDA_SUCCESS;
}
