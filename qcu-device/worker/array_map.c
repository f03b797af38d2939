/* SPDX-License-Identifier: MIT */
/*
 * array_map.c - memory for the tiles of sparse arrays
 *
 * Faces qcu-library/cuda/array_map.c.  Where CUDA has a handle the guest's list has a name, which
 * must be of the kind that the entry says.
 */
#include <stdlib.h>
#include <string.h>

#include "qcu-device/worker/body.h"
#include "qcu-device/worker/handle.h"

static bool object_get(enum handle_kind kind, uint64_t name, void **object)
{
	return !handle_is_special(name) && handle_get(kind, name, object);
}

static CUresult resolve(CUarrayMapInfo *map)
{
	bool levels = map->resourceType == CU_RESOURCE_TYPE_MIPMAPPED_ARRAY;
	void *object;

	if (!levels && map->resourceType != CU_RESOURCE_TYPE_ARRAY)
		return CUDA_ERROR_INVALID_VALUE;
	if (!object_get(levels ? KIND_CUmipmappedArray : KIND_CUarray,
			(uintptr_t)map->resource.array, &object))
		return CUDA_ERROR_INVALID_HANDLE;
	map->resource.array = object;
	if (map->memOperationType == CU_MEM_OPERATION_TYPE_UNMAP) {
		map->memHandle.memHandle = 0;
		return CUDA_SUCCESS;
	}
	if (!object_get(KIND_CUmemGenericAllocationHandle, map->memHandle.memHandle, &object))
		return CUDA_ERROR_INVALID_HANDLE;
	map->memHandle.memHandle = (uintptr_t)object;
	return CUDA_SUCCESS;
}

CUresult host_array_map(struct dispatch *dispatch, const CUarrayMapInfo *maps, uint32_t count,
			CUstream stream)
{
	CUresult rc = CUDA_SUCCESS;
	CUarrayMapInfo *resolved;

	if (!maps || !count)
		return dispatch_refuse(dispatch);
	if (!driver.cuMemMapArrayAsync)
		return CUDA_ERROR_NOT_SUPPORTED;
	resolved = calloc(count, sizeof(*resolved));
	if (!resolved)
		return CUDA_ERROR_OUT_OF_MEMORY;
	memcpy(resolved, maps, count * sizeof(*resolved));
	for (uint32_t i = 0; rc == CUDA_SUCCESS && i < count; i++)
		rc = resolve(&resolved[i]);
	if (rc == CUDA_SUCCESS)
		rc = driver.cuMemMapArrayAsync(resolved, count, stream);
	free(resolved);
	return rc;
}
