/* SPDX-License-Identifier: MIT */
/*
 * perf.h - optimisations that can be switched off: QCUDA_SOFTGPU_PERF=no_place,no_hoist...
 */
#ifndef SOFTGPU_PERF_H
#define SOFTGPU_PERF_H

#include <stdbool.h>

enum perf {
	PERF_PLACE,	/* no_place: each access looks for its pattern itself, decode_place.c */
	PERF_HOIST,	/* no_hoist: every thread runs every instruction, decode_hoist.c */
	PERF_LOOK,	/* no_look: a thread that waits sleeps at once, launch.c */
	PERF_TAKE,	/* no_take: a thread takes one block at a time, the same */
	PERF_FETCH,	/* no_fetch: a kernel's tree is read as it is decoded, decode.c */
	PERFS,
};

/* perf_on() - is it not switched off? */
bool perf_on(enum perf perf);

#endif /* SOFTGPU_PERF_H */
