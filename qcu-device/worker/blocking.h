/* SPDX-License-Identifier: MIT */
/*
 * blocking.h - in a crowd the driver leaves its CPU to others while it waits for the GPU
 *
 * DOC: Theory of operation
 *
 * A context may say how its waits are waited for.  Most programs leave that to the driver
 * (CU_CTX_SCHED_AUTO), which then spins if a process has fewer contexts than there are CPUs: of the
 * other processes, and of who polls for the reply, it knows nothing.  A spinning thread keeps its CPU
 * until the kernel takes it away, for milliseconds, in which others miss their turns at the GPU.  So in
 * a crowd (crowd.h) contexts of such programs are told to sleep instead, and to be as they were after
 * it.
 *
 * Rejected: CU_CTX_SCHED_YIELD, which is what AUTO means where CPUs are few.  16 programs on 16 CPUs
 * were less uneven with it (docs/performance.md), but far from even.
 *
 * The program does not see that: before a call that could show it, or that destroys a context,
 * all contexts are as the program left them, and stay so until the call is over.
 */
#ifndef QCU_DEVICE_WORKER_BLOCKING_H
#define QCU_DEVICE_WORKER_BLOCKING_H

#include "qcu-device/worker/body.h"
#include "qcu-device/worker/crowd.h"

/** blocking_shows() - would call @id show that a context waits otherwise than the program has said? */
bool blocking_shows(uint32_t id);

/** blocking_hide(), blocking_unhide() - around such a call, in the thread's current context */
void blocking_hide(struct dispatch *dispatch);
void blocking_unhide(void);

/* Have the current context wait as it should now, see blocking_follow(). */
void blocking_settle(struct dispatch *dispatch);

/** blocking_follow() - before a call that may wait for the GPU in the thread's current context */
static inline void blocking_follow(struct dispatch *dispatch)
{
	if (dispatch->crowd != atomic_load_explicit(&crowd_changes, memory_order_relaxed))
		blocking_settle(dispatch);
}

#endif
