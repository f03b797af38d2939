/* SPDX-License-Identifier: MIT */
/* texture.c - cuTexObject*, and what texture and surface objects have in common */
#include <stdlib.h>

#include "softgpu/texture_object.h"

static void object_destroy(struct handle *handle)
{
	struct texture_object *object = CONTAINER_OF(handle, struct texture_object, handle);

	texture_remove(object->number);
	free(object);
}

static enum handle_type type_of(enum texture_kind kind)
{
	return kind == TEXTURE_SAMPLED ? HANDLE_TEXTURE : HANDLE_SURFACE;
}

CUresult texture_object_new(struct context *context, struct texture *texture,
			    const struct texture_object *made, uint64_t *number)
{
	struct texture_object *object = malloc(sizeof(*object));

	if (!object)
		return CUDA_ERROR_OUT_OF_MEMORY;
	*object = *made;
	texture->object = object;
	object->number = texture_add(texture);
	if (!object->number) {
		free(object);
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	*number = object->number;
	handle_init(&object->handle, type_of(texture->kind), context, object_destroy);
	handle_publish(&object->handle);
	handle_put(&object->handle);
	return CUDA_SUCCESS;
}

struct texture_object *texture_object_get(uint64_t number, enum texture_kind kind)
{
	const struct texture *texture = texture_find(number, kind);

	return texture ? handle_get(texture->object, type_of(kind)) : NULL;
}

CUresult texture_object_destroy(uint64_t number, enum texture_kind kind)
{
	struct texture_object *object = texture_object_get(number, kind);
	bool mine;

	if (!object)
		return CUDA_ERROR_INVALID_VALUE;
	mine = handle_retire(&object->handle);
	handle_put(&object->handle);
	return mine ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuTexObjectCreate(CUtexObject *pTexObject, const CUDA_RESOURCE_DESC *pResDesc,
			   const CUDA_TEXTURE_DESC *pTexDesc,
			   const CUDA_RESOURCE_VIEW_DESC *pResViewDesc)
{
	struct texture texture = { .kind = TEXTURE_SAMPLED };
	struct texture_object made = { 0 };
	struct context *context;
	uint64_t number;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!pTexObject || !pResDesc || !pTexDesc)
		return CUDA_ERROR_INVALID_VALUE;
	made.resource = *pResDesc;
	made.texture = *pTexDesc;
	if (pResViewDesc)
		made.view = *pResViewDesc;
	result = texture_from_resource(context, &made.resource, &texture);
	if (!result && pResViewDesc)
		result = texture_view(&made.view, &texture);
	if (!result)
		result = texture_sampler(&made.texture, &made.resource, &texture);
	if (!result)
		result = texture_object_new(context, &texture, &made, &number);
	if (!result)
		*pTexObject = number;
	return result;
}

CUresult cuTexObjectDestroy(CUtexObject texObject)
{
	struct context *context;
	CUresult result = context_enter(&context);

	return result ? result : texture_object_destroy(texObject, TEXTURE_SAMPLED);
}

static CUresult find(const void *out, CUtexObject number, struct texture_object **object)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	*object = out ? texture_object_get(number, TEXTURE_SAMPLED) : NULL;
	return *object ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuTexObjectGetResourceDesc(CUDA_RESOURCE_DESC *pResDesc, CUtexObject texObject)
{
	struct texture_object *object;
	CUresult result = find(pResDesc, texObject, &object);

	if (result)
		return result;
	*pResDesc = object->resource;
	handle_put(&object->handle);
	return CUDA_SUCCESS;
}

CUresult cuTexObjectGetTextureDesc(CUDA_TEXTURE_DESC *pTexDesc, CUtexObject texObject)
{
	struct texture_object *object;
	CUresult result = find(pTexDesc, texObject, &object);

	if (result)
		return result;
	*pTexDesc = object->texture;
	handle_put(&object->handle);
	return CUDA_SUCCESS;
}

CUresult cuTexObjectGetResourceViewDesc(CUDA_RESOURCE_VIEW_DESC *pResViewDesc,
					CUtexObject texObject)
{
	struct texture_object *object;
	CUresult result = find(pResViewDesc, texObject, &object);

	if (result)
		return result;
	/* Without a view it is all zeros, CU_RES_VIEW_FORMAT_NONE: an H200 refuses nothing */
	*pResViewDesc = object->view;
	handle_put(&object->handle);
	return CUDA_SUCCESS;
}
