/* SPDX-License-Identifier: MIT */
/*
 * crowd.h - are there more threads that want a CPU than CPUs?
 *
 * DOC: Theory of operation
 *
 * Nobody counts the pollers of a machine: they are of several daemons, of machines that share its
 * CPUs, and of programs that have nothing to do with CUDA.  But a thread that polls knows when they
 * are too many, for it could always run and does not: the kernel keeps count of how long it
 * has waited for a CPU.  So the channels' threads look at their own waiting, every LOOK_NS; the
 * worker is in a crowd as long as one of them has waited a part of the time that cannot be chance,
 * and for a while after that.
 */
#ifndef QCU_DEVICE_WORKER_CROWD_H
#define QCU_DEVICE_WORKER_CROWD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Counts how often what crowd_is() says has changed, twice by crowd_retell(): odd in a crowd. */
extern _Atomic uint32_t crowd_changes;

#define CROWD_UNKNOWN	UINT32_MAX	/* no value of it */

/** crowd_init() - @watch: false: there is never a crowd */
void crowd_init(bool watch);

/** crowd_look() - by a channel's thread now and then, which has nothing else to do; @now: ns */
void crowd_look(int64_t now);

/** crowd_note() - a thread has waited @waited of @elapsed ns for a CPU, until @now */
void crowd_note(int64_t now, int64_t elapsed, int64_t waited);

/** crowd_retell() - nothing has changed, but whoever follows crowd_changes is to look again */
void crowd_retell(void);

/** crowd_is() - by a value of crowd_changes */
static inline bool crowd_is(uint32_t changes)
{
	return changes % 2;
}

#endif
