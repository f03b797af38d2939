/* SPDX-License-Identifier: MIT */
/*
 * decompress.c - batches for the decompression engine
 *
 * Faces qcu-device/worker/decompress.c.  The engine reads and writes memory of the device only, so
 * the addresses are all there is to a batch; the command succeeds also when the batch does not, for
 * the sake of the index.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/place.h"
#include "qcu-library/cuda/remote.h"

static void *on_device(const void *p)
{
	return POINTER(place_on_device(ADDRESS(p)));
}

static CUresult submit(const CUmemDecompressParams *params, size_t count, unsigned int flags,
		       size_t *index, CUstream stream)
{
	CUmemDecompressParams *batch = calloc(count ? count : 1, sizeof(*batch));
	int result = CUDA_SUCCESS;
	CUresult rc;

	if (!batch)
		return CUDA_ERROR_OUT_OF_MEMORY;
	for (size_t i = 0; i < count; i++) {
		batch[i] = params[i];
		batch[i].dstActBytes = on_device(params[i].dstActBytes);
		batch[i].src = on_device(params[i].src);
		batch[i].dst = on_device(params[i].dst);
	}
	rc = send_decompress(batch, count, flags, stream, index, &result);
	free(batch);
	return rc == CUDA_SUCCESS ? (CUresult)result : rc;
}

CUresult CUDAAPI cuMemBatchDecompressAsync(CUmemDecompressParams *paramsArray, size_t count,
					   unsigned int flags, size_t *errorIndex,
					   CUstream stream)
{
	size_t index = SIZE_MAX;
	CUresult rc = context_check();

	if (rc == CUDA_SUCCESS && count && !paramsArray)
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = submit(paramsArray, count, flags, &index, stream);
	if (rc != CUDA_SUCCESS && errorIndex)
		*errorIndex = index;
	return rc;
}
