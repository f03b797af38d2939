/* SPDX-License-Identifier: MIT */
/*
 * jit.h - options of the JIT compiler and linker, as the driver takes them
 *
 * Faces qcu-library/cuda/jit.h.
 */
#ifndef QCU_DEVICE_WORKER_JIT_H
#define QCU_DEVICE_WORKER_JIT_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/jit.h"

#define JIT_LOG_OPTIONS	4

/** struct jit - the first @n of both arrays go to the driver */
struct jit {
	CUjit_option options[WIRE_MAX_OPTIONS + JIT_LOG_OPTIONS];
	void *values[WIRE_MAX_OPTIONS + JIT_LOG_OPTIONS];
	unsigned int n;
};

/**
 * jit_init() - from what a guest sent; a log of no bytes is not asked for
 *
 * false for options that our library does not send.
 */
bool jit_init(struct jit *jit, const struct wire_option *options, uint32_t n, char *info_log,
	      uint32_t info_bytes, char *error_log, uint32_t error_bytes);

#endif
