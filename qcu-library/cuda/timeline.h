/* SPDX-License-Identifier: MIT */
/* timeline.h - QCUDA_TRACE=FILE: when each call was made, and when the host ran it */
#ifndef QCU_LIBRARY_TIMELINE_H
#define QCU_LIBRARY_TIMELINE_H

#include "qcu-library/cuda/options.h"
#include "qcu-library/cuda/remote.h"

/** timeline_start() - open the file and set the clocks, if a trace is wanted; cuInit() has succeeded */
void timeline_start(void);

/** timeline_forked() - in the child: the file and what is not written yet are the parent's */
void timeline_forked(void);

uint64_t timeline_now_ns(void);
void timeline_write(const struct flight *flight);

/** timeline_begin() - a call begins: its time, or 0 if no trace is wanted */
static inline uint64_t timeline_begin(void)
{
	return __builtin_expect(option_set(TIMELINE), 0) ? timeline_now_ns() : 0;
}

/** timeline_end() - it has ended, and has crossed.  No lock may be held. */
static inline void timeline_end(const struct flight *flight)
{
	if (__builtin_expect(flight->began, 0))
		timeline_write(flight);
}

#endif
