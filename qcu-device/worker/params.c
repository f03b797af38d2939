/* SPDX-License-Identifier: MIT */
#include "qcu-device/worker/params.h"

CUresult params_point(CUfunction function, const uint8_t *buffer, uint32_t bytes, void **pointers)
{
	size_t offset, size;
	CUresult rc;

	if (!driver.cuFuncGetParamInfo)
		return CUDA_ERROR_NOT_SUPPORTED;
	for (uint32_t i = 0; i < PARAMS_MAX; i++) {
		rc = driver.cuFuncGetParamInfo(function, i, &offset, &size);
		/* One past the last is how the driver tells the end. */
		if (rc == CUDA_ERROR_INVALID_VALUE)
			return CUDA_SUCCESS;
		if (rc != CUDA_SUCCESS)
			return rc;
		if (offset > bytes || size > bytes - offset)
			return CUDA_ERROR_INVALID_VALUE;
		pointers[i] = (void *)(buffer + offset);
	}
	return CUDA_ERROR_INVALID_VALUE;
}
