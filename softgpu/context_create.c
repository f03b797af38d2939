/* SPDX-License-Identifier: MIT */
/* context_create.c - contexts come and go, and become current */
#include "softgpu/context.h"

#include "softgpu/driver.h"
#include "softgpu/stream.h"

bool context_flags_valid(unsigned int flags)
{
	unsigned int schedule = flags & CU_CTX_SCHED_MASK;

	if (flags & ~CU_CTX_FLAGS_MASK)
		return false;
	return schedule == CU_CTX_SCHED_AUTO || schedule == CU_CTX_SCHED_SPIN ||
	       schedule == CU_CTX_SCHED_YIELD || schedule == CU_CTX_SCHED_BLOCKING_SYNC;
}

static CUresult create(CUcontext *pctx, unsigned int flags, CUdevice dev)
{
	struct context *context;
	struct device *device;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!pctx || !context_flags_valid(flags))
		return CUDA_ERROR_INVALID_VALUE;
	device = device_get(dev);
	if (!device)
		return CUDA_ERROR_INVALID_DEVICE;
	context = context_new(device, flags, false);
	if (!context)
		return CUDA_ERROR_OUT_OF_MEMORY;
	result = context_activate(context);
	if (result)
		goto err_retire;
	result = context_push(context);
	if (result)
		goto err_deactivate;
	*pctx = context_value(context);
	context_put(context);
	return CUDA_SUCCESS;

err_deactivate:
	context_deactivate(context);
err_retire:
	handle_retire(&context->handle);
	context_put(context);
	return result;
}

CUresult cuCtxCreate_v4(CUcontext *pctx, CUctxCreateParams *ctxCreateParams, unsigned int flags,
			CUdevice dev)
{
	if (ctxCreateParams && ctxCreateParams->numExecAffinityParams)
		return CUDA_ERROR_UNSUPPORTED_EXEC_AFFINITY;
	if (ctxCreateParams && ctxCreateParams->cigParams)
		return CUDA_ERROR_NOT_SUPPORTED;
	return create(pctx, flags, dev);
}

CUresult cuCtxCreate_v3(CUcontext *pctx, CUexecAffinityParam *paramsArray, int numParams,
			unsigned int flags, CUdevice dev)
{
	if (paramsArray || numParams)
		return CUDA_ERROR_UNSUPPORTED_EXEC_AFFINITY;
	return create(pctx, flags, dev);
}

CUresult cuCtxCreate_v2(CUcontext *pctx, unsigned int flags, CUdevice dev)
{
	return create(pctx, flags, dev);
}

CUresult cuCtxCreate(CUcontext *pctx, unsigned int flags, CUdevice dev)
{
	return create(pctx, flags, dev);
}

/* What is current in this thread is popped; other threads find the context destroyed. */
CUresult cuCtxDestroy_v2(CUcontext ctx)
{
	struct context *context, *popped;
	CUresult result = driver_enter();

	if (result)
		return result;
	context = context_get(ctx);
	if (!context)
		return ctx ? CUDA_ERROR_INVALID_CONTEXT : CUDA_ERROR_INVALID_VALUE;
	if (context->primary || context->parent) {
		context_put(context);
		return CUDA_ERROR_INVALID_CONTEXT;
	}
	if (!handle_retire(&context->handle)) {
		context_put(context);
		return CUDA_ERROR_INVALID_CONTEXT;
	}
	if (context_current() == context && context_pop(&popped))
		context_put(popped);
	context_deactivate(context);
	context_put(context);
	return CUDA_SUCCESS;
}

CUresult cuCtxDestroy(CUcontext ctx)
{
	return cuCtxDestroy_v2(ctx);
}

CUresult cuCtxPushCurrent_v2(CUcontext ctx)
{
	struct context *context;
	CUresult result = driver_enter();

	if (result)
		return result;
	context = context_get(ctx);
	if (!context)
		return CUDA_ERROR_INVALID_CONTEXT;
	result = context_push(context);
	context_put(context);
	return result;
}

CUresult cuCtxPushCurrent(CUcontext ctx)
{
	return cuCtxPushCurrent_v2(ctx);
}

CUresult cuCtxPopCurrent_v2(CUcontext *pctx)
{
	struct context *context;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!context_pop(&context))
		return CUDA_ERROR_INVALID_CONTEXT;
	if (pctx)
		*pctx = context_value(context);
	context_put(context);
	return CUDA_SUCCESS;
}

CUresult cuCtxPopCurrent(CUcontext *pctx)
{
	return cuCtxPopCurrent_v2(pctx);
}

CUresult cuCtxSetCurrent(CUcontext ctx)
{
	struct context *context = NULL;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (ctx) {
		context = context_get(ctx);
		if (!context)
			return CUDA_ERROR_INVALID_CONTEXT;
	}
	result = context_set(context);
	context_put(context);
	return result;
}

/* cuCtxAttach and cuCtxDetach, from before primary contexts: as many of the one as of the other */
CUresult cuCtxAttach(CUcontext *pctx, unsigned int flags)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!pctx || flags)
		return CUDA_ERROR_INVALID_VALUE;
	__atomic_fetch_add(&context->attached, 1, __ATOMIC_RELAXED);
	*pctx = context_value(context);
	return CUDA_SUCCESS;
}

/* take_back() - undo one cuCtxAttach(); false: none is left to undo */
static bool take_back(struct context *context)
{
	unsigned int attached = __atomic_load_n(&context->attached, __ATOMIC_RELAXED);

	while (attached && !__atomic_compare_exchange_n(&context->attached, &attached, attached - 1,
							false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
	return attached;
}

CUresult cuCtxDetach(CUcontext ctx)
{
	struct context *context = driver_enter() ? NULL : context_get(ctx);
	bool kept = context && take_back(context);

	context_put(context);
	return kept ? CUDA_SUCCESS : cuCtxDestroy_v2(ctx);
}
