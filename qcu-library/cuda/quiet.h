/* SPDX-License-Identifier: MIT */
/*
 * quiet.h - has the program work on the device that it has not waited for?
 *
 * A synchronous copy of pageable memory to the device waits for the default stream before it
 * begins (CUDA Driver API, "API synchronization behavior"), which also tells of errors and of
 * what kernels have printed.  After a call that has waited for that stream, and as long as nothing
 * else was sent, the wait is over already and need not cross; for the copy's own end a belt waits
 * without the host (belt.c).
 */
#ifndef QCU_LIBRARY_QUIET_H
#define QCU_LIBRARY_QUIET_H

#include "qcu-library/cuda/remote.h"

/** quiet() - true: nothing was sent since this thread last waited for the legacy default stream */
bool quiet(void);

/** quiet_keep() - what this thread has posted since quiet() was true needs no waiting for */
void quiet_keep(void);

/** quiet_begin() - a call is about to be sent */
void quiet_begin(struct flight *flight);

/** quiet_end() - it was answered with @rc, and the caller has not yet returned */
void quiet_end(const struct flight *flight, CUresult rc);

#endif
