/* SPDX-License-Identifier: MIT */
/* stream.c - what about streams is more than a row.  Faces qcu-device/worker/stream.c. */
#include <string.h>

#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/stream.h"

bool stream_is_legacy(const struct arg *stream)
{
	CUstream named;

	memcpy(&named, stream->p, sizeof(named));
	return !named || named == CU_STREAM_LEGACY;
}

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

CUresult CUDAAPI cuStreamGetCtx_v2(CUstream hStream, CUcontext *pCtx, CUgreenCtx *pGreenCtx)
{
	CUcontext context;
	uint64_t green;
	CUresult rc = cuStreamGetCtx(hStream, &context);

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!pCtx && !pGreenCtx)
		return CUDA_ERROR_INVALID_VALUE;
	green = context_green((uint64_t)context);
	/* CUDA Driver API: a green context has no such stream. */
	if (green && hStream == CU_STREAM_PER_THREAD)
		return CUDA_ERROR_INVALID_HANDLE;
	if (pCtx)
		*pCtx = (CUcontext)context_home((uint64_t)context);
	if (pGreenCtx)
		*pGreenCtx = (CUgreenCtx)green;
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuStreamGetGreenCtx(CUstream hStream, CUgreenCtx *phCtx)
{
	CUcontext context;
	CUresult rc = cuStreamGetCtx(hStream, &context);

	if (rc == CUDA_SUCCESS && !phCtx)
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		*phCtx = (CUgreenCtx)context_green((uint64_t)context);
	return rc;
}

CUresult CUDAAPI cuStreamGetAttribute(CUstream hStream, CUstreamAttrID attr,
				      CUstreamAttrValue *value_out)
{
	CUresult rc = context_check();

	if (rc == CUDA_SUCCESS && !value_out)
		rc = CUDA_ERROR_INVALID_VALUE;
	return rc == CUDA_SUCCESS ? send_stream_get_attribute(hStream, attr, value_out) : rc;
}

CUresult CUDAAPI cuStreamSetAttribute(CUstream hStream, CUstreamAttrID attr,
				      const CUstreamAttrValue *value)
{
	CUresult rc = context_check();

	if (rc == CUDA_SUCCESS && !value)
		rc = CUDA_ERROR_INVALID_VALUE;
	return rc == CUDA_SUCCESS ? send_stream_set_attribute(hStream, attr, *value) : rc;
}

CUresult CUDAAPI cuStreamBatchMemOp_v2(CUstream stream, unsigned int count,
				       CUstreamBatchMemOpParams *paramArray, unsigned int flags)
{
	/* Fewer than 256, says CUDA; the driver takes that many: more are not even read */
	if (count > 256)
		return CUDA_ERROR_INVALID_VALUE;
	return send_cuStreamBatchMemOp_v2(stream, count, paramArray, flags);
}
