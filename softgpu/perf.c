/* SPDX-License-Identifier: MIT */

#include "softgpu/perf.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static bool off[PERFS];

static void read_environment(void)
{
	static const char *const words[PERFS] = {
		[PERF_PLACE] = "no_place", [PERF_HOIST] = "no_hoist", [PERF_LOOK] = "no_look",
		[PERF_TAKE] = "no_take", [PERF_FETCH] = "no_fetch",
	};
	const char *asked = getenv("QCUDA_SOFTGPU_PERF");

	for (unsigned i = 0; asked && i < PERFS; i++)
		off[i] = strstr(asked, words[i]) != NULL;
}

bool perf_on(enum perf perf)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, read_environment);
	return !off[perf];
}
