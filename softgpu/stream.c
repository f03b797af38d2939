/* SPDX-License-Identifier: MIT */
/*
 * stream.c - queues of work, and who does it
 *
 * Every stream counts the tasks it was given and the tasks it has completed.  A
 * fence is a stream and a number: "when this many are completed".  All ordering is said with
 * fences: an event is one, waiting for an event is a task with one, and the rules of the
 * legacy default stream are fences taken when a task is submitted (a task in it waits
 * for what all blocking streams were given before; a task in a blocking stream waits for
 * what it was given before).  A fence is always about something submitted earlier, so
 * there are no cycles and nothing deadlocks.
 *
 * The first task of a stream is run by whoever is there: the stream's own thread, which is
 * started by the first asynchronous task, or a thread that waits for the stream and would
 * otherwise sleep.  So a program that only makes synchronous calls has no second thread and
 * pays no wake-up.
 *
 * One lock for all queues; it is never held while a task runs.  Threads are detached and never
 * joined: at exit the process ends under them, and a stream holds everything a thread
 * touches until that thread has left.
 */
#include "softgpu/stream.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "softgpu/capture.h"
#include "softgpu/driver.h"

static pthread_mutex_t work_lock = PTHREAD_MUTEX_INITIALIZER;	/* of all queues */
static unsigned long long last_id;				/* under work_lock */
static uint64_t last_order;					/* under work_lock */

static void stream_destroy(struct handle *handle)
{
	struct stream *stream = CONTAINER_OF(handle, struct stream, handle);
	struct context *context = stream->context;

	pthread_cond_destroy(&stream->changed);
	context_put(stream->green);
	context_put(context);
	free(stream);
}

struct stream *stream_new(struct context *context, unsigned int flags, int priority)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;
	handle_init(&stream->handle, HANDLE_STREAM, context, stream_destroy);
	stream->context = handle_ref(&context->handle);
	stream->flags = flags;
	stream->priority = priority;
	stream->sync_policy = CU_SYNC_POLICY_AUTO;
	pthread_cond_init(&stream->changed, NULL);
	pthread_mutex_lock(&work_lock);
	stream->id = ++last_id;
	pthread_mutex_unlock(&work_lock);
	return stream;
}

struct stream *stream_new_in(struct context *context, struct context *green, unsigned int flags,
			     int priority)
{
	struct stream *stream = stream_new(context, flags, priority);

	if (stream && green)
		stream->green = handle_ref(&green->handle);
	return stream;
}

void stream_close(struct stream *stream)
{
	pthread_mutex_lock(&work_lock);
	__atomic_store_n(&stream->closing, true, __ATOMIC_RELAXED);
	pthread_cond_broadcast(&stream->changed);
	pthread_mutex_unlock(&work_lock);
	/* Afterwards, so that nobody begins another capture in it. */
	capture_stream_forget(stream);
	stream_put(stream);
}

bool stream_new_legacy(struct context *context)
{
	struct context *owner = context->parent ? context->parent : context;
	struct stream *stream = stream_new_in(owner, context->parent ? context : NULL, 0,
					      STREAM_PRIORITY_LEAST);

	if (!stream)
		return false;
	pthread_mutex_lock(&work_lock);
	stream->legacy = true;
	context->legacy = stream;
	pthread_mutex_unlock(&work_lock);
	return true;
}

struct stream *stream_legacy(struct context *context)
{
	struct stream *stream;

	pthread_mutex_lock(&work_lock);
	stream = context->legacy;
	if (stream)
		handle_ref(&stream->handle);
	pthread_mutex_unlock(&work_lock);
	return stream;
}

void stream_close_legacy(struct context *context)
{
	struct stream *stream;

	pthread_mutex_lock(&work_lock);
	stream = context->legacy;
	context->legacy = NULL;
	pthread_mutex_unlock(&work_lock);
	if (stream)
		stream_close(stream);
}

static bool reached(const struct fence *fence)
{
	return !fence->stream || fence->stream->completed >= fence->ticket;
}

static bool ready(const struct task *task)
{
	for (size_t i = 0; i < task->fence_count; i++)
		if (!reached(&task->fences[i]))
			return false;
	return reached(&task->wait);
}

/* begin_work(), end_work() - a stream gets its first task, has completed its last; under the lock */
static void begin_work(struct stream *stream)
{
	struct stream *next = stream->context->working;

	stream->next_working = next;
	stream->link_working = &stream->context->working;
	if (next)
		next->link_working = &stream->next_working;
	stream->context->working = stream;
}

static void end_work(struct stream *stream)
{
	*stream->link_working = stream->next_working;
	if (stream->next_working)
		stream->next_working->link_working = stream->link_working;
	stream->last = NULL;
}

