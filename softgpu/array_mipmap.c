/* SPDX-License-Identifier: MIT */
/* array_mipmap.c - cuMipmappedArray*: arrays of which each is half as large as the one before */
#include <stdlib.h>

#include "softgpu/array.h"
#include "softgpu/context.h"

static void mipmap_destroy(struct handle *handle)
{
	struct mipmap *mipmap = CONTAINER_OF(handle, struct mipmap, handle);

	for (unsigned int i = 0; i < mipmap->levels; i++) {
		handle_retire(&mipmap->level[i]->handle);
		array_put(mipmap->level[i]);
	}
	free(mipmap);
}

/* levels_of() - down to one element (cuda.h, cuMipmappedArrayCreate) */
static unsigned int levels_of(const CUDA_ARRAY3D_DESCRIPTOR *descriptor)
{
	bool layered = descriptor->Flags & (CUDA_ARRAY3D_LAYERED | CUDA_ARRAY3D_CUBEMAP);
	size_t largest = descriptor->Width;
	unsigned int levels = 1;

	if (descriptor->Height > largest)
		largest = descriptor->Height;
	if (!layered && descriptor->Depth > largest)
		largest = descriptor->Depth;
	while (largest >>= 1)
		levels++;
	return levels;
}

static size_t halved(size_t extent, unsigned int times)
{
	return extent && !(extent >> times) ? 1 : extent >> times;
}

static CUDA_ARRAY3D_DESCRIPTOR level_descriptor(const CUDA_ARRAY3D_DESCRIPTOR *base,
						unsigned int level)
{
	CUDA_ARRAY3D_DESCRIPTOR descriptor = *base;

	descriptor.Width = halved(base->Width, level);
	descriptor.Height = halved(base->Height, level);
	if (!(base->Flags & (CUDA_ARRAY3D_LAYERED | CUDA_ARRAY3D_CUBEMAP)))
		descriptor.Depth = halved(base->Depth, level);
	return descriptor;
}

static CUresult create(struct context *context, const CUDA_ARRAY3D_DESCRIPTOR *descriptor,
		       unsigned int levels, CUmipmappedArray *value)
{
	struct mipmap *mipmap = calloc(1, sizeof(*mipmap));
	unsigned int most = levels_of(descriptor);
	CUresult result = CUDA_SUCCESS;

	if (!mipmap)
		return CUDA_ERROR_OUT_OF_MEMORY;
	handle_init(&mipmap->handle, HANDLE_MIPMAP, context, mipmap_destroy);
	mipmap->descriptor = *descriptor;
	if (levels > most)
		levels = most;
	if (levels > ARRAY_LEVELS_MAX)
		result = CUDA_ERROR_INVALID_VALUE;
	for (unsigned int i = 0; i < levels && !result; i++) {
		CUDA_ARRAY3D_DESCRIPTOR level = level_descriptor(descriptor, i);

		result = array_new(context, &level, levels, &mipmap->level[i]);
		if (!result)
			mipmap->levels++;
	}
	if (!result) {
		handle_publish(&mipmap->handle);
		*value = (CUmipmappedArray)mipmap;
	}
	mipmap_put(mipmap);
	return result;
}

CUresult cuMipmappedArrayCreate(CUmipmappedArray *pHandle,
				const CUDA_ARRAY3D_DESCRIPTOR *pMipmappedArrayDesc,
				unsigned int numMipmapLevels)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!pHandle || !pMipmappedArrayDesc || !numMipmapLevels)
		return CUDA_ERROR_INVALID_VALUE;
	return create(context, pMipmappedArrayDesc, numMipmapLevels, pHandle);
}

CUresult cuMipmappedArrayGetLevel(CUarray *pLevelArray, CUmipmappedArray hMipmappedArray,
				  unsigned int level)
{
	struct context *context;
	struct mipmap *mipmap;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	mipmap = mipmap_get(hMipmappedArray);
	if (!mipmap)
		return CUDA_ERROR_INVALID_HANDLE;
	if (!pLevelArray || level >= mipmap->levels)
		result = CUDA_ERROR_INVALID_VALUE;
	else
		*pLevelArray = (CUarray)mipmap->level[level];
	mipmap_put(mipmap);
	return result;
}

CUresult cuMipmappedArrayDestroy(CUmipmappedArray hMipmappedArray)
{
	struct context *context;
	struct mipmap *mipmap;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	mipmap = mipmap_get(hMipmappedArray);
	if (!mipmap)
		return CUDA_ERROR_INVALID_HANDLE;
	array_wait(&mipmap->handle);
	if (!handle_retire(&mipmap->handle))
		result = CUDA_ERROR_INVALID_HANDLE;
	mipmap_put(mipmap);
	return result;
}

/* Only arrays whose mapping is deferred have requirements to be told, and sparse ones properties:
 * there are none of either here.
 */
CUresult cuMipmappedArrayGetMemoryRequirements(CUDA_ARRAY_MEMORY_REQUIREMENTS *memoryRequirements,
					       CUmipmappedArray mipmap, CUdevice device)
{
	struct context *context;
	CUresult result = context_enter(&context);

	return result ? result : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuMipmappedArrayGetSparseProperties(CUDA_ARRAY_SPARSE_PROPERTIES *sparseProperties,
					     CUmipmappedArray mipmap)
{
	struct context *context;
	CUresult result = context_enter(&context);

	return result ? result : CUDA_ERROR_INVALID_VALUE;
}
