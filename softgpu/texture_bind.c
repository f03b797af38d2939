/* SPDX-License-Identifier: MIT */
/* texture_bind.c - cuTexRefSet*, cuTexRefGet*, cuSurfRef*: what a reference reads, and how */
#include <string.h>

#include "softgpu/array.h"
#include "softgpu/device.h"
#include "softgpu/format.h"
#include "softgpu/memory.h"
#include "softgpu/texture_object.h"
#include "softgpu/texture_reference.h"

/* ---- what ---- */

static void bind(struct reference *reference, const CUDA_RESOURCE_DESC *resource)
{
	reference->resource = *resource;
	reference->bound = true;
}

/* The array's format is the reference's from now on, CU_TRSA_OVERRIDE_FORMAT. */
static CUresult bind_array(const void *value, enum texture_kind kind, CUarray hArray, bool flags)
{
	const CUDA_RESOURCE_DESC resource = {
		.resType = CU_RESOURCE_TYPE_ARRAY, .res.array.hArray = hArray,
	};
	struct reference *reference;
	struct array *array = array_get(hArray);
	bool valid = flags && array && (kind == TEXTURE_SAMPLED ||
					array->descriptor.Flags & CUDA_ARRAY3D_SURFACE_LDST);
	CUresult result = reference_change(value, kind, valid, &reference);

	if (!result) {
		bind(reference, &resource);
		reference->format = array->descriptor.Format;
		reference->channels = array->descriptor.NumChannels;
		reference_changed(reference);
	}
	array_put(array);
	return result;
}

CUresult cuTexRefSetArray(CUtexref hTexRef, CUarray hArray, unsigned int Flags)
{
	/* An H200's driver does not look at the flags, and the array's format overrides in any case. */
	return bind_array(hTexRef, TEXTURE_SAMPLED, hArray, true);
}

CUresult cuSurfRefSetArray(CUsurfref hSurfRef, CUarray hArray, unsigned int Flags)
{
	return bind_array(hSurfRef, TEXTURE_SURFACE, hArray, !Flags);
}

CUresult cuTexRefSetMipmappedArray(CUtexref hTexRef, CUmipmappedArray hMipmappedArray,
				   unsigned int Flags)
{
	const CUDA_RESOURCE_DESC resource = {
		.resType = CU_RESOURCE_TYPE_MIPMAPPED_ARRAY,
		.res.mipmap.hMipmappedArray = hMipmappedArray,
	};
	struct mipmap *mipmap = mipmap_get(hMipmappedArray);
	struct reference *reference;
	CUresult result = reference_change(hTexRef, TEXTURE_SAMPLED,
					   mipmap && Flags == CU_TRSA_OVERRIDE_FORMAT, &reference);

	if (!result) {
		bind(reference, &resource);
		reference->format = mipmap->descriptor.Format;
		reference->channels = mipmap->descriptor.NumChannels;
		reference_changed(reference);
	}
	mipmap_put(mipmap);
	return result;
}

static size_t alignment(const struct reference *reference)
{
	int value = 1;

	device_attribute(reference->handle.owner->device, CU_DEVICE_ATTRIBUTE_TEXTURE_ALIGNMENT,
			 &value);
	return (size_t)value;
}

CUresult cuTexRefSetAddress_v2(size_t *ByteOffset, CUtexref hTexRef, CUdeviceptr dptr, size_t bytes)
{
	struct reference *reference;
	size_t offset;
	CUresult result = reference_change(hTexRef, TEXTURE_SAMPLED, true, &reference);

	if (result)
		return result;
	offset = dptr % alignment(reference);
	if ((offset && !ByteOffset) || bytes + offset < bytes ||
	    !memory_covers(dptr - offset, bytes + offset)) {
		reference_seen(reference);
		return CUDA_ERROR_INVALID_VALUE;
	}
	bind(reference, &(CUDA_RESOURCE_DESC){
		.resType = CU_RESOURCE_TYPE_LINEAR,
		.res.linear = { .devPtr = dptr - offset, .format = reference->format,
				.numChannels = reference->channels,
				.sizeInBytes = bytes + offset },
	});
	if (ByteOffset)
		*ByteOffset = offset;
	reference_changed(reference);
	return CUDA_SUCCESS;
}

