/* SPDX-License-Identifier: MIT */
/* surface.c - cuSurfObject*: arrays that kernels may write */
#include "softgpu/array.h"
#include "softgpu/texture_object.h"

static bool may_be_written(CUarray value)
{
	struct array *array = array_get(value);
	bool may = array && array->descriptor.Flags & CUDA_ARRAY3D_SURFACE_LDST;

	array_put(array);
	return may;
}

CUresult cuSurfObjectCreate(CUsurfObject *pSurfObject, const CUDA_RESOURCE_DESC *pResDesc)
{
	struct texture surface = { .kind = TEXTURE_SURFACE };
	struct texture_object made = { 0 };
	struct context *context;
	uint64_t number;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!pSurfObject || !pResDesc || pResDesc->resType != CU_RESOURCE_TYPE_ARRAY)
		return CUDA_ERROR_INVALID_VALUE;
	made.resource = *pResDesc;
	result = texture_from_resource(context, &made.resource, &surface);
	if (!result && !may_be_written(made.resource.res.array.hArray))
		result = CUDA_ERROR_INVALID_VALUE;
	if (!result)
		result = texture_object_new(context, &surface, &made, &number);
	if (!result)
		*pSurfObject = number;
	return result;
}

CUresult cuSurfObjectDestroy(CUsurfObject surfObject)
{
	struct context *context;
	CUresult result = context_enter(&context);

	return result ? result : texture_object_destroy(surfObject, TEXTURE_SURFACE);
}

CUresult cuSurfObjectGetResourceDesc(CUDA_RESOURCE_DESC *pResDesc, CUsurfObject surfObject)
{
	struct texture_object *object;
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	object = pResDesc ? texture_object_get(surfObject, TEXTURE_SURFACE) : NULL;
	if (!object)
		return CUDA_ERROR_INVALID_VALUE;
	*pResDesc = object->resource;
	handle_put(&object->handle);
	return CUDA_SUCCESS;
}
