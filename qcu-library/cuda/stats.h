/* SPDX-License-Identifier: MIT */
/* stats.h - QCUDA_STATS=1: how often each call was made, and what of it crossed */
#ifndef QCU_LIBRARY_STATS_H
#define QCU_LIBRARY_STATS_H

#include "qcu-library/cuda/options.h"
#include "wire/call.h"

enum stats_event {
	STATS_CALL,	/* the call was made, whatever came of it */
	STATS_SYNC,	/* it crossed, and the thread waited for the reply */
	STATS_ASYNC,	/* it was posted, and nobody waited */
	STATS_EVENTS
};

/* What the channels cost besides: in a virtual machine an exit, or an interrupt */
enum stats_wake {
	STATS_DOORBELL,	/* the worker slept and was woken */
	STATS_SLEEP,	/* a thread slept, for the worker to wake it */
	STATS_WAKES
};

void stats_add_image(uint64_t bytes);
void stats_add(enum call_id id, enum stats_event event);
void stats_add_wake(enum stats_wake wake);

/** stats_note() - costs next to nothing beside what it counts */
static inline void stats_note(enum stats_wake wake)
{
	if (__builtin_expect(option_set(STATS), 0))
		stats_add_wake(wake);
}

/** stats_note_image() - an image of @bytes goes to the host */
static inline void stats_note_image(uint64_t bytes)
{
	if (option_set(STATS))
		stats_add_image(bytes);
}

/** stats_count() - costs a look at a variable unless QCUDA_STATS is set */
static inline void stats_count(enum call_id id, enum stats_event event)
{
	if (__builtin_expect(option_set(STATS), 0))
		stats_add(id, event);
}

#endif
