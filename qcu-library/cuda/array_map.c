/* SPDX-License-Identifier: MIT */
/*
 * array_map.c - memory for the tiles of sparse arrays
 *
 * Faces qcu-device/worker/array_map.c.  The list travels with the guest's handles in it; devices
 * are bits in a mask, and renumbered as elsewhere.
 */
#include <stdlib.h>
#include <string.h>

#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/device.h"
#include "qcu-library/cuda/remote.h"

static unsigned int mask_on_host(unsigned int mask)
{
	unsigned int on_host = 0;

	for (CUdevice device = 0; device < 32; device++) {
		CUdevice there = mask & 1u << device ? device_on_host(device) : -1;

		if (there >= 0 && there < 32)
			on_host |= 1u << there;
	}
	return on_host;
}

CUresult CUDAAPI cuMemMapArrayAsync(CUarrayMapInfo *mapInfoList, unsigned int count,
				    CUstream hStream)
{
	CUresult rc = context_check();
	CUarrayMapInfo *maps;

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!mapInfoList || !count)
		return CUDA_ERROR_INVALID_VALUE;
	maps = calloc(count, sizeof(*maps));
	if (!maps)
		return CUDA_ERROR_OUT_OF_MEMORY;
	memcpy(maps, mapInfoList, count * sizeof(*maps));
	for (unsigned int i = 0; i < count; i++)
		maps[i].deviceBitMask = mask_on_host(maps[i].deviceBitMask);
	rc = send_array_map(maps, count, hStream);
	free(maps);
	return rc;
}
