/* SPDX-License-Identifier: MIT */
/*
 * context.c - contexts: who is current is kept here, what they are on the host
 *
 * Faces qcu-device/worker/context.c.  Every thread has its stack of handles
 * (thread.h); each command carries the one on top, and the worker's thread
 * follows.  So pushing, popping and asking never cross.
 *
 * A device's primary context has one handle for the life of the process,
 * whatever stands behind it on the host, and is counted here: the host is told
 * of the first retain and the last release.
 */
#include <pthread.h>
#include <stdlib.h>

#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/device.h"
#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/hostmem.h"
#include "qcu-library/cuda/ranges.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"
#include "qcu-library/cuda/thread.h"

/* What is known of a context: the data of its handle */
struct context {
	CUdevice device;
	bool primary;
	uint64_t parent, green;	/* handles; 0: not of a green context */
	unsigned int attached;	/* cuCtxAttach() not yet undone; under lock */
	_Atomic bool sleeps;	/* CU_CTX_SCHED_BLOCKING_SYNC */
	_Atomic int lost;	/* the error that ended it, CUDA_SUCCESS: none */
	_Atomic bool inactive;	/* a primary one that was released or reset */
};

struct primary {
	uint64_t handle;	/* 0: never retained */
	unsigned int retained;
	bool active;		/* on the host; a reset ends it, and leaves it retained */
};

/* Serialises retain, release and reset; guards primaries and attached. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct primary primaries[MAX_DEVICES];

static _Atomic uint64_t epoch = 1;
static _Atomic unsigned int n_described;

uint64_t context_epoch(void)
{
	return atomic_load_explicit(&epoch, memory_order_acquire);
}

uint64_t context_current(void)
{
	struct thread *thread = thread_self();

	return thread->n_contexts ? thread->contexts[thread->n_contexts - 1] : 0;
}

CUresult context_check(void)
{
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && !context_current())
		rc = CUDA_ERROR_INVALID_CONTEXT;
	return rc;
}

CUdevice context_device(uint64_t handle)
{
	struct context *context = handle_find(KIND_CUcontext, handle);

	return context ? context->device : -1;
}

uint64_t context_of(uint64_t handle)
{
	while (handle && handle_kind(handle) != KIND_CUcontext)
		handle = handle_owner(handle);
	return handle;
}

uint64_t context_home(uint64_t handle)
{
	struct context *context = handle_data(handle);

	return context && context->parent ? context->parent : handle;
}

uint64_t context_green(uint64_t handle)
{
	struct context *context = handle_find(KIND_CUcontext, handle);

	return context ? context->green : 0;
}

bool contexts_are_several(void)
{
	return atomic_load_explicit(&n_described, memory_order_relaxed) > 1;
}

/* Errors after which the process must start anew (CUDA Driver API, CUresult) */
bool context_ends(CUresult rc)
{
	switch (rc) {
	case CUDA_ERROR_ECC_UNCORRECTABLE:
	case CUDA_ERROR_NVLINK_UNCORRECTABLE:
	case CUDA_ERROR_CONTAINED:
	case CUDA_ERROR_ILLEGAL_ADDRESS:
	case CUDA_ERROR_LAUNCH_TIMEOUT:
	case CUDA_ERROR_ASSERT:
	case CUDA_ERROR_HARDWARE_STACK_ERROR:
	case CUDA_ERROR_ILLEGAL_INSTRUCTION:
	case CUDA_ERROR_MISALIGNED_ADDRESS:
	case CUDA_ERROR_INVALID_ADDRESS_SPACE:
	case CUDA_ERROR_INVALID_PC:
	case CUDA_ERROR_LAUNCH_FAILED:
	case CUDA_ERROR_TENSOR_MEMORY_LEAK:
		return true;
	default:
		return false;
	}
}

void context_note_error(uint64_t handle, CUresult rc)
{
	struct context *context = context_ends(rc) ? handle_data(context_home(handle)) : NULL;
	int none = CUDA_SUCCESS;

	if (!context)
		return;
	atomic_store(&session.lost, rc);
	atomic_compare_exchange_strong(&context->lost, &none, rc);
}