CUresult cuTexRefSetAddress2D_v3(CUtexref hTexRef, const CUDA_ARRAY_DESCRIPTOR *desc,
				 CUdeviceptr dptr, size_t Pitch)
{
	struct texture probe = { .kind = TEXTURE_SAMPLED };
	struct reference *reference;
	CUDA_RESOURCE_DESC resource;
	CUresult result = reference_change(hTexRef, TEXTURE_SAMPLED, desc, &reference);

	if (result)
		return result;
	resource = (CUDA_RESOURCE_DESC){
		.resType = CU_RESOURCE_TYPE_PITCH2D,
		.res.pitch2D = { .devPtr = dptr, .format = desc->Format,
				 .numChannels = desc->NumChannels, .width = desc->Width,
				 .height = desc->Height, .pitchInBytes = Pitch },
	};
	result = texture_from_resource(reference->handle.owner, &resource, &probe);
	if (result) {
		reference_seen(reference);
		return result;
	}
	bind(reference, &resource);
	reference->format = desc->Format;
	reference->channels = desc->NumChannels;
	reference_changed(reference);
	return CUDA_SUCCESS;
}

CUresult cuTexRefSetAddress2D_v2(CUtexref hTexRef, const CUDA_ARRAY_DESCRIPTOR *desc,
				 CUdeviceptr dptr, size_t Pitch)
{
	return cuTexRefSetAddress2D_v3(hTexRef, desc, dptr, Pitch);
}

static CUresult bound(const void *value, enum texture_kind kind, CUresourcetype type, bool valid,
		      CUDA_RESOURCE_DESC *resource)
{
	struct reference *reference;
	CUresult result = reference_see(value, kind, valid, &reference);

	if (result)
		return result;
	*resource = reference->resource;
	if (!reference->bound || resource->resType != type)
		result = CUDA_ERROR_INVALID_VALUE;
	reference_seen(reference);
	return result;
}

CUresult cuTexRefGetAddress_v2(CUdeviceptr *pdptr, CUtexref hTexRef)
{
	CUDA_RESOURCE_DESC resource;
	CUresult result = bound(hTexRef, TEXTURE_SAMPLED, CU_RESOURCE_TYPE_LINEAR, pdptr, &resource);

	if (!result) {
		*pdptr = resource.res.linear.devPtr;
		return CUDA_SUCCESS;
	}
	result = bound(hTexRef, TEXTURE_SAMPLED, CU_RESOURCE_TYPE_PITCH2D, pdptr, &resource);
	if (!result)
		*pdptr = resource.res.pitch2D.devPtr;
	return result;
}

static CUresult bound_array(CUarray *array, const void *value, enum texture_kind kind)
{
	CUDA_RESOURCE_DESC resource;
	CUresult result = bound(value, kind, CU_RESOURCE_TYPE_ARRAY, array, &resource);

	if (!result)
		*array = resource.res.array.hArray;
	return result;
}

CUresult cuTexRefGetArray(CUarray *phArray, CUtexref hTexRef)
{
	return bound_array(phArray, hTexRef, TEXTURE_SAMPLED);
}

CUresult cuSurfRefGetArray(CUarray *phArray, CUsurfref hSurfRef)
{
	return bound_array(phArray, hSurfRef, TEXTURE_SURFACE);
}

CUresult cuTexRefGetMipmappedArray(CUmipmappedArray *phMipmappedArray, CUtexref hTexRef)
{
	CUDA_RESOURCE_DESC resource;
	CUresult result = bound(hTexRef, TEXTURE_SAMPLED, CU_RESOURCE_TYPE_MIPMAPPED_ARRAY,
				phMipmappedArray, &resource);

	if (!result)
		*phMipmappedArray = resource.res.mipmap.hMipmappedArray;
	return result;
}

/* ---- how ---- */

/* In linear memory the elements are what the reference says; elsewhere it is known. */
CUresult cuTexRefSetFormat(CUtexref hTexRef, CUarray_format fmt, int NumPackedComponents)
{
	struct reference *reference;
	struct format format;
	CUresult result = reference_change(hTexRef, TEXTURE_SAMPLED,
					   format_of(fmt, (unsigned int)NumPackedComponents,
						     &format),
					   &reference);

	if (result)
		return result;
	reference->format = fmt;
	reference->channels = (unsigned int)NumPackedComponents;
	if (reference->resource.resType == CU_RESOURCE_TYPE_LINEAR) {
		reference->resource.res.linear.format = fmt;
		reference->resource.res.linear.numChannels = reference->channels;
	}
	reference_changed(reference);
	return CUDA_SUCCESS;
}

/*
 * A setter is a place in CUDA_TEXTURE_DESC, what may be put there, and how.  An H200's driver takes
 * any mode; a texture of a mode that is none cannot be read.
 */
#define SET(name, params, valid, change)                                                       \
	CUresult name params                                                                   \
	{                                                                                      \
		struct reference *reference;                                                   \
		CUresult result = reference_change(hTexRef, TEXTURE_SAMPLED, valid, &reference); \
		                                                                               \
		if (result)                                                                    \
			return result;                                                         \
		change;                                                                        \
		reference_changed(reference);                                                  \
		return CUDA_SUCCESS;                                                           \
	}

