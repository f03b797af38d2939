/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * Faces qcu-device/worker/texture.c.  A kernel gets a texture or surface object as a 64-bit
 * parameter and hands it to the GPU, so what the program holds is the number that the host's
 * driver gave, not a name of the guest's.  The host knows the object by a handle like any
 * other; here is the table from numbers to handles.  Numbers are unique within a context.
 *
 * An entry is the data of its handle and goes with it, when the object or its context
 * is destroyed.
 */
#include <pthread.h>
#include <stdlib.h>

#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/place.h"
#include "qcu-library/cuda/remote.h"

#define BUCKETS	256

/* struct object - @resource: as the program gave it, with handles of the guest */
struct object {
	struct object *next;
	uint64_t context, number, handle;
	CUDA_RESOURCE_DESC resource;
};

/* Taken inside of handle.c's lock, so nothing of handle.c is called with it held. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct object *buckets[BUCKETS];		/* under the lock; the newest first */

static struct object **bucket_of(uint64_t number)
{
	return &buckets[number % BUCKETS];
}

static void object_link(struct object *object)
{
	struct object **bucket = bucket_of(object->number);

	pthread_mutex_lock(&lock);
	object->next = *bucket;
	*bucket = object;
	pthread_mutex_unlock(&lock);
}

/* For handle_set_data() */
static void object_destroy(void *data)
{
	struct object *object = data, **link;

	pthread_mutex_lock(&lock);
	for (link = bucket_of(object->number); *link; link = &(*link)->next)
		if (*link == object) {
			*link = object->next;
			break;
		}
	pthread_mutex_unlock(&lock);
	free(object);
}

/* object_find() - the handle of a number in the current context, or 0 */
static uint64_t object_find(enum handle_kind kind, uint64_t number, CUDA_RESOURCE_DESC *resource)
{
	uint64_t context = context_home(context_current()), handle = 0;

	pthread_mutex_lock(&lock);
	for (struct object *at = *bucket_of(number); at; at = at->next)
		if (at->number == number && at->context == context &&
		    handle_kind(at->handle) == kind) {
			handle = at->handle;
			if (resource)
				*resource = at->resource;
			break;
		}
	pthread_mutex_unlock(&lock);
	return handle;
}

/* object_keep() - from now on the number is known */
static CUresult object_keep(struct object *object, uint64_t handle, uint64_t number,
			    const CUDA_RESOURCE_DESC *resource)
{
	object->context = context_home(context_current());
	object->number = number;
	object->handle = handle;
	object->resource = *resource;
	object_link(object);
	if (handle_set_data(handle, object, object_destroy) == object)
		return CUDA_SUCCESS;
	/* Another thread has destroyed the context. */
	object_destroy(object);
	return CUDA_ERROR_CONTEXT_IS_DESTROYED;
}

static CUresult resource_get(const CUDA_RESOURCE_DESC *resource, struct wire_resource *wire)
{
	*wire = (struct wire_resource){ .type = resource->resType, .flags = resource->flags };
	switch (resource->resType) {
	case CU_RESOURCE_TYPE_ARRAY:
		wire->object = (uint64_t)resource->res.array.hArray;
		return handle_is(KIND_CUarray, wire->object) ? CUDA_SUCCESS :
							       CUDA_ERROR_INVALID_HANDLE;
	case CU_RESOURCE_TYPE_MIPMAPPED_ARRAY:
		wire->object = (uint64_t)resource->res.mipmap.hMipmappedArray;
		return handle_is(KIND_CUmipmappedArray, wire->object) ? CUDA_SUCCESS :
									CUDA_ERROR_INVALID_HANDLE;
	case CU_RESOURCE_TYPE_LINEAR:
		wire->address = place_on_device(resource->res.linear.devPtr);
		wire->format = resource->res.linear.format;
		wire->channels = resource->res.linear.numChannels;
		wire->bytes = resource->res.linear.sizeInBytes;
		return CUDA_SUCCESS;
	case CU_RESOURCE_TYPE_PITCH2D:
		wire->address = place_on_device(resource->res.pitch2D.devPtr);
		wire->format = resource->res.pitch2D.format;
		wire->channels = resource->res.pitch2D.numChannels;
		wire->width = resource->res.pitch2D.width;
		wire->height = resource->res.pitch2D.height;
		wire->pitch = resource->res.pitch2D.pitchInBytes;
		return CUDA_SUCCESS;
	}
	return CUDA_ERROR_INVALID_VALUE;
}

