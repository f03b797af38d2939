/* SPDX-License-Identifier: MIT */
/* array.c - CUDA arrays: cuArrayCreate, cuArray3DCreate, cuArrayDestroy */
#include "softgpu/array.h"

#include <stdlib.h>

#include "softgpu/context.h"
#include "softgpu/stream.h"

#define ROW_ALIGN 16	/* the largest access of a surface */

#define FLAGS \
	(CUDA_ARRAY3D_LAYERED | CUDA_ARRAY3D_SURFACE_LDST | CUDA_ARRAY3D_CUBEMAP | \
	 CUDA_ARRAY3D_TEXTURE_GATHER | CUDA_ARRAY3D_DEPTH_TEXTURE | CUDA_ARRAY3D_COLOR_ATTACHMENT)
#define FLAGS_MISSING \
	(CUDA_ARRAY3D_SPARSE | CUDA_ARRAY3D_DEFERRED_MAPPING | CUDA_ARRAY3D_VIDEO_ENCODE_DECODE)

/* struct limits - the device attributes that bound width, height and depth; 0: must be 0 */
struct limits {
	CUdevice_attribute width, height, depth;
};

#define LIMIT(name) CU_DEVICE_ATTRIBUTE_MAXIMUM_##name

static const struct limits limits[] = {
	[ARRAY_1D] = { LIMIT(TEXTURE1D_WIDTH), 0, 0 },
	[ARRAY_2D] = { LIMIT(TEXTURE2D_WIDTH), LIMIT(TEXTURE2D_HEIGHT), 0 },
	[ARRAY_3D] = { LIMIT(TEXTURE3D_WIDTH), LIMIT(TEXTURE3D_HEIGHT), LIMIT(TEXTURE3D_DEPTH) },
	[ARRAY_1D_LAYERED] = { LIMIT(TEXTURE1D_LAYERED_WIDTH), 0,
			       LIMIT(TEXTURE1D_LAYERED_LAYERS) },
	[ARRAY_2D_LAYERED] = { LIMIT(TEXTURE2D_LAYERED_WIDTH), LIMIT(TEXTURE2D_LAYERED_HEIGHT),
			       LIMIT(TEXTURE2D_LAYERED_LAYERS) },
	[ARRAY_CUBE] = { LIMIT(TEXTURECUBEMAP_WIDTH), LIMIT(TEXTURECUBEMAP_WIDTH),
			 LIMIT(TEXTURECUBEMAP_LAYERED_LAYERS) },
	[ARRAY_CUBE_LAYERED] = { LIMIT(TEXTURECUBEMAP_LAYERED_WIDTH),
				 LIMIT(TEXTURECUBEMAP_LAYERED_WIDTH),
				 LIMIT(TEXTURECUBEMAP_LAYERED_LAYERS) },
};

/* Mipmapped arrays of one and two dimensions may be less large */
static const struct limits mipmap_limits[] = {
	[ARRAY_1D] = { LIMIT(TEXTURE1D_MIPMAPPED_WIDTH), 0, 0 },
	[ARRAY_2D] = { LIMIT(TEXTURE2D_MIPMAPPED_WIDTH), LIMIT(TEXTURE2D_MIPMAPPED_HEIGHT), 0 },
};

static bool within(const struct device *device, CUdevice_attribute attribute, size_t extent)
{
	int most = 0;

	if (!attribute)
		return !extent;
	return !device_attribute(device, attribute, &most) && extent && extent <= (size_t)most;
}

static bool extents_valid(const struct device *device, const CUDA_ARRAY3D_DESCRIPTOR *descriptor,
			  enum array_shape shape, bool mipmapped)
{
	const struct limits *most = mipmapped && shape <= ARRAY_2D ? &mipmap_limits[shape] :
								     &limits[shape];

	return within(device, most->width, descriptor->Width) &&
	       within(device, most->height, descriptor->Height) &&
	       within(device, most->depth, descriptor->Depth);
}

static enum array_shape shape_of(const CUDA_ARRAY3D_DESCRIPTOR *descriptor)
{
	bool layered = descriptor->Flags & CUDA_ARRAY3D_LAYERED;

	if (descriptor->Flags & CUDA_ARRAY3D_CUBEMAP)
		return layered ? ARRAY_CUBE_LAYERED : ARRAY_CUBE;
	if (layered)
		return descriptor->Height ? ARRAY_2D_LAYERED : ARRAY_1D_LAYERED;
	if (descriptor->Depth)
		return ARRAY_3D;
	return descriptor->Height ? ARRAY_2D : ARRAY_1D;
}

/* What a shape asks for besides its limits */
static bool shape_valid(const CUDA_ARRAY3D_DESCRIPTOR *descriptor, enum array_shape shape)
{
	if ((descriptor->Flags & CUDA_ARRAY3D_TEXTURE_GATHER) && shape != ARRAY_2D)
		return false;
	if (shape == ARRAY_CUBE)
		return descriptor->Width == descriptor->Height && descriptor->Depth == 6;
	if (shape == ARRAY_CUBE_LAYERED)
		return descriptor->Width == descriptor->Height && descriptor->Depth % 6 == 0;
	return true;
}

