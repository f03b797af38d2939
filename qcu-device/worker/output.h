/* SPDX-License-Identifier: MIT */
/*
 * output.h - what kernels print and assert, on its way to the guest's stdout and stderr
 *
 * Faces qcu-library/cuda/output.c.
 */
#ifndef QCU_DEVICE_WORKER_OUTPUT_H
#define QCU_DEVICE_WORKER_OUTPUT_H

#include <stdint.h>

/**
 * output_init() - from now on this process's stdout and stderr are kept for the guest
 *
 * Before the driver is loaded.  The log stays where stderr was.
 */
void output_init(void);

/**
 * output_limit() - what kernels print before they wait has a bound: see CU_LIMIT_PRINTF_FIFO_SIZE
 *
 * After the driver is loaded, before any thread.
 */
void output_limit(void);

/** output_waits() - what there is to fetch: enum channel_output */
uint32_t output_waits(void);

#endif