/* What both kinds of objects begin with */
static CUresult prepare(bool complete, const CUDA_RESOURCE_DESC *resource,
			struct wire_resource *wire, struct object **object)
{
	CUresult rc = context_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!complete)
		return CUDA_ERROR_INVALID_VALUE;
	rc = resource_get(resource, wire);
	if (rc != CUDA_SUCCESS)
		return rc;
	*object = calloc(1, sizeof(**object));
	return *object ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

CUresult CUDAAPI cuTexObjectCreate(CUtexObject *pTexObject, const CUDA_RESOURCE_DESC *pResDesc,
				   const CUDA_TEXTURE_DESC *pTexDesc,
				   const CUDA_RESOURCE_VIEW_DESC *pResViewDesc)
{
	CUtexObject handle, number;
	struct wire_resource wire;
	struct object *object;
	CUresult rc = prepare(pTexObject && pResDesc && pTexDesc, pResDesc, &wire, &object);

	if (rc != CUDA_SUCCESS)
		return rc;
	rc = send_texture_create(&handle, &number, wire, pTexDesc, pResViewDesc);
	if (rc != CUDA_SUCCESS) {
		free(object);
		return rc;
	}
	rc = object_keep(object, handle, number, pResDesc);
	if (rc == CUDA_SUCCESS)
		*pTexObject = number;
	return rc;
}

CUresult CUDAAPI cuTexObjectDestroy(CUtexObject texObject)
{
	return send_cuTexObjectDestroy(object_find(KIND_CUtexObject, texObject, NULL));
}

static CUresult get_resource(CUDA_RESOURCE_DESC *resource, enum handle_kind kind, uint64_t number)
{
	CUresult rc = context_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	return resource && object_find(kind, number, resource) ? CUDA_SUCCESS :
								 CUDA_ERROR_INVALID_VALUE;
}

CUresult CUDAAPI cuTexObjectGetResourceDesc(CUDA_RESOURCE_DESC *pResDesc, CUtexObject texObject)
{
	return get_resource(pResDesc, KIND_CUtexObject, texObject);
}

CUresult CUDAAPI cuTexObjectGetTextureDesc(CUDA_TEXTURE_DESC *pTexDesc, CUtexObject texObject)
{
	return send_cuTexObjectGetTextureDesc(pTexDesc,
					      object_find(KIND_CUtexObject, texObject, NULL));
}

CUresult CUDAAPI cuTexObjectGetResourceViewDesc(CUDA_RESOURCE_VIEW_DESC *pResViewDesc,
						CUtexObject texObject)
{
	return send_cuTexObjectGetResourceViewDesc(pResViewDesc,
						   object_find(KIND_CUtexObject, texObject, NULL));
}

CUresult CUDAAPI cuSurfObjectCreate(CUsurfObject *pSurfObject, const CUDA_RESOURCE_DESC *pResDesc)
{
	CUsurfObject handle, number;
	struct wire_resource wire;
	struct object *object;
	CUresult rc = prepare(pSurfObject && pResDesc, pResDesc, &wire, &object);

	if (rc != CUDA_SUCCESS)
		return rc;
	rc = send_surface_create(&handle, &number, wire);
	if (rc != CUDA_SUCCESS) {
		free(object);
		return rc;
	}
	rc = object_keep(object, handle, number, pResDesc);
	if (rc == CUDA_SUCCESS)
		*pSurfObject = number;
	return rc;
}

CUresult CUDAAPI cuSurfObjectDestroy(CUsurfObject surfObject)
{
	return send_cuSurfObjectDestroy(object_find(KIND_CUsurfObject, surfObject, NULL));
}

CUresult CUDAAPI cuSurfObjectGetResourceDesc(CUDA_RESOURCE_DESC *pResDesc, CUsurfObject surfObject)
{
	return get_resource(pResDesc, KIND_CUsurfObject, surfObject);
}