static CUresult check(const struct context *context, const CUDA_ARRAY3D_DESCRIPTOR *descriptor,
		      bool mipmapped, struct array *array)
{
	if (descriptor->Flags & ~(unsigned int)(FLAGS | FLAGS_MISSING))
		return CUDA_ERROR_INVALID_VALUE;
	if (descriptor->Flags & FLAGS_MISSING)
		return CUDA_ERROR_NOT_SUPPORTED;
	array->shape = shape_of(descriptor);
	if (!format_of(descriptor->Format, descriptor->NumChannels, &array->format) ||
	    !shape_valid(descriptor, array->shape) ||
	    !extents_valid(context->device, descriptor, array->shape, mipmapped))
		return CUDA_ERROR_INVALID_VALUE;
	return CUDA_SUCCESS;
}

/* The attributes bound all extents, but a product of three may be too much */
static bool measure(struct array *array)
{
	const CUDA_ARRAY3D_DESCRIPTOR *descriptor = &array->descriptor;

	array->width = descriptor->Width;
	array->height = descriptor->Height ? descriptor->Height : 1;
	array->depth = descriptor->Depth ? descriptor->Depth : 1;
	array->row = array->width * format_bytes(&array->format);
	array->pitch = (array->row + ROW_ALIGN - 1) & ~(size_t)(ROW_ALIGN - 1);
	return !__builtin_mul_overflow(array->pitch, array->height, &array->slice) &&
	       !__builtin_mul_overflow(array->slice, array->depth, &array->memory.size);
}

static void array_destroy(struct handle *handle)
{
	struct array *array = CONTAINER_OF(handle, struct array, handle);

	memory_free(array->memory.base, 1u << MEMORY_ARRAY);
	free(array);
}

CUresult array_new(struct context *context, const CUDA_ARRAY3D_DESCRIPTOR *descriptor,
		   unsigned int levels, struct array **made)
{
	struct array *array = calloc(1, sizeof(*array));
	CUresult result;

	if (!array)
		return CUDA_ERROR_OUT_OF_MEMORY;
	array->descriptor = *descriptor;
	array->level = levels;
	result = check(context, descriptor, levels, array);
	if (result)
		goto err_free;
	result = CUDA_ERROR_OUT_OF_MEMORY;
	if (!measure(array))
		goto err_free;
	array->memory.kind = MEMORY_ARRAY;
	array->memory.device = context->device;
	array->memory.context = context;
	result = memory_alloc(&array->memory, MEMORY_ALIGN);
	if (result)
		goto err_free;
	handle_init(&array->handle, HANDLE_ARRAY, context, array_destroy);
	handle_publish(&array->handle);
	*made = array;
	return CUDA_SUCCESS;

err_free:
	free(array);
	return result;
}

static CUresult create(CUarray *value, const CUDA_ARRAY3D_DESCRIPTOR *descriptor)
{
	struct context *context;
	struct array *array;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!value || !descriptor)
		return CUDA_ERROR_INVALID_VALUE;
	result = array_new(context, descriptor, 0, &array);
	if (result)
		return result;
	*value = (CUarray)array;
	array_put(array);
	return CUDA_SUCCESS;
}

CUresult cuArray3DCreate_v2(CUarray *pHandle, const CUDA_ARRAY3D_DESCRIPTOR *pAllocateArray)
{
	return create(pHandle, pAllocateArray);
}

CUresult cuArrayCreate_v2(CUarray *pHandle, const CUDA_ARRAY_DESCRIPTOR *pAllocateArray)
{
	CUDA_ARRAY3D_DESCRIPTOR descriptor;

	if (!pAllocateArray)
		return create(pHandle, NULL);
	descriptor = (CUDA_ARRAY3D_DESCRIPTOR){
		.Width = pAllocateArray->Width, .Height = pAllocateArray->Height,
		.Format = pAllocateArray->Format, .NumChannels = pAllocateArray->NumChannels,
	};
	return create(pHandle, &descriptor);
}

void array_wait(const struct handle *handle)
{
	struct context *owner = context_get(context_value(handle->owner));

	if (!owner)
		return;
	stream_synchronize_context(owner);
	context_put(owner);
}

/* Like cuMemFree, it first waits for what may still use the memory. */
CUresult cuArrayDestroy(CUarray hArray)
{
	struct context *context;
	struct array *array;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	array = array_get(hArray);
	if (!array)
		return CUDA_ERROR_INVALID_HANDLE;
	array_wait(&array->handle);
	if (array->level || !handle_retire(&array->handle))
		result = CUDA_ERROR_INVALID_HANDLE;
	array_put(array);
	return result;
}
