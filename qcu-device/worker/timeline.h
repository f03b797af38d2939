/* SPDX-License-Identifier: MIT */
/* timeline.h - what the worker ran, and when, for a guest that wants to know */
#ifndef QCU_DEVICE_WORKER_TIMELINE_H
#define QCU_DEVICE_WORKER_TIMELINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "qcu-device/worker/dispatch.h"
#include "wire/call.h"
#include "wire/cuda_api.h"

extern _Atomic bool timeline_on;
extern _Atomic bool timeline_gpu_on;	/* timeline_gpu.c */

uint64_t timeline_now_ns(void);

/** timeline_begin() - a command begins: its time, or 0 if nobody wants to know */
static inline uint64_t timeline_begin(void)
{
	/* relaxed: a command more or less at the beginning does not matter */
	return __builtin_expect(atomic_load_explicit(&timeline_on, memory_order_relaxed), 0) ?
		       timeline_now_ns() :
		       0;
}

/** timeline_add() - command number @command of @channel has run since @began */
void timeline_add(uint32_t channel, uint64_t command, uint32_t call, uint64_t began);

struct gpu_mark *timeline_gpu_mark(struct dispatch *dispatch, const struct call *call, uint32_t id);
void timeline_gpu_done(struct gpu_mark *mark, CUresult rc);

/**
 * timeline_gpu_begin() - a command is about to be run, its handles are objects by now
 *
 * Return: for timeline_gpu_end(), or NULL if nobody wants to know, or it gives the GPU no work.
 */
static inline struct gpu_mark *timeline_gpu_begin(struct dispatch *dispatch, const struct call *call,
						  uint32_t id)
{
	return __builtin_expect(atomic_load_explicit(&timeline_gpu_on, memory_order_relaxed), 0) ?
		       timeline_gpu_mark(dispatch, call, id) :
		       NULL;
}

/** timeline_gpu_end() - it has been run, with @rc */
static inline void timeline_gpu_end(struct gpu_mark *mark, CUresult rc)
{
	if (__builtin_expect(mark != NULL, 0))
		timeline_gpu_done(mark, rc);
}

/** timeline_gpu_context_goes() - @context is about to be destroyed; its work is through */
void timeline_gpu_context_goes(struct dispatch *dispatch, CUcontext context);

#endif
