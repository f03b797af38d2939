/* SPDX-License-Identifier: MIT */
/*
 * decompress.c - batches for the decompression engine
 *
 * Faces qcu-library/cuda/decompress.c.  The addresses are used by the GPU in this session's context
 * only, as a kernel's are.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "qcu-device/worker/body.h"

CUresult host_decompress(struct dispatch *dispatch, const CUmemDecompressParams *params,
			 size_t count, unsigned int flags, CUstream stream, size_t *error_index,
			 int *result)
{
	CUmemDecompressParams *batch;

	if (!error_index || !result || (count && !params))
		return dispatch_refuse(dispatch);
	*error_index = SIZE_MAX;
	if (!driver.cuMemBatchDecompressAsync)
		return CUDA_ERROR_NOT_SUPPORTED;
	/* The driver's parameter is not const */
	batch = calloc(count ? count : 1, sizeof(*batch));
	if (!batch)
		return CUDA_ERROR_OUT_OF_MEMORY;
	if (count)
		memcpy(batch, params, count * sizeof(*batch));
	*result = driver.cuMemBatchDecompressAsync(batch, count, flags, error_index, stream);
	free(batch);
	return CUDA_SUCCESS;
}
