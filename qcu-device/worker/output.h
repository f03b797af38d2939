/* SPDX-License-Identifier: MIT */
/*
 * output.h - what kernels print, on its way to the guest's stdout
 *
 * Faces qcu-library/cuda/output.c.
 */
#ifndef QCU_DEVICE_WORKER_OUTPUT_H
#define QCU_DEVICE_WORKER_OUTPUT_H

#include <stdbool.h>

/** output_init() - from now on this process's stdout is kept for the guest; before the driver is loaded */
void output_init(void);

/** output_waits() - is there something to fetch? */
bool output_waits(void);

#endif
