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
 * @id:		never reused
 * @shared:	of an interprocess event: what all processes see of it, in @file; else NULL
 * @imported:	it is another process's
 * @captured:	set if it was recorded last in a capture; see capture.h
 * @time_ns:	when the work before it was done (CLOCK_MONOTONIC); valid once @point is done
 */
struct event {
	struct handle handle;
	struct context *context;
	unsigned int flags;
	unsigned long long id;
	struct event_shared *shared;
	bool imported;
	int file;

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

/* event_submit_wait() - what comes after in the stream waits for it.  As stream_submit() */
CUresult event_submit_wait(struct event *event, struct stream *stream);

/**
 * event_create() - published; the caller has a reference besides the table's
 * @file:	of an interprocess event that another process made; -1: none.  Taken over unless
 *		it fails
 */
CUresult event_create(struct context *context, unsigned int flags, int file, struct event **out);

/* event_file() - of an interprocess event, if it still is that @id; the caller's; or -1 */
int event_file(CUevent value, unsigned long long id);

/*
 * event_ipc.c: an interprocess event is two counters that all its processes see, of what
 * has been recorded and of what of it has happened.
 */

/* event_share() - map @file, or a new one if it is -1.  CUDA_SUCCESS, CUDA_ERROR_OUT_OF_MEMORY */
CUresult event_share(struct event *event, int file);
void event_unshare(struct event *event);

/* event_shared_record() - it is recorded once more; its number */
uint64_t event_shared_record(struct event *event);

/* event_shared_happened() - what had this number, and all before, has happened */
void event_shared_happened(struct event *event, uint64_t number);

/* event_shared_done() - has what was recorded last happened? */
bool event_shared_done(const struct event *event);

/* event_shared_wait() - until what was recorded last has happened, or its context stops */
void event_shared_wait(const struct event *event);

/* event_shared_submit_wait() - event_submit_wait() for one of these */
CUresult event_shared_submit_wait(struct event *event, struct stream *stream);

#endif /* SOFTGPU_EVENT_H */
