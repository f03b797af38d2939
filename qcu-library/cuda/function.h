/* SPDX-License-Identifier: MIT */
/* function.h - kernels: what is known of each, asked once */
#ifndef QCU_LIBRARY_FUNCTION_H
#define QCU_LIBRARY_FUNCTION_H

#include "qcu-library/cuda/api.h"

/**
 * struct layout - what a launch must know of a kernel
 *
 * Never changed once others see it: a new one takes its place, and the old stays
 * valid as long as the kernel.
 */
struct layout {
	struct layout *older;
	CUdevice device;
	struct wire_kernel info;
	struct wire_param params[];
};

/** function_name() - a function or kernel was found under this name */
CUresult function_name(uint64_t handle, const char *name);

/** function_layout() - of a function or kernel for the current device; NULL and *rc on error */
const struct layout *function_layout(uint64_t handle, CUresult *rc);

#endif