CUresult context_lost(uint64_t handle)
{
	struct context *context = handle_find(KIND_CUcontext, handle);

	if (!context)
		return handle && !handle_is(KIND_CUcontext, handle) ?
			       CUDA_ERROR_CONTEXT_IS_DESTROYED : CUDA_SUCCESS;
	if (context->parent)
		context = handle_data(context->parent);
	if (!context || atomic_load_explicit(&context->inactive, memory_order_relaxed))
		return CUDA_ERROR_CONTEXT_IS_DESTROYED;
	return atomic_load_explicit(&context->lost, memory_order_relaxed);
}

bool context_is_gone(uint64_t handle)
{
	struct context *context = handle_find(KIND_CUcontext, handle);

	return !context || atomic_load_explicit(&context->inactive, memory_order_relaxed);
}

bool context_sleeps(uint64_t handle)
{
	struct context *context = handle_data(handle);

	return context && atomic_load_explicit(&context->sleeps, memory_order_relaxed);
}

static void note_flags(uint64_t handle, unsigned int flags)
{
	struct context *context = handle_data(handle);

	if (context)
		context->sleeps = (flags & CU_CTX_SCHED_MASK) == CU_CTX_SCHED_BLOCKING_SYNC;
}

static CUresult push(uint64_t handle)
{
	struct thread *thread = thread_self();

	if (thread->n_contexts == thread->max_contexts) {
		uint32_t max = thread->max_contexts ? 2 * thread->max_contexts : 8;
		uint64_t *more = realloc(thread->contexts, max * sizeof(*more));

		if (!more)
			return CUDA_ERROR_OUT_OF_MEMORY;
		thread->contexts = more;
		thread->max_contexts = max;
	}
	thread->contexts[thread->n_contexts++] = handle;
	return CUDA_SUCCESS;
}

/* Remember what a context is; false without memory. */
static bool describe(uint64_t handle, CUdevice device, bool primary)
{
	struct context *context = calloc(1, sizeof(*context));

	if (!context)
		return false;
	context->device = device;
	context->primary = primary;
	if (handle_set_data(handle, context, free) != context)
		free(context);
	atomic_fetch_add_explicit(&n_described, 1, memory_order_relaxed);
	return true;
}

bool context_of_green(uint64_t handle, CUdevice device, uint64_t parent, uint64_t green)
{
	struct context *context;

	if (!describe(handle, device, false))
		return false;
	context = handle_data(handle);
	context->parent = parent;
	context->green = green;
	return true;
}

void context_died(uint64_t handle)
{
	struct context *context = handle_data(handle);

	if (context && atomic_exchange(&context->lost, CUDA_SUCCESS) != CUDA_SUCCESS)
		atomic_store(&session.lost, CUDA_SUCCESS);
	atomic_fetch_add_explicit(&epoch, 1, memory_order_acq_rel);
	handle_drop_owned(handle);
	hostmem_context_died(handle);
	ranges_owner_died(handle);
	remote_forget_deferred();
}

/* The handle of a device's primary context.  Called with the lock held. */
static CUresult primary_handle(CUdevice dev, uint64_t *handle)
{
	struct primary *primary = &primaries[dev];

	if (!primary->handle) {
		uint64_t made = handle_new(KIND_CUcontext, 0);

		if (!made || !describe(made, dev, true)) {
			handle_drop(made);
			return CUDA_ERROR_OUT_OF_MEMORY;
		}
		primary->handle = made;
	}
	*handle = primary->handle;
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuDevicePrimaryCtxSetFlags_v2(CUdevice dev, unsigned int flags)
{
	CUresult rc = send_cuDevicePrimaryCtxSetFlags_v2(dev, flags);
	uint64_t handle;

	if (rc != CUDA_SUCCESS)
		return rc;
	pthread_mutex_lock(&lock);
	rc = primary_handle(dev, &handle);
	if (rc == CUDA_SUCCESS)
		note_flags(handle, flags);
	pthread_mutex_unlock(&lock);
	return rc;
}

CUresult CUDAAPI cuCtxSetFlags(unsigned int flags)
{
	CUresult rc = send_cuCtxSetFlags(flags);

	if (rc == CUDA_SUCCESS)
		note_flags(context_current(), flags);
	return rc;
}

/* A primary context begins or ends to be.  Called with the lock held. */
static void set_active(struct primary *primary, bool active)
{
	struct context *context = handle_data(primary->handle);

	primary->active = active;
	atomic_store(&context->inactive, !active);
	if (!active)
		context_died(primary->handle);
}

CUresult CUDAAPI cuDevicePrimaryCtxRetain(CUcontext *pctx, CUdevice dev)
{
	CUresult rc = device_check(dev);
	struct primary *primary;
	uint64_t handle;

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!pctx)
		return CUDA_ERROR_INVALID_VALUE;
	primary = &primaries[dev];
	pthread_mutex_lock(&lock);
	rc = primary_handle(dev, &handle);
	if (rc == CUDA_SUCCESS && !primary->active) {
		rc = send_primary_retain(handle, dev);
		if (rc == CUDA_SUCCESS)
			set_active(primary, true);
	}
	if (rc == CUDA_SUCCESS) {
		primary->retained++;
		*pctx = (CUcontext)handle;
	}
	pthread_mutex_unlock(&lock);
	return rc;
}

