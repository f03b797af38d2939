/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_TEXTURE_OBJECT_H
#define SOFTGPU_TEXTURE_OBJECT_H

#include "softgpu/api.h"

#include "softgpu/context.h"
#include "softgpu/handle.h"
#include "softgpu/texture.h"

/**
 * struct texture_object - what a CUtexObject or CUsurfObject was made of
 * @number:	which kernels know it by; texture_find() leads back here
 */
struct texture_object {
	struct handle handle;
	uint64_t number;
	CUDA_RESOURCE_DESC resource;
	CUDA_TEXTURE_DESC texture;
	CUDA_RESOURCE_VIEW_DESC view;
};

/**
 * texture_object_new() - give @texture a number, and remember what it was made of
 * @made:	what to remember; its handle and number are filled in
 *
 * Return: CUDA_SUCCESS and the number; CUDA_ERROR_OUT_OF_MEMORY.
 */
CUresult texture_object_new(struct context *context, struct texture *texture,
			    const struct texture_object *made, uint64_t *number);

/* texture_object_get() - with a reference; NULL: no object of this kind has the number */
struct texture_object *texture_object_get(uint64_t number, enum texture_kind kind);

/* texture_object_destroy() - CUDA_ERROR_INVALID_VALUE if there is none */
CUresult texture_object_destroy(uint64_t number, enum texture_kind kind);

/**
 * texture_from_resource() - where the texels are and how they are stored
 *
 * Return: CUDA_SUCCESS; CUDA_ERROR_INVALID_VALUE or CUDA_ERROR_INVALID_HANDLE.
 */
CUresult texture_from_resource(const struct context *context, const CUDA_RESOURCE_DESC *resource,
			       struct texture *texture);

/* texture_view() - what is left of it, and how its elements are to be read */
CUresult texture_view(const CUDA_RESOURCE_VIEW_DESC *view, struct texture *texture);

/* texture_sampler() - how it is read */
CUresult texture_sampler(const CUDA_TEXTURE_DESC *desc, const CUDA_RESOURCE_DESC *resource,
			 struct texture *texture);

#endif /* SOFTGPU_TEXTURE_OBJECT_H */
