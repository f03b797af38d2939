/* SPDX-License-Identifier: MIT */
/*
 * loop.h - the daemon's one thread waits here, and nowhere else
 *
 * One event is fetched at a time, so that a handler may remove and free any
 * source, its own included, without another event for it being under way.
 */
#ifndef QCU_DEVICE_LOOP_H
#define QCU_DEVICE_LOOP_H

#include <stdint.h>

#include "qcu-device/common/container_of.h"

/**
 * struct loop_source - a descriptor to watch, inside the thing that it belongs to
 * @fd: not closed by the loop; -1 when there is none
 * @ready: called with the EPOLL* bits that are so
 */
struct loop_source {
	int fd;
	void (*ready)(struct loop_source *source, uint32_t events);
};

void loop_init(void);

/** loop_add() - watch @source->fd for input (and hang-up); 0 or a negative errno */
int loop_add(struct loop_source *source);

/** loop_pause(), loop_resume() - do not look for input for a while */
void loop_pause(struct loop_source *source);
void loop_resume(struct loop_source *source);

/** loop_unwatch() - stop watching; the descriptor stays open */
void loop_unwatch(struct loop_source *source);

/** loop_remove() - stop watching and close the descriptor */
void loop_remove(struct loop_source *source);

/** loop_run() - until loop_stop() */
void loop_run(void);

void loop_stop(void);

/** loop_step() - wait up to @milliseconds for one event and handle it; 0 if none came */
int loop_step(int milliseconds);

#endif
