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

struct callback;

/**
 * callback_create() - what to give to the driver as the data of callback_run()
 * @once: it frees itself when it has run; else it is good for any number of runs,
 *	as a node of a graph needs
 *
 * NULL without memory.
 */
struct callback *callback_create(const struct wire_callback *wire, bool once);

/** callback_destroy() - one that the driver will not call any more; NULL is fine */
void callback_destroy(struct callback *callback);

/** callback_wire() - what it was made of */
struct wire_callback callback_wire(const struct callback *callback);

/** callback_in_guest() - the guest's thread for that runs it; returns when it has */
void callback_in_guest(const struct wire_callback *wire);

/** callback_run() - the CUhostFn: returns when the guest's function has returned */
void CUDA_CB callback_run(void *callback);

#endif
