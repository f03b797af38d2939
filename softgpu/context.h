/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_CONTEXT_H
#define SOFTGPU_CONTEXT_H

#include "softgpu/api.h"

#include <stdbool.h>
#include <stddef.h>

#include "softgpu/device.h"
#include "softgpu/engine.h"
#include "softgpu/handle.h"

struct stream;

enum { CONTEXT_LIMITS = 9 };		/* CU_LIMIT_* 0 .. 8 */

/**
 * struct context - a CUDA context
 * @peers:	atomic; devices whose memory its kernels may use (cuCtxEnablePeerAccess), 1 << ordinal
 * @attached:	atomic; cuCtxAttach() not yet undone
 * @parent:	of a green context: the primary one, with a reference; it has streams of its own
 *		and nothing else: what is made in it belongs to @parent.  Else NULL
 * @sms:	of a green context: multiprocessors it was given
 * @id:		never reused
 * @version:	what cuCtxGetApiVersion() says
 * @alive:	atomic; false for a primary context that is not active and after destruction
 * @sticky:	atomic; the CUresult of the fault that ended this context's use
 * @stop:	ends running launches; set when the context must go although a kernel runs on
 * @working:	its streams that have tasks, linked by stream->next_working; under the lock of stream.c
 * @legacy:	the legacy default stream; under the same lock
 */
struct context {
	struct handle handle;
	struct device *device;
	bool primary;
	struct context *parent;
	unsigned int sms;
	unsigned int peers;
	unsigned int attached;
	unsigned int flags;
	unsigned int version;
	unsigned long long id;
	bool alive;
	CUresult sticky;
	volatile bool stop;
	size_t limits[CONTEXT_LIMITS];
	CUfunc_cache cache_config;
	CUsharedconfig shared_config;
	struct engine engine;
	struct stream *working;
	struct stream *legacy;
};

/**
 * context_new() - a context with no resources, published as a handle
 *
 * Return: it with one reference for the caller besides the table's, or NULL.
 */
struct context *context_new(struct device *device, unsigned int flags, bool primary);

/* context_activate() - create what a live context has.  CUDA_SUCCESS or CUDA_ERROR_OUT_OF_MEMORY */
CUresult context_activate(struct context *context);

/* context_deactivate() - wait for its work, then destroy everything in it */
void context_deactivate(struct context *context);

/**
 * context_enter() - what a call that works on the current context checks first
 * @context: the current one, or the one that has what is made there if it is a green one; the
 *	calling thread's stack holds a reference
 *
 * Return: CUDA_SUCCESS; what driver_enter() returns; CUDA_ERROR_INVALID_CONTEXT (none is
 * current), CUDA_ERROR_CONTEXT_IS_DESTROYED, or the error that is sticky in it.
 */
CUresult context_enter(struct context **context);

/* context_flags_valid() - CU_CTX_* as a program may give them */
bool context_flags_valid(unsigned int flags);

/* context_status() - CUDA_SUCCESS, destroyed, or the sticky error */
CUresult context_status(const struct context *context);

/* context_fail() - make an error sticky; the first one stays */
void context_fail(struct context *context, CUresult error);

/* context_green() - the green context that is current in this thread, borrowed, or NULL */
struct context *context_green(void);

/* context_current() - of this thread, borrowed, maybe a green one; NULL: none */
struct context *context_current(void);

/* context_push(), context_pop(), context_set() - the calling thread's stack */
CUresult context_push(struct context *context);
bool context_pop(struct context **context);	/* gives the stack's reference to the caller */
CUresult context_set(struct context *context);

/**
 * context_get() - a context named by a program
 *
 * Return: it with a reference, or NULL if this is no context.
 */
static inline struct context *context_get(CUcontext value)
{
	return handle_get(value, HANDLE_CONTEXT);
}

static inline CUcontext context_value(const struct context *context)
{
	return (CUcontext)(uintptr_t)context;
}

static inline void context_put(struct context *context)
{
	if (context)
		handle_put(&context->handle);
}

#endif /* SOFTGPU_CONTEXT_H */