CUresult CUDAAPI cuDevicePrimaryCtxRelease_v2(CUdevice dev)
{
	CUresult rc = device_check(dev);
	struct primary *primary;

	if (rc != CUDA_SUCCESS)
		return rc;
	primary = &primaries[dev];
	pthread_mutex_lock(&lock);
	if (!primary->retained)
		rc = CUDA_ERROR_INVALID_CONTEXT;
	else if (primary->retained == 1 && primary->active) {
		rc = send_primary_release(primary->handle, dev);
		if (rc == CUDA_SUCCESS)
			set_active(primary, false);
	}
	if (rc == CUDA_SUCCESS)
		primary->retained--;
	pthread_mutex_unlock(&lock);
	return rc;
}

/* CUDA Driver API: who has retained it is to release it all the same. */
CUresult CUDAAPI cuDevicePrimaryCtxReset_v2(CUdevice dev)
{
	CUresult rc = device_check(dev);
	struct primary *primary;

	if (rc != CUDA_SUCCESS)
		return rc;
	primary = &primaries[dev];
	pthread_mutex_lock(&lock);
	if (primary->active) {
		rc = send_primary_reset(primary->handle, dev);
		if (rc == CUDA_SUCCESS)
			set_active(primary, false);
	}
	pthread_mutex_unlock(&lock);
	return rc;
}

CUresult CUDAAPI cuDevicePrimaryCtxGetState(CUdevice dev, unsigned int *flags, int *active)
{
	unsigned int host_flags;
	int host_active;
	CUresult rc = device_check(dev);

	if (rc == CUDA_SUCCESS && (!flags || !active))
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = send_cuDevicePrimaryCtxGetState(dev, &host_flags, &host_active);
	if (rc != CUDA_SUCCESS)
		return rc;
	/* The worker may hold the context ready for a program that has not asked. */
	pthread_mutex_lock(&lock);
	*active = primaries[dev].active;
	*flags = host_flags;
	pthread_mutex_unlock(&lock);
	return CUDA_SUCCESS;
}