/* finish() - take the first task off its queue; under the lock, which is let go for task->free() */
static void finish(struct stream *stream, struct task *task)
{
	stream->first = task->next;
	if (!stream->first)
		end_work(stream);
	stream->completed = task->ticket;
	stream->busy = false;
	pthread_cond_broadcast(&stream->changed);
	pthread_mutex_unlock(&work_lock);
	for (size_t i = 0; i < task->fence_count; i++)
		fence_drop(&task->fences[i]);
	free(task->fences);
	fence_drop(&task->wait);
	task->free(task);
	pthread_mutex_lock(&work_lock);
}

static void execute(struct stream *stream, struct task *task)
{
	struct context *context = stream->context;
	CUresult error = __atomic_load_n(&context->sticky, __ATOMIC_ACQUIRE);

	if (error) {
		if (task->skip)
			task->skip(task, error);
	} else if (task->run) {
		error = task->run(task);
		if (error)
			context_fail(context, error);
	}
}

static void wait_fence(const struct fence *fence);

/* step() - do the first task, which nobody is at; under the lock */
static void step(struct stream *stream)
{
	struct task *task = stream->first;

	stream->busy = true;
	for (size_t i = 0; i < task->fence_count; i++)
		wait_fence(&task->fences[i]);
	wait_fence(&task->wait);
	if (task->run || task->skip) {
		pthread_mutex_unlock(&work_lock);
		execute(stream, task);
		pthread_mutex_lock(&work_lock);
	}
	finish(stream, task);
}

/* wait_fence() - help the stream along until it has got there; under the lock */
static void wait_fence(const struct fence *fence)
{
	struct stream *stream = fence->stream;

	while (!reached(fence)) {
		if (stream->first && !stream->busy)
			step(stream);
		else
			pthread_cond_wait(&stream->changed, &work_lock);
	}
}

static void *stream_thread(void *argument)
{
	struct stream *stream = argument;

	pthread_mutex_lock(&work_lock);
	while (stream->first || !stream->closing) {
		if (stream->first && !stream->busy)
			step(stream);
		else
			pthread_cond_wait(&stream->changed, &work_lock);
	}
	stream->threaded = false;
	pthread_mutex_unlock(&work_lock);
	stream_put(stream);
	return NULL;
}

/* start_thread() - signals are for the program's own threads.  Under the lock */
static void start_thread(struct stream *stream)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	pthread_t thread;

	handle_ref(&stream->handle);
	sigfillset(&all);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	stream->threaded = !pthread_create(&thread, &attributes, stream_thread, stream);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	if (!stream->threaded)	/* not the last one: the caller has one too */
		handle_put(&stream->handle);
}

/* hand_over() - to the stream's thread; if there can be none, do it now.  Under the lock */
static void hand_over(struct stream *stream, const struct task *task)
{
	struct fence fence = { .stream = stream, .ticket = task->ticket };

	if (!stream->threaded)
		start_thread(stream);
	if (stream->threaded)
		pthread_cond_broadcast(&stream->changed);
	else
		wait_fence(&fence);
}

static struct fence mark(struct stream *stream)
{
	handle_ref(&stream->handle);
	return (struct fence){ .stream = stream, .ticket = stream->submitted };
}

static bool is_idle(const struct stream *stream)
{
	return stream->completed == stream->submitted;
}

/*
 * must_wait() - is a task of @stream behind those of @other, by the rules of the default stream or
 * because one of the two has its place?
 */
static bool must_wait(const struct stream *stream, const struct stream *other)
{
	if (other == stream || is_idle(other) || other->green != stream->green)
		return false;
	if (stream->place == STREAM_LAST || other->place == STREAM_FIRST)
		return true;
	if (stream->legacy)
		return !(other->flags & CU_STREAM_NON_BLOCKING);
	return other->legacy && !(stream->flags & CU_STREAM_NON_BLOCKING);
}

/* order() - take the fences the default stream's rules ask for; under the lock */
static bool order(struct stream *stream, struct fence **fences, size_t *fence_count)
{
	struct stream *other;
	size_t count = 0;

	*fences = NULL;
	*fence_count = 0;
	for (other = stream->context->working; other; other = other->next_working)
		count += must_wait(stream, other);
	if (!count)
		return true;
	*fences = calloc(count, sizeof(**fences));
	if (!*fences)
		return false;
	for (other = stream->context->working; other; other = other->next_working)
		if (must_wait(stream, other))
			(*fences)[(*fence_count)++] = mark(other);
	return true;
}

