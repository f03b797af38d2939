/* SPDX-License-Identifier: MIT */
/*
 * event.c - cuEvent*
 *
 * An event is a fence and a clock.  Recording queues a task that reads the clock, and makes the
 * event stand for that task; whoever waits, waits for the task's place in its
 * stream.  A record that was overtaken by a later one must not touch the time, so records are
 * numbered.
 */
#include "softgpu/event.h"

#include <stdlib.h>
#include <time.h>

#include "softgpu/capture.h"
#include "softgpu/driver.h"

#define EVENT_FLAGS (CU_EVENT_BLOCKING_SYNC | CU_EVENT_DISABLE_TIMING | CU_EVENT_INTERPROCESS)

/* struct record - the task that cuEventRecord() queues; @number is of an interprocess event */
struct record {
	struct task task;
	struct event *event;
	uint64_t sequence;
	uint64_t number;
};

static void event_destroy(struct handle *handle)
{
	struct event *event = CONTAINER_OF(handle, struct event, handle);

	capture_event_forget(event);
	fence_drop(&event->point);
	event_unshare(event);
	pthread_mutex_destroy(&event->lock);
	pthread_mutex_destroy(&event->recording);
	context_put(event->context);
	free(event);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

CUresult event_create(struct context *context, unsigned int flags, int file, struct event **out)
{
	static unsigned long long last_id;
	struct event *event = calloc(1, sizeof(*event));
	CUresult result = CUDA_SUCCESS;

	if (!event)
		return CUDA_ERROR_OUT_OF_MEMORY;
	if (flags & CU_EVENT_INTERPROCESS)
		result = event_share(event, file);
	if (result) {
		free(event);
		return result;
	}
	handle_init(&event->handle, HANDLE_EVENT, context, event_destroy);
	event->context = handle_ref(&context->handle);
	event->flags = flags;
	event->id = __atomic_add_fetch(&last_id, 1, __ATOMIC_RELAXED);
	pthread_mutex_init(&event->recording, NULL);
	pthread_mutex_init(&event->lock, NULL);
	handle_publish(&event->handle);
	*out = event;
	return CUDA_SUCCESS;
}

CUresult cuEventCreate(CUevent *phEvent, unsigned int Flags)
{
	struct context *context;
	struct event *event;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!phEvent || Flags & ~(unsigned int)EVENT_FLAGS)
		return CUDA_ERROR_INVALID_VALUE;
	if (Flags & CU_EVENT_INTERPROCESS && !(Flags & CU_EVENT_DISABLE_TIMING))
		return CUDA_ERROR_INVALID_VALUE;
	result = event_create(context, Flags, -1, &event);
	if (result)
		return result;
	*phEvent = (CUevent)event;
	handle_put(&event->handle);
	return CUDA_SUCCESS;
}

CUresult cuEventDestroy_v2(CUevent hEvent)
{
	struct event *event;
	CUresult result = driver_enter();
	bool mine;

	if (result)
		return result;
	event = event_get(hEvent);
	if (!event)
		return CUDA_ERROR_INVALID_HANDLE;
	capture_event_forget(event);
	mine = handle_retire(&event->handle);
	handle_put(&event->handle);
	return mine ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

CUresult cuEventDestroy(CUevent hEvent)
{
	return cuEventDestroy_v2(hEvent);
}

static CUresult record_run(struct task *task)
{
	struct record *record = CONTAINER_OF(task, struct record, task);
	struct event *event = record->event;

	pthread_mutex_lock(&event->lock);
	if (event->sequence == record->sequence)
		event->time_ns = now_ns();
	pthread_mutex_unlock(&event->lock);
	if (event->shared)
		event_shared_happened(event, record->number);
	return CUDA_SUCCESS;
}

static void record_free(struct task *task)
{
	struct record *record = CONTAINER_OF(task, struct record, task);

	/* It may have been skipped: other processes need not wait for it for ever. */
	if (record->event->shared)
		event_shared_happened(record->event, record->number);
	handle_put(&record->event->handle);
	free(record);
}

static struct record *record_new(struct event *event)
{
	struct record *record = calloc(1, sizeof(*record));

	if (!record)
		return NULL;
	record->task.run = record_run;
	record->task.free = record_free;
	record->task.instant = true;
	record->event = handle_ref(&event->handle);
	pthread_mutex_lock(&event->lock);
	record->sequence = ++event->sequence;
	pthread_mutex_unlock(&event->lock);
	if (event->shared)
		record->number = event_shared_record(event);
	return record;
}

CUresult event_record(struct event *event, struct stream *stream)
{
	struct record *record;
	struct fence point;
	CUresult result = CUDA_ERROR_OUT_OF_MEMORY;

	pthread_mutex_lock(&event->recording);
	record = record_new(event);
	if (record)
		result = stream_submit_point(stream, &record->task, &point);
	if (!result) {
		struct fence old;

		capture_event_forget(event);
		pthread_mutex_lock(&event->lock);
		old = event->point;
		event->point = point;
		pthread_mutex_unlock(&event->lock);
		fence_drop(&old);
	}
	pthread_mutex_unlock(&event->recording);
	return result;
}

struct fence event_point(struct event *event)
{
	struct fence point;

	pthread_mutex_lock(&event->lock);
	point = fence_copy(&event->point);
	pthread_mutex_unlock(&event->lock);
	return point;
}

/* record() - in a capturing stream, and only there, it may be a node */
static CUresult record(struct event *event, struct stream *stream, unsigned int flags)
{
	bool external = flags & CU_EVENT_RECORD_EXTERNAL;

	if (event->context != stream->context)
		return CUDA_ERROR_INVALID_HANDLE;
	if (flags & ~(unsigned int)CU_EVENT_RECORD_EXTERNAL)
		return CUDA_ERROR_INVALID_VALUE;
	if (capture_active(stream))
		return capture_record(event, stream, external);
	return external ? CUDA_ERROR_INVALID_VALUE : event_record(event, stream);
}

CUresult cuEventRecordWithFlags(CUevent hEvent, CUstream hStream, unsigned int flags)
{
	struct stream *stream;
	struct event *event;
	CUresult result = stream_resolve(hStream, &stream);

	if (result)
		return result;
	event = event_get(hEvent);
	result = event ? record(event, stream, flags) : CUDA_ERROR_INVALID_HANDLE;
	if (event)
		handle_put(&event->handle);
	stream_put(stream);
	return result;
}

CUresult cuEventRecord(CUevent hEvent, CUstream hStream)
{
	return cuEventRecordWithFlags(hEvent, hStream, CU_EVENT_RECORD_DEFAULT);
}

/* find() - the checks of the calls that need no stream; @event comes with a reference */
static CUresult find(CUevent value, struct event **event)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	*event = event_get(value);
	if (!*event)
		return CUDA_ERROR_INVALID_HANDLE;
	result = context_status((*event)->context);
	if (!result)
		result = capture_forbids_event(*event);
	if (result)
		handle_put(&(*event)->handle);
	return result;
}

