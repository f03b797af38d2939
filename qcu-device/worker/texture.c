/* SPDX-License-Identifier: MIT */
/*
 * texture.c - texture and surface objects
 *
 * Faces qcu-library/cuda/texture.c.  An object's number, which kernels take, is the driver's own;
 * the object is also in the table of handles, under the name that the guest made up, so
 * that only an object of this session can be asked or destroyed.
 */
#include "qcu-device/worker/body.h"
#include "qcu-device/worker/handle.h"

/* The object that a resource names; false: there is none of this kind */
static bool object_get(enum handle_kind kind, uint64_t name, void **object)
{
	return !handle_is_special(name) && handle_get(kind, name, object);
}

static CUresult resource_get(struct dispatch *dispatch, const struct wire_resource *wire,
			     CUDA_RESOURCE_DESC *resource)
{
	void *object;

	*resource = (CUDA_RESOURCE_DESC){ .resType = wire->type, .flags = wire->flags };
	switch (wire->type) {
	case CU_RESOURCE_TYPE_ARRAY:
		if (!object_get(KIND_CUarray, wire->object, &object))
			return CUDA_ERROR_INVALID_HANDLE;
		resource->res.array.hArray = object;
		return CUDA_SUCCESS;
	case CU_RESOURCE_TYPE_MIPMAPPED_ARRAY:
		if (!object_get(KIND_CUmipmappedArray, wire->object, &object))
			return CUDA_ERROR_INVALID_HANDLE;
		resource->res.mipmap.hMipmappedArray = object;
		return CUDA_SUCCESS;
	case CU_RESOURCE_TYPE_LINEAR:
		resource->res.linear.devPtr = wire->address;
		resource->res.linear.format = wire->format;
		resource->res.linear.numChannels = wire->channels;
		resource->res.linear.sizeInBytes = wire->bytes;
		return CUDA_SUCCESS;
	case CU_RESOURCE_TYPE_PITCH2D:
		resource->res.pitch2D.devPtr = wire->address;
		resource->res.pitch2D.format = wire->format;
		resource->res.pitch2D.numChannels = wire->channels;
		resource->res.pitch2D.width = wire->width;
		resource->res.pitch2D.height = wire->height;
		resource->res.pitch2D.pitchInBytes = wire->pitch;
		return CUDA_SUCCESS;
	}
	return dispatch_refuse(dispatch);
}

CUresult host_texture_create(struct dispatch *dispatch, CUtexObject *object, CUtexObject *number,
			     struct wire_resource wire, const CUDA_TEXTURE_DESC *texture,
			     const CUDA_RESOURCE_VIEW_DESC *view)
{
	CUDA_RESOURCE_DESC resource;
	CUresult rc;

	if (!number || !texture)
		return dispatch_refuse(dispatch);
	if (!driver.cuTexObjectCreate)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = resource_get(dispatch, &wire, &resource);
	if (rc == CUDA_SUCCESS)
		rc = driver.cuTexObjectCreate(number, &resource, texture, view);
	if (rc == CUDA_SUCCESS)
		*object = *number;
	return rc;
}

CUresult host_surface_create(struct dispatch *dispatch, CUsurfObject *object,
			     CUsurfObject *number, struct wire_resource wire)
{
	CUDA_RESOURCE_DESC resource;
	CUresult rc;

	if (!number)
		return dispatch_refuse(dispatch);
	if (!driver.cuSurfObjectCreate)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = resource_get(dispatch, &wire, &resource);
	if (rc == CUDA_SUCCESS)
		rc = driver.cuSurfObjectCreate(number, &resource);
	if (rc == CUDA_SUCCESS)
		*object = *number;
	return rc;
}
