/* SPDX-License-Identifier: MIT */
/*
 * array.c - what the guest remembers of arrays
 *
 * Arrays never change: their descriptor is asked once, since every copy wants it.  A level of a
 * mipmapped array and a plane of an array keep the name they got when they were asked for
 * first, as they keep their handle in CUDA.
 */
#include <stdlib.h>

#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/remote.h"

#define LEVELS_MAX	32	/* 1 + log2 of an extent of 32 bits */
#define PLANES_MAX	3

/* struct known_array - of a CUarray; @planes: 0 where not asked yet */
struct known_array {
	CUDA_ARRAY3D_DESCRIPTOR descriptor;
	_Atomic(CUarray) planes[PLANES_MAX];
};

/* struct known_mipmap - of a CUmipmappedArray */
struct known_mipmap {
	_Atomic(CUarray) levels[LEVELS_MAX];
};

/* What is remembered of an object: @bytes of zeros if nothing is; NULL: it is none, or no memory */
static void *remember(uint64_t handle, size_t bytes)
{
	void *known = handle_data(handle), *mine;

	if (known)
		return known;
	mine = calloc(1, bytes);
	known = mine ? handle_set_data(handle, mine, free) : NULL;
	if (known != mine)
		free(mine);
	return known;
}

static CUresult array_known(CUarray array, struct known_array **known)
{
	struct known_array *mine;
	CUresult rc = context_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!handle_is(KIND_CUarray, (uint64_t)array))
		return CUDA_ERROR_INVALID_HANDLE;
	*known = handle_data((uint64_t)array);
	if (*known)
		return CUDA_SUCCESS;
	mine = calloc(1, sizeof(*mine));
	if (!mine)
		return CUDA_ERROR_OUT_OF_MEMORY;
	rc = send_cuArray3DGetDescriptor_v2(&mine->descriptor, array);
	if (rc == CUDA_SUCCESS)
		*known = handle_set_data((uint64_t)array, mine, free);
	if (*known != mine)
		free(mine);
	if (rc != CUDA_SUCCESS)
		return rc;
	return *known ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

CUresult CUDAAPI cuArray3DGetDescriptor_v2(CUDA_ARRAY3D_DESCRIPTOR *pArrayDescriptor,
					   CUarray hArray)
{
	struct known_array *known;
	CUresult rc = array_known(hArray, &known);

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!pArrayDescriptor)
		return CUDA_ERROR_INVALID_VALUE;
	*pArrayDescriptor = known->descriptor;
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuArrayGetDescriptor_v2(CUDA_ARRAY_DESCRIPTOR *pArrayDescriptor, CUarray hArray)
{
	struct known_array *known;
	CUresult rc = array_known(hArray, &known);

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!pArrayDescriptor)
		return CUDA_ERROR_INVALID_VALUE;
	*pArrayDescriptor = (CUDA_ARRAY_DESCRIPTOR){
		.Width = known->descriptor.Width, .Height = known->descriptor.Height,
		.Format = known->descriptor.Format, .NumChannels = known->descriptor.NumChannels,
	};
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuMipmappedArrayGetLevel(CUarray *pLevelArray, CUmipmappedArray hMipmappedArray,
					  unsigned int level)
{
	struct known_mipmap *known;
	CUresult rc;

	if (!pLevelArray || level >= LEVELS_MAX ||
	    !handle_is(KIND_CUmipmappedArray, (uint64_t)hMipmappedArray))
		return send_cuMipmappedArrayGetLevel(pLevelArray, hMipmappedArray, level);
	known = remember((uint64_t)hMipmappedArray, sizeof(*known));
	if (!known)
		return CUDA_ERROR_OUT_OF_MEMORY;
	*pLevelArray = known->levels[level];
	if (*pLevelArray)
		return CUDA_SUCCESS;
	rc = send_cuMipmappedArrayGetLevel(pLevelArray, hMipmappedArray, level);
	if (rc == CUDA_SUCCESS)
		known->levels[level] = *pLevelArray;
	return rc;
}

CUresult CUDAAPI cuArrayGetPlane(CUarray *pPlaneArray, CUarray hArray, unsigned int planeIdx)
{
	struct known_array *known;
	CUresult rc;

	if (!pPlaneArray || planeIdx >= PLANES_MAX)
		return send_cuArrayGetPlane(pPlaneArray, hArray, planeIdx);
	rc = array_known(hArray, &known);
	if (rc != CUDA_SUCCESS)
		return rc;
	*pPlaneArray = known->planes[planeIdx];
	if (*pPlaneArray)
		return CUDA_SUCCESS;
	rc = send_cuArrayGetPlane(pPlaneArray, hArray, planeIdx);
	if (rc == CUDA_SUCCESS)
		known->planes[planeIdx] = *pPlaneArray;
	return rc;
}