#define GET(name, params, valid, look)                                                         \
	CUresult name params                                                                   \
	{                                                                                      \
		struct reference *reference;                                                   \
		CUresult result = reference_see(hTexRef, TEXTURE_SAMPLED, valid, &reference);  \
		                                                                               \
		if (result)                                                                    \
			return result;                                                         \
		look;                                                                          \
		reference_seen(reference);                                                     \
		return CUDA_SUCCESS;                                                           \
	}

SET(cuTexRefSetAddressMode, (CUtexref hTexRef, int dim, CUaddress_mode am),
    dim >= 0 && dim < 3, reference->texture.addressMode[dim] = am)
SET(cuTexRefSetFilterMode, (CUtexref hTexRef, CUfilter_mode fm), true,
    reference->texture.filterMode = fm)
SET(cuTexRefSetMipmapFilterMode, (CUtexref hTexRef, CUfilter_mode fm), true,
    reference->texture.mipmapFilterMode = fm)
SET(cuTexRefSetMipmapLevelBias, (CUtexref hTexRef, float bias), true,
    reference->texture.mipmapLevelBias = bias)
SET(cuTexRefSetMipmapLevelClamp,
    (CUtexref hTexRef, float minMipmapLevelClamp, float maxMipmapLevelClamp), true,
    (reference->texture.minMipmapLevelClamp = minMipmapLevelClamp,
     reference->texture.maxMipmapLevelClamp = maxMipmapLevelClamp))
SET(cuTexRefSetMaxAnisotropy, (CUtexref hTexRef, unsigned int maxAniso), true,
    reference->texture.maxAnisotropy = maxAniso)
SET(cuTexRefSetBorderColor, (CUtexref hTexRef, float *pBorderColor), pBorderColor,
    memcpy(reference->texture.borderColor, pBorderColor, sizeof(reference->texture.borderColor)))
SET(cuTexRefSetFlags, (CUtexref hTexRef, unsigned int Flags),
    !(Flags & ~(unsigned int)(CU_TRSF_READ_AS_INTEGER | CU_TRSF_NORMALIZED_COORDINATES |
			      CU_TRSF_SRGB | CU_TRSF_DISABLE_TRILINEAR_OPTIMIZATION)),
    reference->texture.flags = Flags)

GET(cuTexRefGetAddressMode, (CUaddress_mode *pam, CUtexref hTexRef, int dim),
    pam && dim >= 0 && dim < 3, *pam = reference->texture.addressMode[dim])
GET(cuTexRefGetFilterMode, (CUfilter_mode *pfm, CUtexref hTexRef), pfm,
    *pfm = reference->texture.filterMode)
GET(cuTexRefGetMipmapFilterMode, (CUfilter_mode *pfm, CUtexref hTexRef), pfm,
    *pfm = reference->texture.mipmapFilterMode)
GET(cuTexRefGetMipmapLevelBias, (float *pbias, CUtexref hTexRef), pbias,
    *pbias = reference->texture.mipmapLevelBias)
GET(cuTexRefGetMipmapLevelClamp,
    (float *pminMipmapLevelClamp, float *pmaxMipmapLevelClamp, CUtexref hTexRef),
    pminMipmapLevelClamp && pmaxMipmapLevelClamp,
    (*pminMipmapLevelClamp = reference->texture.minMipmapLevelClamp,
     *pmaxMipmapLevelClamp = reference->texture.maxMipmapLevelClamp))
GET(cuTexRefGetMaxAnisotropy, (int *pmaxAniso, CUtexref hTexRef), pmaxAniso,
    *pmaxAniso = (int)reference->texture.maxAnisotropy)
GET(cuTexRefGetBorderColor, (float *pBorderColor, CUtexref hTexRef), pBorderColor,
    memcpy(pBorderColor, reference->texture.borderColor, sizeof(reference->texture.borderColor)))
GET(cuTexRefGetFlags, (unsigned int *pFlags, CUtexref hTexRef), pFlags,
    *pFlags = reference->texture.flags)

CUresult cuTexRefGetFormat(CUarray_format *pFormat, int *pNumChannels, CUtexref hTexRef)
{
	struct reference *reference;
	CUresult result = reference_see(hTexRef, TEXTURE_SAMPLED, true, &reference);

	if (result)
		return result;
	if (pFormat)
		*pFormat = reference->format;
	if (pNumChannels)
		*pNumChannels = (int)reference->channels;
	reference_seen(reference);
	return CUDA_SUCCESS;
}
