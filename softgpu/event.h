/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_EVENT_H
#define SOFTGPU_EVENT_H

#include "softgpu/api.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "softgpu/stream.h"

/**
 * struct event - a point in a stream
 * @context:	with a reference
 * @recording:	held by whoever records; taken before the lock of stream.c
 * @lock:	of what is below; a leaf
 * @sequence:	how often it was recorded
 * @point:	where it was recorded last
 * @captured:	set if it was recorded last in a capture; see capture.h
 * @time_ns:	when the work before it was done (CLOCK_MONOTONIC); valid once @point is done
 */
struct event {
	struct handle handle;
	struct context *context;
	unsigned int flags;

	pthread_mutex_t recording;
	pthread_mutex_t lock;
	uint64_t sequence;
	struct fence point;
	uint64_t time_ns;

	struct captured *captured;
};

/* event_get() - by handle, with a reference, or NULL */
static inline struct event *event_get(CUevent value)
{
	return handle_get(value, HANDLE_EVENT);
}

/* event_point() - where it was recorded last, with a reference; a fence that is done if never */
struct fence event_point(struct event *event);

/* event_record() - in a stream.  Any error of stream_submit() */
CUresult event_record(struct event *event, struct stream *stream);

#endif /* SOFTGPU_EVENT_H */
