/* SPDX-License-Identifier: MIT */
/* Texture and surface objects: the same numbers as the driver's, described in other structs. */
#include "format.h"

static_assert((int)cudaResourceTypeArray == CU_RESOURCE_TYPE_ARRAY &&
	      (int)cudaResourceTypePitch2D == CU_RESOURCE_TYPE_PITCH2D &&
	      (int)cudaAddressModeBorder == CU_TR_ADDRESS_MODE_BORDER &&
	      (int)cudaFilterModeLinear == CU_TR_FILTER_MODE_LINEAR &&
	      (int)cudaResViewFormatUnsignedBlockCompressed7 == CU_RES_VIEW_FORMAT_UNSIGNED_BC7,
	      "words of texture descriptions are the driver's");

static cudaError_t resource_from(CUDA_RESOURCE_DESC *to, const struct cudaResourceDesc *from)
{
	struct format format = { 0 };
	cudaError_t error = cudaSuccess;

	*to = (CUDA_RESOURCE_DESC){ .resType = (CUresourcetype)from->resType };
	switch (from->resType) {
	case cudaResourceTypeArray:
		to->res.array.hArray = (CUarray)from->res.array.array;
		break;
	case cudaResourceTypeMipmappedArray:
		to->res.mipmap.hMipmappedArray = (CUmipmappedArray)from->res.mipmap.mipmap;
		break;
	case cudaResourceTypeLinear:
		error = format_from_desc(&from->res.linear.desc, &format);
		to->res.linear.devPtr = device_ptr(from->res.linear.devPtr);
		to->res.linear.format = format.format;
		to->res.linear.numChannels = format.channels;
		to->res.linear.sizeInBytes = from->res.linear.sizeInBytes;
		break;
	case cudaResourceTypePitch2D:
		error = format_from_desc(&from->res.pitch2D.desc, &format);
		to->res.pitch2D.devPtr = device_ptr(from->res.pitch2D.devPtr);
		to->res.pitch2D.format = format.format;
		to->res.pitch2D.numChannels = format.channels;
		to->res.pitch2D.width = from->res.pitch2D.width;
		to->res.pitch2D.height = from->res.pitch2D.height;
		to->res.pitch2D.pitchInBytes = from->res.pitch2D.pitchInBytes;
		break;
	default:
		return cudaErrorInvalidValue;
	}
	return error;
}

static void resource_to(struct cudaResourceDesc *to, const CUDA_RESOURCE_DESC *from)
{
	*to = (struct cudaResourceDesc){ .resType = (enum cudaResourceType)from->resType };
	switch (from->resType) {
	case CU_RESOURCE_TYPE_ARRAY:
		to->res.array.array = (cudaArray_t)from->res.array.hArray;
		break;
	case CU_RESOURCE_TYPE_MIPMAPPED_ARRAY:
		to->res.mipmap.mipmap = (cudaMipmappedArray_t)from->res.mipmap.hMipmappedArray;
		break;
	case CU_RESOURCE_TYPE_LINEAR:
		to->res.linear.devPtr = (void *)from->res.linear.devPtr;
		to->res.linear.desc = format_to_desc((struct format){
			from->res.linear.format, from->res.linear.numChannels });
		to->res.linear.sizeInBytes = from->res.linear.sizeInBytes;
		break;
	case CU_RESOURCE_TYPE_PITCH2D:
		to->res.pitch2D.devPtr = (void *)from->res.pitch2D.devPtr;
		to->res.pitch2D.desc = format_to_desc((struct format){
			from->res.pitch2D.format, from->res.pitch2D.numChannels });
		to->res.pitch2D.width = from->res.pitch2D.width;
		to->res.pitch2D.height = from->res.pitch2D.height;
		to->res.pitch2D.pitchInBytes = from->res.pitch2D.pitchInBytes;
		break;
	default:
		break;
	}
}

