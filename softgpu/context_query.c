/* SPDX-License-Identifier: MIT */
/* context_query.c - cuCtx*: settings of the current context */
#include "softgpu/context.h"

#include "softgpu/capture.h"
#include "softgpu/driver.h"
#include "softgpu/stream.h"

CUresult cuCtxGetCurrent(CUcontext *pctx)
{
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!pctx)
		return CUDA_ERROR_INVALID_VALUE;
	*pctx = context_value(context_current());
	return CUDA_SUCCESS;
}

CUresult cuCtxGetDevice(CUdevice *device)
{
	CUresult result = driver_enter();
	struct context *context = context_current();

	if (result)
		return result;
	if (!context)
		return CUDA_ERROR_INVALID_CONTEXT;
	if (!device)
		return CUDA_ERROR_INVALID_VALUE;
	*device = context->device->ordinal;
	return CUDA_SUCCESS;
}

/* named() - the context of that handle, or the current one for NULL; with a reference */
static CUresult named(CUcontext value, struct context **context)
{
	CUresult result = driver_enter();

	if (result)
		return result;
	*context = value ? context_get(value) : context_current();
	if (!value && *context)
		handle_ref(&(*context)->handle);
	return *context ? CUDA_SUCCESS : CUDA_ERROR_INVALID_CONTEXT;
}

CUresult cuCtxGetDevice_v2(CUdevice *device, CUcontext ctx)
{
	struct context *context;
	CUresult result = named(ctx, &context);

	if (result)
		return result;
	if (device)
		*device = context->device->ordinal;
	else
		result = CUDA_ERROR_INVALID_VALUE;
	context_put(context);
	return result;
}

CUresult cuCtxGetId(CUcontext ctx, unsigned long long *ctxId)
{
	struct context *context;
	CUresult result = named(ctx, &context);

	if (result)
		return result;
	if (ctxId)
		*ctxId = context->id;
	else
		result = CUDA_ERROR_INVALID_VALUE;
	context_put(context);
	return result;
}

CUresult cuCtxGetApiVersion(CUcontext ctx, unsigned int *version)
{
	struct context *context;
	CUresult result = named(ctx, &context);

	if (result)
		return result;
	if (version)
		*version = context->version;
	else
		result = CUDA_ERROR_INVALID_VALUE;
	context_put(context);
	return result;
}

static CUresult synchronize(struct context *context)
{
	CUresult result = context_status(context);

	if (!result)
		result = capture_forbids_context(context);
	if (!result) {
		stream_synchronize_context(context);
		result = context_status(context);
	}
	return result;
}

CUresult cuCtxSynchronize_v2(CUcontext ctx)
{
	struct context *context;
	CUresult result = named(ctx, &context);

	if (result)
		return result;
	result = context_status(context);
	if (!result && context->parent)
		result = synchronize(context->parent);
	else if (!result)
		result = synchronize(context);
	context_put(context);
	return result;
}

CUresult cuCtxSynchronize(void)
{
	return cuCtxSynchronize_v2(NULL);
}

CUresult cuCtxGetFlags(unsigned int *flags)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!flags)
		return CUDA_ERROR_INVALID_VALUE;
	*flags = context->flags;
	return CUDA_SUCCESS;
}

CUresult cuCtxSetFlags(unsigned int flags)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!context_flags_valid(flags))
		return CUDA_ERROR_INVALID_VALUE;
	context->flags = flags;
	return CUDA_SUCCESS;
}

static bool limit_settable(CUlimit limit)
{
	return limit != CU_LIMIT_SHMEM_SIZE && limit != CU_LIMIT_CIG_ENABLED;
}

CUresult cuCtxSetLimit(CUlimit limit, size_t value)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if ((unsigned int)limit >= CONTEXT_LIMITS)
		return CUDA_ERROR_INVALID_VALUE;
	if (!limit_settable(limit))
		return CUDA_ERROR_UNSUPPORTED_LIMIT;
	switch (limit) {
	case CU_LIMIT_STACK_SIZE:
		if (value > 512 << 10)
			return CUDA_ERROR_INVALID_VALUE;
		context->engine.stack_bytes = value;
		break;
	case CU_LIMIT_MALLOC_HEAP_SIZE:
		if (context->engine.heap && value != context->limits[limit])
			return CUDA_ERROR_INVALID_VALUE;
		if (value > context->device->memory_bytes)
			return CUDA_ERROR_OUT_OF_MEMORY;
		context->engine.heap_bytes = value;
		break;
	case CU_LIMIT_MAX_L2_FETCH_GRANULARITY:
		if (value > 128)
			return CUDA_ERROR_INVALID_VALUE;
		break;
	case CU_LIMIT_PERSISTING_L2_CACHE_SIZE:
		value = 0;	/* there is no L2 to keep anything in; a hint */
		break;
	default:
		break;
	}
	context->limits[limit] = value;
	return CUDA_SUCCESS;
}

CUresult cuCtxGetLimit(size_t *pvalue, CUlimit limit)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!pvalue)
		return CUDA_ERROR_INVALID_VALUE;
	if ((unsigned int)limit >= CONTEXT_LIMITS)
		return CUDA_ERROR_INVALID_VALUE;
	*pvalue = context->limits[limit];
	return CUDA_SUCCESS;
}

CUresult cuCtxGetCacheConfig(CUfunc_cache *pconfig)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!pconfig)
		return CUDA_ERROR_INVALID_VALUE;
	*pconfig = context->cache_config;
	return CUDA_SUCCESS;
}

CUresult cuCtxSetCacheConfig(CUfunc_cache config)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if ((unsigned int)config > CU_FUNC_CACHE_PREFER_EQUAL)
		return CUDA_ERROR_INVALID_VALUE;
	context->cache_config = config;
	return CUDA_SUCCESS;
}

CUresult cuCtxGetSharedMemConfig(CUsharedconfig *pConfig)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!pConfig)
		return CUDA_ERROR_INVALID_VALUE;
	*pConfig = context->shared_config;
	return CUDA_SUCCESS;
}

CUresult cuCtxSetSharedMemConfig(CUsharedconfig config)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if ((unsigned int)config > CU_SHARED_MEM_CONFIG_EIGHT_BYTE_BANK_SIZE)
		return CUDA_ERROR_INVALID_VALUE;
	return CUDA_SUCCESS;	/* banks are always four bytes wide; a hint */
}

CUresult cuCtxGetStreamPriorityRange(int *leastPriority, int *greatestPriority)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (leastPriority)
		*leastPriority = STREAM_PRIORITY_LEAST;
	if (greatestPriority)
		*greatestPriority = STREAM_PRIORITY_GREATEST;
	return CUDA_SUCCESS;
}

CUresult cuCtxResetPersistingL2Cache(void)
{
	struct context *context;

	return context_enter(&context);
}

CUresult cuCtxGetExecAffinity(CUexecAffinityParam *pExecAffinity, CUexecAffinityType type)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!pExecAffinity || type != CU_EXEC_AFFINITY_TYPE_SM_COUNT)
		return CUDA_ERROR_INVALID_VALUE;
	return CUDA_ERROR_UNSUPPORTED_EXEC_AFFINITY;
}
