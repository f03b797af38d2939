/* SPDX-License-Identifier: MIT */
/* timeline.h - what the worker ran, and when, for a guest that wants to know */
#ifndef QCU_DEVICE_WORKER_TIMELINE_H
#define QCU_DEVICE_WORKER_TIMELINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

extern _Atomic bool timeline_on;

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

#endif
