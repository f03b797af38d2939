/* SPDX-License-Identifier: MIT */
/* stream.c - the little about streams that does not cross */
#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/stream.h"

CUresult stream_check(CUstream stream)
{
	uint64_t handle = (uint64_t)stream;

	return handle_is_special(handle) || handle_is(KIND_CUstream, handle) ?
		       CUDA_SUCCESS :
		       CUDA_ERROR_INVALID_HANDLE;
}

CUresult CUDAAPI cuStreamGetCtx(CUstream hStream, CUcontext *pctx)
{
	CUresult rc = context_check();

	if (rc == CUDA_SUCCESS)
		rc = stream_check(hStream);
	if (rc != CUDA_SUCCESS)
		return rc;
	if (!pctx)
		return CUDA_ERROR_INVALID_VALUE;
	*pctx = handle_is_special((uint64_t)hStream) ?
			(CUcontext)context_current() :
			(CUcontext)handle_owner((uint64_t)hStream);
	return CUDA_SUCCESS;
}
