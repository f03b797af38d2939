/* SPDX-License-Identifier: MIT */
/*
 * green.c - cuGreenCtx*: contexts on a part of a device
 *
 * DOC: Theory of operation
 *
 * A green context is a struct context whose parent is the primary one.  All that is made while it
 * is current belongs to the parent (context_enter()), as with NVIDIA's driver; of its own it has
 * streams, among them a default one.  Its CUgreenCtx and its CUcontext are the same.  How many
 * multiprocessors it was given is remembered, and has no effect: kernels run on the cores that
 * there are.
 */
#include <stdlib.h>

#include "softgpu/capture.h"
#include "softgpu/context.h"
#include "softgpu/driver.h"
#include "softgpu/event.h"
#include "softgpu/resource.h"
#include "softgpu/stream.h"

/* find() - the green context of a handle, with a reference */
static CUresult find(CUgreenCtx value, struct context **green)
{
	CUresult result = driver_enter();

	if (result)
		return result;
	*green = context_get((CUcontext)value);
	if (*green && !(*green)->parent) {
		context_put(*green);
		*green = NULL;
	}
	return *green ? CUDA_SUCCESS : CUDA_ERROR_INVALID_CONTEXT;
}

/* find_alive() - and not destroyed */
static CUresult find_alive(CUgreenCtx value, struct context **green)
{
	CUresult result = find(value, green);

	if (result)
		return result;
	result = context_status(*green);
	if (result)
		context_put(*green);
	return result;
}

CUresult cuGreenCtxCreate(CUgreenCtx *phCtx, CUdevResourceDesc desc, CUdevice dev,
			  unsigned int flags)
{
	struct context *green, *parent;
	unsigned int sms;
	CUcontext primary;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!phCtx || flags != CU_GREEN_CTX_DEFAULT_STREAM)
		return CUDA_ERROR_INVALID_VALUE;
	if (!device_get(dev))
		return CUDA_ERROR_INVALID_DEVICE;
	result = resource_desc_sms(desc, dev, &sms);
	if (!result)
		result = cuDevicePrimaryCtxRetain(&primary, dev);
	if (result)
		return result;
	parent = context_get(primary);
	green = parent ? context_new(parent->device, parent->flags, false) : NULL;
	if (green) {
		green->parent = parent;
		green->sms = sms;
	}
	if (!green || !stream_new_legacy(green)) {
		if (green)
			handle_retire(&green->handle);
		context_put(green ? green : parent);
		cuDevicePrimaryCtxRelease_v2(dev);
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	__atomic_store_n(&green->alive, true, __ATOMIC_RELEASE);
	*phCtx = (CUgreenCtx)green;
	context_put(green);
	return CUDA_SUCCESS;
}

/* Its handle stays known, so that what is still done with it is told that it was destroyed. */
CUresult cuGreenCtxDestroy(CUgreenCtx hCtx)
{
	struct context *green;
	bool was = true;
	CUresult result = find(hCtx, &green);

	if (result)
		return result;
	if (__atomic_compare_exchange_n(&green->alive, &was, false, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE)) {
		stream_close_legacy(green);
		result = cuDevicePrimaryCtxRelease_v2(green->device->ordinal);
	} else {
		result = CUDA_ERROR_CONTEXT_IS_DESTROYED;
	}
	context_put(green);
	return result;
}

CUresult cuCtxFromGreenCtx(CUcontext *pContext, CUgreenCtx hCtx)
{
	struct context *green;
	CUresult result = find_alive(hCtx, &green);

	if (result)
		return result;
	if (pContext)
		*pContext = context_value(green);
	context_put(green);
	return pContext ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuGreenCtxGetId(CUgreenCtx greenCtx, unsigned long long *greenCtxId)
{
	CUgreenCtx value = greenCtx ? greenCtx : (CUgreenCtx)context_green();
	struct context *green;
	CUresult result = find_alive(value, &green);

	if (result)
		return result;
	if (greenCtxId)
		*greenCtxId = green->id;
	context_put(green);
	return greenCtxId ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuGreenCtxStreamCreate(CUstream *phStream, CUgreenCtx greenCtx, unsigned int flags,
				int priority)
{
	struct context *green;
	CUresult result = find_alive(greenCtx, &green);

	if (result)
		return result;
	if (!phStream || flags != CU_STREAM_NON_BLOCKING)
		result = CUDA_ERROR_INVALID_VALUE;
	else
		result = stream_create(green->parent, green, flags, priority, phStream);
	context_put(green);
	return result;
}

/* in_passing() - a stream before or behind all others of the context, closed by the caller */
static struct stream *in_passing(struct context *context, int place)
{
	struct context *owner = context->parent ? context->parent : context;
	struct stream *stream = stream_new_in(owner, context->parent ? context : NULL,
					      CU_STREAM_NON_BLOCKING, STREAM_PRIORITY_LEAST);

	if (stream)
		stream->place = place;
	return stream;
}

/* record() - @context by its reference, which is given back */
static CUresult record(struct context *context, CUevent value)
{
	struct event *event = event_get(value);
	struct context *owner = context->parent ? context->parent : context;
	CUresult result = capture_forbids_context(owner);
	struct stream *stream;

	if (!event || event->context != owner)
		result = CUDA_ERROR_INVALID_HANDLE;
	if (!result) {
		stream = in_passing(context, STREAM_LAST);
		result = stream ? event_record(event, stream) : CUDA_ERROR_OUT_OF_MEMORY;
		if (stream)
			stream_close(stream);
	}
	if (event)
		handle_put(&event->handle);
	context_put(context);
	return result;
}

/* wait() - as record() */
static CUresult wait(struct context *context, CUevent value)
{
	struct event *event = event_get(value);
	CUresult result = capture_forbids_context(context->parent ? context->parent : context);
	struct stream *stream;

	if (!event)
		result = CUDA_ERROR_INVALID_HANDLE;
	if (!result)
		result = capture_forbids_event(event);
	if (!result) {
		stream = in_passing(context, STREAM_FIRST);
		result = stream ? event_submit_wait(event, stream) : CUDA_ERROR_OUT_OF_MEMORY;
		if (stream)
			stream_close(stream);
	}
	if (event)
		handle_put(&event->handle);
	context_put(context);
	return result;
}

CUresult cuGreenCtxRecordEvent(CUgreenCtx hCtx, CUevent hEvent)
{
	struct context *green;
	CUresult result = find_alive(hCtx, &green);

	return result ? result : record(green, hEvent);
}

CUresult cuGreenCtxWaitEvent(CUgreenCtx hCtx, CUevent hEvent)
{
	struct context *green;
	CUresult result = find_alive(hCtx, &green);

	return result ? result : wait(green, hEvent);
}

/* named() - a living context, the current one for NULL; with a reference */
static CUresult named(CUcontext value, struct context **context)
{
	CUresult result = driver_enter();

	if (result)
		return result;
	*context = value ? context_get(value) : context_current();
	if (!*context)
		return CUDA_ERROR_INVALID_CONTEXT;
	if (!value)
		handle_ref(&(*context)->handle);
	result = context_status(*context);
	if (result)
		context_put(*context);
	return result;
}

CUresult cuCtxRecordEvent(CUcontext hCtx, CUevent hEvent)
{
	struct context *context;
	CUresult result = named(hCtx, &context);

	return result ? result : record(context, hEvent);
}

CUresult cuCtxWaitEvent(CUcontext hCtx, CUevent hEvent)
{
	struct context *context;
	CUresult result = named(hCtx, &context);

	return result ? result : wait(context, hEvent);
}