/* enqueue() - under the lock.  Return: an error and nothing has happened */
static CUresult enqueue(struct stream *stream, struct task *task)
{
	if (!__atomic_load_n(&stream->context->alive, __ATOMIC_ACQUIRE))
		return CUDA_ERROR_CONTEXT_IS_DESTROYED;
	if (!order(stream, &task->fences, &task->fence_count))
		return CUDA_ERROR_OUT_OF_MEMORY;
	task->next = NULL;
	task->ticket = ++stream->submitted;
	task->order = ++last_order;
	if (stream->first) {
		stream->last->next = task;
	} else {
		begin_work(stream);
		stream->first = task;
	}
	stream->last = task;
	return CUDA_SUCCESS;
}

static CUresult refuse(struct task *task, CUresult result)
{
	fence_drop(&task->wait);
	task->free(task);
	return result;
}

/* submit() - @point may be NULL */
static CUresult submit(struct stream *stream, struct task *task, struct fence *point)
{
	CUresult result;

	if (capture_takes(stream, task, point, &result))
		return result ? refuse(task, result) : CUDA_SUCCESS;
	pthread_mutex_lock(&work_lock);
	result = enqueue(stream, task);
	if (!result) {
		if (point)
			*point = mark(stream);
		if (task->instant && stream->first == task && ready(task))
			step(stream);
		else
			hand_over(stream, task);
	}
	pthread_mutex_unlock(&work_lock);
	return result ? refuse(task, result) : CUDA_SUCCESS;
}

CUresult stream_submit(struct stream *stream, struct task *task)
{
	return submit(stream, task, NULL);
}

CUresult stream_submit_point(struct stream *stream, struct task *task, struct fence *point)
{
	return submit(stream, task, point);
}

static void wait_free(struct task *task)
{
	free(task);
}

CUresult stream_submit_wait(struct stream *stream, struct fence fence)
{
	struct task *task = calloc(1, sizeof(*task));

	if (!task) {
		fence_drop(&fence);
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	task->free = wait_free;
	task->instant = true;
	task->wait = fence;
	return submit(stream, task, NULL);
}

CUresult stream_run(struct stream *stream, struct task *task)
{
	CUresult result;

	if (capture_takes(stream, task, true, &result))
		return refuse(task, result);
	pthread_mutex_lock(&work_lock);
	result = enqueue(stream, task);
	if (!result) {
		struct fence fence = { .stream = stream, .ticket = task->ticket };

		wait_fence(&fence);
	}
	pthread_mutex_unlock(&work_lock);
	return result ? refuse(task, result) : context_status(stream->context);
}

struct fence stream_mark(struct stream *stream)
{
	struct fence fence;

	pthread_mutex_lock(&work_lock);
	fence = mark(stream);
	pthread_mutex_unlock(&work_lock);
	return fence;
}

bool stream_done(struct stream *stream)
{
	struct stream *other;
	bool done;

	pthread_mutex_lock(&work_lock);
	done = is_idle(stream);
	for (other = stream->context->working; other && done && stream->legacy;
	     other = other->next_working)
		done = !must_wait(stream, other);
	pthread_mutex_unlock(&work_lock);
	return done;
}

/*
 * wait_streams() - wait for what the streams of a context were given so far: all of them, or
 * those that a synchronisation with the @legacy stream waits for; under the lock
 */
static void wait_streams(struct context *context, const struct stream *legacy)
{
	uint64_t limit = last_order;
	struct stream *other;
	struct fence fence;

	for (;;) {
		for (other = context->working; other; other = other->next_working)
			if (other->first->order <= limit &&
			    (!legacy || must_wait(legacy, other)))
				break;
		if (!other)
			return;
		fence = mark(other);
		fence.ticket = other->first->ticket;
		wait_fence(&fence);
		pthread_mutex_unlock(&work_lock);
		fence_drop(&fence);
		pthread_mutex_lock(&work_lock);
	}
}

void stream_synchronize(struct stream *stream)
{
	struct fence fence;

	pthread_mutex_lock(&work_lock);
	fence = (struct fence){ .stream = stream, .ticket = stream->submitted };
	if (stream->legacy)
		wait_streams(stream->context, stream);
	wait_fence(&fence);
	pthread_mutex_unlock(&work_lock);
}

void stream_synchronize_context(struct context *context)
{
	pthread_mutex_lock(&work_lock);
	wait_streams(context, NULL);
	pthread_mutex_unlock(&work_lock);
}

bool fence_done(const struct fence *fence)
{
	bool done;

	pthread_mutex_lock(&work_lock);
	done = reached(fence);
	pthread_mutex_unlock(&work_lock);
	return done;
}

void fence_wait(const struct fence *fence)
{
	pthread_mutex_lock(&work_lock);
	wait_fence(fence);
	pthread_mutex_unlock(&work_lock);
}

struct fence fence_copy(const struct fence *fence)
{
	if (fence->stream)
		handle_ref(&fence->stream->handle);
	return *fence;
}

void fence_drop(struct fence *fence)
{
	stream_put(fence->stream);
	fence->stream = NULL;
}