CUresult cuEventQuery(CUevent hEvent)
{
	struct event *event;
	struct fence point;
	CUresult result = find(hEvent, &event);

	if (result)
		return result;
	point = event_point(event);
	if (event->shared ? !event_shared_done(event) : !fence_done(&point))
		result = CUDA_ERROR_NOT_READY;
	fence_drop(&point);
	handle_put(&event->handle);
	return result;
}

CUresult cuEventSynchronize(CUevent hEvent)
{
	struct event *event;
	struct fence point;
	CUresult result = find(hEvent, &event);

	if (result)
		return result;
	point = event_point(event);
	if (event->shared)
		event_shared_wait(event);
	else
		fence_wait(&point);
	fence_drop(&point);
	result = context_status(event->context);
	handle_put(&event->handle);
	return result;
}

/* read_clock() - when an event happened */
static CUresult read_clock(struct event *event, uint64_t *time_ns)
{
	struct fence point = event_point(event);
	CUresult result = CUDA_SUCCESS;

	if (event->flags & CU_EVENT_DISABLE_TIMING || !point.stream)
		result = CUDA_ERROR_INVALID_HANDLE;
	else if (!fence_done(&point))
		result = CUDA_ERROR_NOT_READY;
	fence_drop(&point);
	pthread_mutex_lock(&event->lock);
	*time_ns = event->time_ns;
	pthread_mutex_unlock(&event->lock);
	return result;
}

CUresult cuEventElapsedTime_v2(float *pMilliseconds, CUevent hStart, CUevent hEnd)
{
	struct event *start, *end;
	uint64_t from, to;
	CUresult result = find(hStart, &start);

	if (result)
		return result;
	result = find(hEnd, &end);
	if (result)
		goto out_start;
	if (!pMilliseconds)
		result = CUDA_ERROR_INVALID_VALUE;
	else if (start->context != end->context)
		result = CUDA_ERROR_INVALID_HANDLE;
	if (!result)
		result = read_clock(start, &from);
	if (!result)
		result = read_clock(end, &to);
	if (!result)
		*pMilliseconds = (float)((double)(int64_t)(to - from) / 1e6);
	handle_put(&end->handle);
out_start:
	handle_put(&start->handle);
	return result;
}

CUresult cuEventElapsedTime(float *pMilliseconds, CUevent hStart, CUevent hEnd)
{
	return cuEventElapsedTime_v2(pMilliseconds, hStart, hEnd);
}

CUresult event_submit_wait(struct event *event, struct stream *stream)
{
	if (event->shared)
		return event_shared_submit_wait(event, stream);
	return stream_submit_wait(stream, event_point(event));
}

CUresult cuStreamWaitEvent(CUstream hStream, CUevent hEvent, unsigned int Flags)
{
	struct stream *stream;
	struct event *event;
	CUresult result = stream_resolve(hStream, &stream);

	if (result)
		return result;
	event = event_get(hEvent);
	if (!event)
		result = CUDA_ERROR_INVALID_HANDLE;
	else if (Flags & ~(unsigned int)CU_EVENT_WAIT_EXTERNAL)
		result = CUDA_ERROR_INVALID_VALUE;
	else if (!capture_wait(stream, event, Flags & CU_EVENT_WAIT_EXTERNAL, &result))
		result = Flags ? CUDA_ERROR_INVALID_VALUE : event_submit_wait(event, stream);
	if (event)
		handle_put(&event->handle);
	stream_put(stream);
	return result;
}
