/* SPDX-License-Identifier: MIT */
/* launch.h - a kernel's parameters on their way to the host */
#ifndef QCU_LIBRARY_LAUNCH_H
#define QCU_LIBRARY_LAUNCH_H

#include "qcu-library/cuda/function.h"

#define SMALL_PARAMS	4096	/* most kernels' fit; more go to the heap */

/** struct launch_params - the parameters of a launch as one buffer */
struct launch_params {
	const void *buffer;
	uint32_t bytes;
	uint8_t small[SMALL_PARAMS];
	void *large;		/* to be freed */
};

/** launch_params_init() - from the two forms that cuLaunchKernel() takes; launch_params_finish() follows */
CUresult launch_params_init(struct launch_params *params, const struct layout *layout,
			    void **values, void **extra);
void launch_params_finish(struct launch_params *params);

#endif
