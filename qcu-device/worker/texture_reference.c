/* SPDX-License-Identifier: MIT */
/*
 * texture_reference.c - which array a reference is bound to
 *
 * Faces qcu-library/cuda/texture_reference.c.  The driver gives the array, the table of handles the
 * guest's name of it; an array that has been destroyed has none, and is not bound for the guest.
 */
#include "qcu-device/worker/body.h"
#include "qcu-device/worker/handle.h"

static CUresult named(CUresult rc, enum handle_kind kind, void *object, uint64_t *name)
{
	if (rc != CUDA_SUCCESS)
		return rc;
	if (!name)
		return CUDA_ERROR_INVALID_VALUE;
	*name = handle_name_of(kind, object);
	return *name ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult host_texture_reference_array(struct dispatch *dispatch, CUtexref reference,
				      uint64_t *array)
{
	CUarray object = NULL;
	CUresult rc = driver.cuTexRefGetArray ? driver.cuTexRefGetArray(&object, reference) :
						CUDA_ERROR_NOT_SUPPORTED;

	return named(rc, KIND_CUarray, object, array);
}

CUresult host_texture_reference_mipmap(struct dispatch *dispatch, CUtexref reference,
				       uint64_t *mipmap)
{
	CUmipmappedArray object = NULL;
	CUresult rc = driver.cuTexRefGetMipmappedArray ?
			      driver.cuTexRefGetMipmappedArray(&object, reference) :
			      CUDA_ERROR_NOT_SUPPORTED;

	return named(rc, KIND_CUmipmappedArray, object, mipmap);
}

CUresult host_surface_reference_array(struct dispatch *dispatch, CUsurfref reference,
				      uint64_t *array)
{
	CUarray object = NULL;
	CUresult rc = driver.cuSurfRefGetArray ? driver.cuSurfRefGetArray(&object, reference) :
						 CUDA_ERROR_NOT_SUPPORTED;

	return named(rc, KIND_CUarray, object, array);
}
