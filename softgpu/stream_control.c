/* SPDX-License-Identifier: MIT */
/* stream_control.c - cuStream*: create, destroy, ask, wait */
#include "softgpu/stream.h"

#include <stdlib.h>

#include "softgpu/capture.h"
#include "softgpu/driver.h"
#include "softgpu/event.h"

CUresult stream_create(struct context *context, struct context *green, unsigned int flags,
		       int priority, CUstream *out)
{
	struct stream *stream;

	if (priority > STREAM_PRIORITY_LEAST)
		priority = STREAM_PRIORITY_LEAST;
	if (priority < STREAM_PRIORITY_GREATEST)
		priority = STREAM_PRIORITY_GREATEST;
	stream = stream_new_in(context, green, flags, priority);
	if (!stream)
		return CUDA_ERROR_OUT_OF_MEMORY;
	handle_publish(&stream->handle);
	*out = (CUstream)stream;
	stream_put(stream);
	return CUDA_SUCCESS;
}

CUresult cuStreamCreateWithPriority(CUstream *phStream, unsigned int flags, int priority)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!phStream || flags & ~(unsigned int)CU_STREAM_NON_BLOCKING)
		return CUDA_ERROR_INVALID_VALUE;
	return stream_create(context, context_green(), flags, priority, phStream);
}

CUresult cuStreamCreate(CUstream *phStream, unsigned int Flags)
{
	return cuStreamCreateWithPriority(phStream, Flags, STREAM_PRIORITY_LEAST);
}

/* What is queued is still done; the default streams cannot be destroyed. */
CUresult cuStreamDestroy_v2(CUstream hStream)
{
	struct stream *stream;
	CUresult result = driver_enter();

	if (result)
		return result;
	stream = handle_get(hStream, HANDLE_STREAM);
	if (!stream)
		return CUDA_ERROR_INVALID_HANDLE;
	if (stream->green && context_status(stream->green)) {
		stream_put(stream);
		return CUDA_ERROR_CONTEXT_IS_DESTROYED;
	}
	if (!handle_retire(&stream->handle)) {
		stream_put(stream);
		return CUDA_ERROR_INVALID_HANDLE;
	}
	stream_close(stream);
	return CUDA_SUCCESS;
}

CUresult cuStreamDestroy(CUstream hStream)
{
	return cuStreamDestroy_v2(hStream);
}

CUresult cuStreamQuery(CUstream hStream)
{
	struct stream *stream;
	CUresult result = stream_resolve(hStream, &stream);

	if (result)
		return result;
	result = capture_forbids(stream);
	if (!result)
		result = stream_done(stream) ? context_status(stream->context) :
					       CUDA_ERROR_NOT_READY;
	stream_put(stream);
	return result;
}

CUresult cuStreamSynchronize(CUstream hStream)
{
	struct stream *stream;
	CUresult result = stream_resolve(hStream, &stream);

	if (result)
		return result;
	result = capture_forbids(stream);
	if (!result) {
		stream_synchronize(stream);
		result = context_status(stream->context);
	}
	stream_put(stream);
	return result;
}

CUresult cuStreamGetPriority(CUstream hStream, int *priority)
{
	struct stream *stream;
	CUresult result = stream_resolve(hStream, &stream);

	if (result)
		return result;
	if (priority)
		*priority = stream->priority;
	stream_put(stream);
	return priority ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuStreamGetFlags(CUstream hStream, unsigned int *flags)
{
	struct stream *stream;
	CUresult result = stream_resolve(hStream, &stream);

	if (result)
		return result;
	if (flags)
		*flags = stream->flags;
	stream_put(stream);
	return flags ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuStreamGetId(CUstream hStream, unsigned long long *streamId)
{
	struct stream *stream;
	CUresult result = stream_resolve(hStream, &stream);

	if (result)
		return result;
	if (streamId)
		*streamId = stream->id;
	stream_put(stream);
	return streamId ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuStreamGetCtx(CUstream hStream, CUcontext *pctx)
{
	struct stream *stream;
	CUresult result = stream_resolve(hStream, &stream);

	if (result)
		return result;
	if (pctx)
		*pctx = context_value(stream->green ? stream->green : stream->context);
	stream_put(stream);
	return pctx ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuStreamGetCtx_v2(CUstream hStream, CUcontext *pCtx, CUgreenCtx *pGreenCtx)
{
	struct stream *stream;
	CUresult result = stream_resolve(hStream, &stream);

	if (result)
		return result;
	/* So says an H200, and the documentation. */
	if (hStream == CU_STREAM_PER_THREAD && context_green())
		result = CUDA_ERROR_INVALID_HANDLE;
	if (!result && pCtx)
		*pCtx = context_value(stream->context);
	if (!result && pGreenCtx)
		*pGreenCtx = (CUgreenCtx)stream->green;
	stream_put(stream);
	return result || pCtx || pGreenCtx ? result : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuStreamGetGreenCtx(CUstream hStream, CUgreenCtx *phCtx)
{
	struct stream *stream;
	CUresult result = stream_resolve(hStream, &stream);

	if (result)
		return result;
	if (phCtx)
		*phCtx = (CUgreenCtx)stream->green;
	stream_put(stream);
	return phCtx ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuStreamGetDevice(CUstream hStream, CUdevice *device)
{
	struct stream *stream;
	CUresult result = stream_resolve(hStream, &stream);

	if (result)
		return result;
	if (device)
		*device = stream->context->device->ordinal;
	stream_put(stream);
	return device ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
