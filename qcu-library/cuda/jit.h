/* SPDX-License-Identifier: MIT */
/*
 * jit.h - options of the JIT compiler and linker
 *
 * Faces qcu-device/worker/jit.h.
 */
#ifndef QCU_LIBRARY_JIT_H
#define QCU_LIBRARY_JIT_H

#include "qcu-library/cuda/api.h"
#include "wire/jit.h"

/**
 * struct jit - the options of a load
 * @options, @n: those with plain values, as they travel
 * @info, @error: logs; where the program wants them, how long, and where it wants
 *	to know how much was written
 */
struct jit_log {
	char *buffer;
	uint32_t bytes;
	void **written;
};

struct jit {
	struct wire_option options[WIRE_MAX_OPTIONS];
	uint32_t n;
	struct jit_log info, error;
	void **wall_time;
};

/** jit_init() - from the arguments of cuModuleLoadDataEx and its like */
CUresult jit_init(struct jit *jit, unsigned int n, const CUjit_option *options, void **values);

/** jit_done() - what is written back into the option values, once the logs have come */
void jit_done(struct jit *jit);

#endif