static void texture_from(CUDA_TEXTURE_DESC *to, const struct cudaTextureDesc *from)
{
	*to = (CUDA_TEXTURE_DESC){
		.filterMode = (CUfilter_mode)from->filterMode,
		.maxAnisotropy = from->maxAnisotropy,
		.mipmapFilterMode = (CUfilter_mode)from->mipmapFilterMode,
		.mipmapLevelBias = from->mipmapLevelBias,
		.minMipmapLevelClamp = from->minMipmapLevelClamp,
		.maxMipmapLevelClamp = from->maxMipmapLevelClamp,
	};
	for (int i = 0; i < 3; i++)
		to->addressMode[i] = (CUaddress_mode)from->addressMode[i];
	for (int i = 0; i < 4; i++)
		to->borderColor[i] = from->borderColor[i];
	if (from->readMode == cudaReadModeElementType)
		to->flags |= CU_TRSF_READ_AS_INTEGER;
	if (from->normalizedCoords)
		to->flags |= CU_TRSF_NORMALIZED_COORDINATES;
	if (from->sRGB)
		to->flags |= CU_TRSF_SRGB;
	if (from->disableTrilinearOptimization)
		to->flags |= CU_TRSF_DISABLE_TRILINEAR_OPTIMIZATION;
	if (from->seamlessCubemap)
		to->flags |= CU_TRSF_SEAMLESS_CUBEMAP;
}

static void texture_to(struct cudaTextureDesc *to, const CUDA_TEXTURE_DESC *from)
{
	*to = (struct cudaTextureDesc){
		.filterMode = (enum cudaTextureFilterMode)from->filterMode,
		.readMode = from->flags & CU_TRSF_READ_AS_INTEGER ? cudaReadModeElementType :
								    cudaReadModeNormalizedFloat,
		.sRGB = !!(from->flags & CU_TRSF_SRGB),
		.normalizedCoords = !!(from->flags & CU_TRSF_NORMALIZED_COORDINATES),
		.maxAnisotropy = from->maxAnisotropy,
		.mipmapFilterMode = (enum cudaTextureFilterMode)from->mipmapFilterMode,
		.mipmapLevelBias = from->mipmapLevelBias,
		.minMipmapLevelClamp = from->minMipmapLevelClamp,
		.maxMipmapLevelClamp = from->maxMipmapLevelClamp,
		.disableTrilinearOptimization =
			!!(from->flags & CU_TRSF_DISABLE_TRILINEAR_OPTIMIZATION),
		.seamlessCubemap = !!(from->flags & CU_TRSF_SEAMLESS_CUBEMAP),
	};
	for (int i = 0; i < 3; i++)
		to->addressMode[i] = (enum cudaTextureAddressMode)from->addressMode[i];
	for (int i = 0; i < 4; i++)
		to->borderColor[i] = from->borderColor[i];
}

static void view_from(CUDA_RESOURCE_VIEW_DESC *to, const struct cudaResourceViewDesc *from)
{
	*to = (CUDA_RESOURCE_VIEW_DESC){
		.format = (CUresourceViewFormat)from->format,
		.width = from->width,
		.height = from->height,
		.depth = from->depth,
		.firstMipmapLevel = from->firstMipmapLevel,
		.lastMipmapLevel = from->lastMipmapLevel,
		.firstLayer = from->firstLayer,
		.lastLayer = from->lastLayer,
	};
}

static void view_to(struct cudaResourceViewDesc *to, const CUDA_RESOURCE_VIEW_DESC *from)
{
	*to = (struct cudaResourceViewDesc){
		.format = (enum cudaResourceViewFormat)from->format,
		.width = from->width,
		.height = from->height,
		.depth = from->depth,
		.firstMipmapLevel = from->firstMipmapLevel,
		.lastMipmapLevel = from->lastMipmapLevel,
		.firstLayer = from->firstLayer,
		.lastLayer = from->lastLayer,
	};
}

