/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_ARRAY_H
#define SOFTGPU_ARRAY_H

#include "softgpu/api.h"

#include "softgpu/format.h"
#include "softgpu/handle.h"
#include "softgpu/memory.h"

/* What the flags and extents of a descriptor make of an array (cuda.h, cuArray3DCreate) */
enum array_shape {
	ARRAY_1D, ARRAY_2D, ARRAY_3D, ARRAY_1D_LAYERED, ARRAY_2D_LAYERED, ARRAY_CUBE,
	ARRAY_CUBE_LAYERED,
};

enum { ARRAY_LEVELS_MAX = 18 };		/* 1 + log2 of the largest extent, 131072 */

/**
 * struct array - a CUDA array
 *
 * An opaque array need not lie in any special order here: it is slices of rows of elements.
 *
 * @descriptor:	as the program gave it
 * @width, @height, @depth: elements of a row, rows of a slice, slices (or layers, or faces); at
 *		least 1
 * @row:	bytes of a row
 * @pitch, @slice: bytes from one row, one slice, to the next
 * @memory:	its block
 * @level:	belongs to a mipmapped array, which alone destroys it
 */
struct array {
	struct handle handle;
	CUDA_ARRAY3D_DESCRIPTOR descriptor;
	enum array_shape shape;
	struct format format;
	size_t width, height, depth;
	size_t row, pitch, slice;
	struct memory_block memory;
	bool level;
};

/* struct mipmap - a mipmapped array; it has a reference to each of its levels */
struct mipmap {
	struct handle handle;
	CUDA_ARRAY3D_DESCRIPTOR descriptor;
	unsigned int levels;
	struct array *level[ARRAY_LEVELS_MAX];
};

/**
 * array_new() - check a descriptor and make the array of it, published
 * @levels: of the mipmapped array it will be a level of; 0: none
 *
 * Return: CUDA_SUCCESS with a reference for the caller; CUDA_ERROR_INVALID_VALUE,
 * CUDA_ERROR_NOT_SUPPORTED, CUDA_ERROR_OUT_OF_MEMORY.
 */
CUresult array_new(struct context *context, const CUDA_ARRAY3D_DESCRIPTOR *descriptor,
		   unsigned int levels, struct array **array);

/* array_wait() - until nothing uses the memory of an array or mipmapped array any more */
void array_wait(const struct handle *handle);

static inline struct array *array_get(CUarray value)
{
	return handle_get(value, HANDLE_ARRAY);
}

static inline struct mipmap *mipmap_get(CUmipmappedArray value)
{
	return handle_get(value, HANDLE_MIPMAP);
}

static inline void array_put(struct array *array)
{
	if (array)
		handle_put(&array->handle);
}

static inline void mipmap_put(struct mipmap *mipmap)
{
	if (mipmap)
		handle_put(&mipmap->handle);
}

#endif /* SOFTGPU_ARRAY_H */
