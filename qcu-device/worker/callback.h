/* SPDX-License-Identifier: MIT */
/*
 * callback.h - functions of the guest program, as the host's driver can call them
 *
 * Faces qcu-library/cuda/callback.c.
 */
#ifndef QCU_DEVICE_WORKER_CALLBACK_H
#define QCU_DEVICE_WORKER_CALLBACK_H

#include <stdbool.h>

#include "qcu-device/worker/body.h"

/**
 * callback_create() - what to give to the driver as the data of callback_run()
 * @once: it is gone when it has run; else it is good for any number of runs, as a
 *	node of a graph needs
 *
 * A number, and no pointer: should the driver run one more often than was to be
 * expected, there is none any more, and nothing is run.  NULL without memory.
 */
void *callback_create(const struct wire_callback *wire, bool once);

/** callback_destroy() - from here on it is not run; NULL is fine, and one that has gone */
void callback_destroy(const void *data);

/** callback_get() - what it was made of; false if it has gone */
bool callback_get(const void *data, struct wire_callback *wire);

/** callback_in_guest() - the guest's thread for that runs it; returns when it has */
void callback_in_guest(const struct wire_callback *wire);

/** callback_run() - the CUhostFn: returns when the guest's function has returned */
void CUDA_CB callback_run(void *data);

#endif
