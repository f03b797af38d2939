/* SPDX-License-Identifier: MIT */
/* capture.h - streams whose work becomes a graph */
#ifndef QCU_LIBRARY_CAPTURE_H
#define QCU_LIBRARY_CAPTURE_H

#include "qcu-library/cuda/api.h"
#include "qcu-library/cuda/hold.h"

/**
 * capture_is_on() - is any stream of the program capturing?
 *
 * Then every call waits for its reply, for what is wrong with it must be told at
 * once and may end the capture.
 */
bool capture_is_on(void);

/** capture_of() - does this stream capture?  Asks the host if any does. */
bool capture_of(CUstream stream);

/** capture_thread_ends() - a capture in its own default stream ends with it */
void capture_thread_ends(void);

/** capture_keep() - what is captured now uses this: it goes to the graph that comes of it */
CUresult capture_keep(struct holds *holds);

#endif