cudaError_t cudaCreateTextureObject(cudaTextureObject_t *pTexObject,
				    const struct cudaResourceDesc *pResDesc,
				    const struct cudaTextureDesc *pTexDesc,
				    const struct cudaResourceViewDesc *pResViewDesc)
{
	CUDA_RESOURCE_DESC resource;
	CUDA_TEXTURE_DESC texture;
	CUDA_RESOURCE_VIEW_DESC view;
	CUtexObject object;
	cudaError_t error = require(context_enter(), pTexObject && pResDesc && pTexDesc);

	if (!error)
		error = resource_from(&resource, pResDesc);
	if (error)
		return error_set(error);
	texture_from(&texture, pTexDesc);
	if (pResViewDesc)
		view_from(&view, pResViewDesc);
	error = error_from(driver.cuTexObjectCreate(&object, &resource, &texture,
						    pResViewDesc ? &view : NULL));
	if (!error)
		*pTexObject = object;
	return error_set(error);
}

cudaError_t cudaDestroyTextureObject(cudaTextureObject_t texObject)
{
	cudaError_t error = context_enter();

	if (!error && texObject)
		error = error_from(driver.cuTexObjectDestroy(texObject));
	return error_set(error);
}

cudaError_t cudaGetTextureObjectResourceDesc(struct cudaResourceDesc *pResDesc,
					     cudaTextureObject_t texObject)
{
	CUDA_RESOURCE_DESC resource;
	cudaError_t error = require(context_enter(), pResDesc);

	if (!error)
		error = error_from(driver.cuTexObjectGetResourceDesc(&resource, texObject));
	if (!error)
		resource_to(pResDesc, &resource);
	return error_set(error);
}

cudaError_t cudaGetTextureObjectTextureDesc(struct cudaTextureDesc *pTexDesc,
					    cudaTextureObject_t texObject)
{
	CUDA_TEXTURE_DESC texture;
	cudaError_t error = require(context_enter(), pTexDesc);

	if (!error)
		error = error_from(driver.cuTexObjectGetTextureDesc(&texture, texObject));
	if (!error)
		texture_to(pTexDesc, &texture);
	return error_set(error);
}

cudaError_t cudaGetTextureObjectResourceViewDesc(struct cudaResourceViewDesc *pResViewDesc,
						 cudaTextureObject_t texObject)
{
	CUDA_RESOURCE_VIEW_DESC view;
	cudaError_t error = require(context_enter(), pResViewDesc);

	if (!error)
		error = error_from(driver.cuTexObjectGetResourceViewDesc(&view, texObject));
	if (!error)
		view_to(pResViewDesc, &view);
	return error_set(error);
}

cudaError_t cudaCreateSurfaceObject(cudaSurfaceObject_t *pSurfObject,
				    const struct cudaResourceDesc *pResDesc)
{
	CUDA_RESOURCE_DESC resource;
	CUsurfObject object;
	cudaError_t error = require(context_enter(), pSurfObject && pResDesc);

	if (!error)
		error = resource_from(&resource, pResDesc);
	if (!error)
		error = error_from(driver.cuSurfObjectCreate(&object, &resource));
	if (!error)
		*pSurfObject = object;
	return error_set(error);
}

cudaError_t cudaDestroySurfaceObject(cudaSurfaceObject_t surfObject)
{
	cudaError_t error = context_enter();

	if (!error && surfObject)
		error = error_from(driver.cuSurfObjectDestroy(surfObject));
	return error_set(error);
}

cudaError_t cudaGetSurfaceObjectResourceDesc(struct cudaResourceDesc *pResDesc,
					     cudaSurfaceObject_t surfObject)
{
	CUDA_RESOURCE_DESC resource;
	cudaError_t error = require(context_enter(), pResDesc);

	if (!error)
		error = error_from(driver.cuSurfObjectGetResourceDesc(&resource, surfObject));
	if (!error)
		resource_to(pResDesc, &resource);
	return error_set(error);
}