static CUresult create(CUcontext *pctx, unsigned int flags, CUdevice dev)
{
	CUresult rc = device_check(dev);
	CUcontext made;

	if (rc == CUDA_SUCCESS && !pctx)
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = send_context_create(&made, flags, dev);
	if (rc != CUDA_SUCCESS)
		return rc;
	if (!describe((uint64_t)made, dev, false) || push((uint64_t)made) != CUDA_SUCCESS) {
		send_cuCtxDestroy_v2(made);
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	note_flags((uint64_t)made, flags);
	*pctx = made;
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuCtxCreate_v2(CUcontext *pctx, unsigned int flags, CUdevice dev)
{
	return create(pctx, flags, dev);
}

CUresult CUDAAPI cuCtxCreate_v3(CUcontext *pctx, CUexecAffinityParam *paramsArray, int numParams,
				unsigned int flags, CUdevice dev)
{
	if (numParams < 0 || (numParams && !paramsArray))
		return CUDA_ERROR_INVALID_VALUE;
	return numParams ? CUDA_ERROR_UNSUPPORTED_EXEC_AFFINITY : create(pctx, flags, dev);
}

CUresult CUDAAPI cuCtxCreate_v4(CUcontext *pctx, CUctxCreateParams *params, unsigned int flags,
				CUdevice dev)
{
	if (params && params->cigParams)
		return CUDA_ERROR_NOT_SUPPORTED;
	if (params)
		return cuCtxCreate_v3(pctx, params->execAffinityParams,
				      params->numExecAffinityParams, flags, dev);
	return create(pctx, flags, dev);
}

CUresult CUDAAPI cuCtxDestroy_v2(CUcontext ctx)
{
	uint64_t handle = (uint64_t)ctx;
	struct thread *thread = thread_self();
	struct context *context;
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	context = handle_find(KIND_CUcontext, handle);
	if (!context || context->primary || context->parent)
		return CUDA_ERROR_INVALID_CONTEXT;
	rc = send_cuCtxDestroy_v2(ctx);
	/* Destroyed, unless refused; what else comes is of earlier calls. */
	if (handle_is(KIND_CUcontext, handle))
		return rc;
	context_died(handle);
	if (context_current() == handle)
		thread->n_contexts--;
	return rc;
}

CUresult CUDAAPI cuCtxPushCurrent_v2(CUcontext ctx)
{
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	return handle_is(KIND_CUcontext, (uint64_t)ctx) ? push((uint64_t)ctx) :
							  CUDA_ERROR_INVALID_CONTEXT;
}

CUresult CUDAAPI cuCtxPopCurrent_v2(CUcontext *pctx)
{
	struct thread *thread = thread_self();
	CUresult rc = context_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (pctx)
		*pctx = (CUcontext)context_current();
	thread->n_contexts--;
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuCtxSetCurrent(CUcontext ctx)
{
	struct thread *thread = thread_self();
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (ctx && !handle_is(KIND_CUcontext, (uint64_t)ctx))
		return CUDA_ERROR_INVALID_CONTEXT;
	if (thread->n_contexts)
		thread->n_contexts--;
	return ctx ? push((uint64_t)ctx) : CUDA_SUCCESS;
}

CUresult CUDAAPI cuCtxGetCurrent(CUcontext *pctx)
{
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!pctx)
		return CUDA_ERROR_INVALID_VALUE;
	*pctx = (CUcontext)context_current();
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuCtxGetDevice_v2(CUdevice *device, CUcontext ctx)
{
	uint64_t handle = ctx ? (uint64_t)ctx : context_current();
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!handle)
		return CUDA_ERROR_INVALID_CONTEXT;
	if (!device)
		return CUDA_ERROR_INVALID_VALUE;
	if (!handle_is(KIND_CUcontext, handle))
		return ctx ? CUDA_ERROR_INVALID_CONTEXT : CUDA_ERROR_CONTEXT_IS_DESTROYED;
	*device = context_device(handle);
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuCtxGetDevice(CUdevice *device)
{
	return cuCtxGetDevice_v2(device, NULL);
}

CUresult CUDAAPI cuCtxAttach(CUcontext *pctx, unsigned int flags)
{
	CUresult rc = context_check();
	struct context *context;

	if (rc != CUDA_SUCCESS)
		return rc;
	context = handle_data(context_current());
	if (!pctx || flags)
		return CUDA_ERROR_INVALID_VALUE;
	if (!context)
		return CUDA_ERROR_CONTEXT_IS_DESTROYED;
	pthread_mutex_lock(&lock);
	context->attached++;
	pthread_mutex_unlock(&lock);
	*pctx = (CUcontext)context_current();
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuCtxDetach(CUcontext ctx)
{
	CUresult rc = context_check();
	struct context *context;
	bool last;

	if (rc != CUDA_SUCCESS)
		return rc;
	/* CUDA Driver API: only the current context can be detached. */
	context = handle_data(context_current());
	if ((uint64_t)ctx != context_current() || !context)
		return CUDA_ERROR_INVALID_CONTEXT;
	pthread_mutex_lock(&lock);
	last = !context->attached;
	if (!last)
		context->attached--;
	pthread_mutex_unlock(&lock);
	return last ? cuCtxDestroy_v2(ctx) : CUDA_SUCCESS;
}
