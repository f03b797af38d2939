/* SPDX-License-Identifier: MIT */
/*
 * body.h - what the hand-written bodies of HAND rows see
 *
 * host_NAME() for every HAND row, with the row's words as C parameters; the
 * thunk made from the row (dispatch.c) has checked sizes and turned handles
 * into objects.  A buffer pointer may be NULL although its count is not 0.
 */
#ifndef QCU_DEVICE_WORKER_BODY_H
#define QCU_DEVICE_WORKER_BODY_H

#include <stdbool.h>

#include "qcu-device/worker/driver.h"
#include "wire/channel.h"
#include "wire/map.h"

/**
 * struct dispatch - one channel's thread
 * @channel: which; @commands: how many came through it
 * @context: handle of the context that the command under way names
 * @current: what cuCtxSetCurrent was last told in this thread
 * @own: the context in which this thread's own default stream may have work, OWN_NOWHERE or
 *	OWN_FOR_GOOD
 * @deferred: first error of the asynchronous commands since the last reply
 * @deferred_call: which call that was
 * @refused: the guest broke the protocol: the session is to end
 * @printed: what kernels have printed, enum channel_output
 * @names: the handle given for each HANDLE, NEW or DROP parameter
 * @objects: what each of them is, or became, here
 * @crowd: crowd_changes as @current knows it (blocking.h)
 * @passage: DISPATCH_PASSAGE bytes that bytes of asynchronous copies pass through, or NULL
 */
struct dispatch {
	uint32_t channel;
	uint64_t commands;
	uint64_t context;
	CUcontext current;
	uint64_t own;
	CUresult deferred;
	uint32_t deferred_call;
	bool refused;
	uint32_t printed;
	uint64_t names[CALL_MAX_PARAMS];
	void *objects[CALL_MAX_PARAMS];
	uint32_t crowd;
	void *passage;
};

#define OWN_NOWHERE	0
#define OWN_FOR_GOOD	UINT64_MAX	/* in several, or there is more than work */

#define DISPATCH_PASSAGE	((size_t)CHANNEL_RING_MAX)	/* as much as a command holds */

/** dispatch_passage() - the thread's own, made if need be; NULL without memory */
void *dispatch_passage(struct dispatch *dispatch);

/** dispatch_refuse() - what a body returns when only a broken or hostile guest could ask this */
CUresult dispatch_refuse(struct dispatch *dispatch);

/** dispatch_context_changed() - the thread's current context may not be what @current says */
void dispatch_context_changed(struct dispatch *dispatch);

#define HAND(id, name, when, ...) \
	CUresult host_##name(PARAMS_AFTER(struct dispatch *dispatch_, __VA_ARGS__));
#include "wire/calls.def"

#endif
