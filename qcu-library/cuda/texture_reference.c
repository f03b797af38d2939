/* SPDX-License-Identifier: MIT */
/*
 * texture_reference.c - what about texture and surface references is more than a row
 *
 * Faces qcu-device/worker/texture_reference.c.  The host's driver keeps what a reference is bound
 * to; arrays come back by the names that the guest gave them.  Registered memory may have another
 * address on the device than in the program, so the data of a reference's handle says which one
 * the program gave.
 */
#include <stdlib.h>

#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/place.h"
#include "qcu-library/cuda/remote.h"

/* struct binding - of memory that is no array: its address in the program, and on the device */
struct binding {
	_Atomic CUdeviceptr program, device;
};

static void note_binding(CUtexref reference, CUdeviceptr program, CUdeviceptr device)
{
	struct binding *binding = handle_data((uint64_t)reference), *mine = NULL;

	if (!binding && program != device) {
		mine = calloc(1, sizeof(*mine));
		binding = mine ? handle_set_data((uint64_t)reference, mine, free) : NULL;
	}
	if (mine != binding)
		free(mine);
	if (!binding)
		return;
	binding->program = program;
	binding->device = device;
}

CUresult CUDAAPI cuTexRefSetAddress_v2(size_t *ByteOffset, CUtexref hTexRef, CUdeviceptr dptr,
				       size_t bytes)
{
	CUdeviceptr device = place_on_device(dptr);
	CUresult rc = send_cuTexRefSetAddress_v2(ByteOffset, hTexRef, device, bytes);

	if (rc == CUDA_SUCCESS)
		note_binding(hTexRef, dptr, device);
	return rc;
}

CUresult CUDAAPI cuTexRefSetAddress2D_v3(CUtexref hTexRef, const CUDA_ARRAY_DESCRIPTOR *desc,
					 CUdeviceptr dptr, size_t Pitch)
{
	CUdeviceptr device = place_on_device(dptr);
	CUresult rc = send_cuTexRefSetAddress2D_v3(hTexRef, desc, device, Pitch);

	if (rc == CUDA_SUCCESS)
		note_binding(hTexRef, dptr, device);
	return rc;
}

CUresult CUDAAPI cuTexRefGetAddress_v2(CUdeviceptr *pdptr, CUtexref hTexRef)
{
	CUresult rc = send_cuTexRefGetAddress_v2(pdptr, hTexRef);
	const struct binding *binding;

	if (rc != CUDA_SUCCESS || !pdptr)
		return rc;
	/* What the device has may begin earlier, where it is aligned. */
	binding = handle_data((uint64_t)hTexRef);
	if (binding)
		*pdptr += binding->program - binding->device;
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuTexRefSetBorderColor(CUtexref hTexRef, float *pBorderColor)
{
	return send_cuTexRefSetBorderColor(hTexRef, pBorderColor);
}

CUresult CUDAAPI cuTexRefGetArray(CUarray *phArray, CUtexref hTexRef)
{
	return send_texture_reference_array(hTexRef, (uint64_t *)phArray);
}

CUresult CUDAAPI cuTexRefGetMipmappedArray(CUmipmappedArray *phMipmappedArray, CUtexref hTexRef)
{
	return send_texture_reference_mipmap(hTexRef, (uint64_t *)phMipmappedArray);
}

CUresult CUDAAPI cuSurfRefGetArray(CUarray *phArray, CUsurfref hSurfRef)
{
	return send_surface_reference_array(hSurfRef, (uint64_t *)phArray);
}
