/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_STREAM_H
#define SOFTGPU_STREAM_H

#include "softgpu/api.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "softgpu/context.h"

/**
 * struct fence - a point in a stream: done when @stream has completed @ticket tasks
 * @stream: with a reference; NULL is a fence that is always done
 */
struct fence {
	struct stream *stream;
	uint64_t ticket;
};

struct task;

/**
 * struct task_kind - what a task is in a graph
 * @type:	of node
 * @describe:	fill in the part of @params for that type; what it points to lives as long
 *		as the task
 */
struct task_kind {
	CUgraphNodeType type;
	void (*describe)(const struct task *task, CUgraphNodeParams *params);
};

/**
 * struct task - a piece of work in a stream
 * @kind:	what it is as a node of a graph; NULL: there is no such node
 * @refs:	of a task that belongs to nodes instead of a queue; see work.h
 * @run:	does it, on whichever thread gets to it, no lock held.  What it returns
 *		other than CUDA_SUCCESS becomes sticky in the context.  NULL: nothing to do
 * @skip:	called instead of @run once the context has failed; may be NULL
 * @free:	frees the task and what it holds; no lock held
 * @wait:	if wait.stream is not NULL, the task waits for this too
 * @instant:	@run neither blocks nor takes time: the submitting thread may call it
 *
 * Set by stream_submit(), under the lock of stream.c:
 * @ticket:	its number in the stream
 * @order:	its number among all tasks of all streams
 * @fences:	what it waits for because of the default stream's rules
 */
struct task {
	const struct task_kind *kind;
	unsigned int refs;
	CUresult (*run)(struct task *task);
	void (*skip)(struct task *task, CUresult error);
	void (*free)(struct task *task);
	struct fence wait;
	bool instant;

	struct task *next;
	uint64_t ticket, order;
	struct fence *fences;
	size_t fence_count;
};

/**
 * struct stream - a queue of tasks
 * @context:	with a reference
 * @flags:	CU_STREAM_NON_BLOCKING or 0
 * @legacy:	it is the legacy default stream
 * @green:	the green context that it is of, with a reference, or NULL: the rules of default
 *		streams hold among those of one
 * @place:	of its tasks among those of the other streams of @green or @context
 * @sync_policy, @access_window: attributes that are only remembered
 * @capturing:	its part in a capture, or NULL; see capture.h
 *
 * Under the lock of stream.c:
 * @next_working, @link_working: in context->working while it has tasks: the next one, and what
 *		points here
 * @first, @last: the tasks not completed
 * @submitted, @completed: how many tasks ever
 * @busy:	some thread is working on the first task
 * @threaded:	it has a thread of its own, which has not seen its end
 * @closing:	the thread ends when there is nothing left
 * @changed:	a task came, a task was completed, or it is closing
 */
struct stream {
	struct handle handle;
	struct context *context;
	unsigned int flags;
	int priority;
	unsigned long long id;
	bool legacy;
	struct context *green;
	enum { STREAM_ANYWHERE, STREAM_LAST, STREAM_FIRST } place;
	CUsynchronizationPolicy sync_policy;
	CUaccessPolicyWindow access_window;
	struct capturing *capturing;

	struct stream *next_working, **link_working;
	struct task *first, *last;
	uint64_t submitted, completed;
	bool busy, threaded, closing;
	pthread_cond_t changed;
};

enum { STREAM_PRIORITY_LEAST = 0, STREAM_PRIORITY_GREATEST = -5 };

/* stream_new() - in a context's list; one reference for the caller.  NULL: no memory */
struct stream *stream_new(struct context *context, unsigned int flags, int priority);

/* stream_new_in() - the same in @green, if that is not NULL */
struct stream *stream_new_in(struct context *context, struct context *green, unsigned int flags,
			     int priority);

/* stream_new_legacy() - give a context its legacy default stream; false: no memory */
bool stream_new_legacy(struct context *context);

/* stream_create() - a program's: published.  Priorities out of range become the nearest that is */
CUresult stream_create(struct context *context, struct context *green, unsigned int flags,
		       int priority, CUstream *out);

/* stream_legacy() - the legacy default stream with a reference; NULL: the context is destroyed */
struct stream *stream_legacy(struct context *context);

/* stream_close_legacy() - when the context goes */
void stream_close_legacy(struct context *context);

/* stream_close() - no more work will come; what is queued is done.  Gives the reference back */
void stream_close(struct stream *stream);

/**
 * stream_resolve() - the stream a program means, in the current context
 * @value:	a handle, CU_STREAM_LEGACY (or 0) or CU_STREAM_PER_THREAD
 * @out:	it, with a reference
 *
 * Return: CUDA_SUCCESS; CUDA_ERROR_INVALID_HANDLE; context_enter()'s errors, those of the
 * stream's own context too; CUDA_ERROR_OUT_OF_MEMORY.
 */
CUresult stream_resolve(CUstream value, struct stream **out);

/**
 * stream_submit() - queue a task; it will be freed by task->free()
 *
 * In a capturing stream it becomes a node of a graph instead: capture_takes().
 *
 * Return: CUDA_SUCCESS, or an error and the task was freed without being run.
 */
CUresult stream_submit(struct stream *stream, struct task *task);

/* stream_submit_point() - and say where that is: a fence that is done when the task is done */
CUresult stream_submit_point(struct stream *stream, struct task *task, struct fence *point);

/* stream_submit_wait() - what comes after waits for @fence, which is taken over */
CUresult stream_submit_wait(struct stream *stream, struct fence fence);

/* stream_run() - queue a task and wait until it is done.  The context's error, if it has one */
CUresult stream_run(struct stream *stream, struct task *task);

/* stream_mark() - a fence behind everything submitted so far; takes a reference */
struct fence stream_mark(struct stream *stream);

/* stream_done() - is all work done that a synchronisation with this stream waits for? */
bool stream_done(struct stream *stream);

/* stream_synchronize() - wait until it is */
void stream_synchronize(struct stream *stream);

/* stream_synchronize_context() - wait for everything submitted in a context so far */
void stream_synchronize_context(struct context *context);

bool fence_done(const struct fence *fence);
void fence_wait(const struct fence *fence);

/* fence_copy(), fence_drop() - the reference to the stream */
struct fence fence_copy(const struct fence *fence);
void fence_drop(struct fence *fence);

static inline void stream_put(struct stream *stream)
{
	if (stream)
		handle_put(&stream->handle);
}

#endif /* SOFTGPU_STREAM_H */
