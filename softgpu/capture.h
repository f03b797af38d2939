/* SPDX-License-Identifier: MIT */
/*
 * capture.h - streams whose work becomes nodes of a graph instead of being done
 *
 * All that is put into a stream goes through stream_submit() and its sisters, and there through
 * capture_takes(): a task that has a kind is its own node.  What is not a task, or means something
 * else while capturing (events, synchronisation, allocation, launches of graphs), asks here first.
 */
#ifndef SOFTGPU_CAPTURE_H
#define SOFTGPU_CAPTURE_H

#include "softgpu/api.h"

#include <stdbool.h>

struct context;
struct event;
struct exec;
struct stream;
struct task;

/**
 * struct capture - a capture sequence, over all streams that take part; under graph_lock()
 * @refs:	of streams and events
 * @thread:	that began it
 * @origin:	the stream in which it was begun and will end; NULL: it has ended
 * @invalid:	a rule was broken: it can only be ended
 * @given:	@graph is the program's, from cuStreamBeginCaptureToGraph()
 * @next:	in the list of those that have not ended
 */
struct capture {
	unsigned int refs;
	unsigned long long id;
	CUstreamCaptureMode mode;
	const void *thread;
	const struct stream *origin;
	struct graph *graph;
	bool invalid, given;
	struct capture *next;
};

/**
 * struct frontier - the nodes that come before what is captured next, @data for the edges
 * @room:	of both arrays
 */
struct frontier {
	CUgraphNode *nodes;
	CUgraphEdgeData *data;
	size_t count, room;
};

/**
 * struct capturing - a stream's part in a capture, stream->capturing; under graph_lock()
 * @sibling:	in the list of all
 */
struct capturing {
	struct capture *capture;
	struct stream *stream;
	struct frontier frontier;
	struct capturing *sibling;
};

/* struct captured - an event's part, event->captured; under graph_lock() */
struct captured {
	struct capture *capture;
	struct frontier frontier;
};

/* Without graph_lock(): */

/* capture_active() - is a stream capturing, or was before its capture became invalid? */
bool capture_active(const struct stream *stream);

/**
 * capture_takes() - what stream.c asks before it queues a task
 * @waits:	the caller wants to know when it is done
 * @result:	if it is taken: CUDA_SUCCESS and the task is a node's, or what the call answers:
 *		CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, CUDA_ERROR_STREAM_CAPTURE_INVALIDATED,
 *		CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, CUDA_ERROR_OUT_OF_MEMORY
 *
 * Return: false: nothing captures here, the task is to be queued.
 */
bool capture_takes(struct stream *stream, struct task *task, bool waits, CUresult *result);

/**
 * capture_forbids() - what synchronisation and queries of a stream ask
 *
 * Return: CUDA_SUCCESS; CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED or _IMPLICIT, and the capture is
 * invalid.
 */
CUresult capture_forbids(struct stream *stream);

/* capture_forbids_context() - the same for all streams of a context */
CUresult capture_forbids_context(const struct context *context);

/* capture_forbids_event() - the same for an event: CUDA_ERROR_CAPTURED_EVENT */
CUresult capture_forbids_event(struct event *event);

/**
 * capture_unsafe() - what calls ask that no graph would repeat, such as cuMemAlloc
 *
 * Return: CUDA_SUCCESS; CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, and the captures that forbid it
 * to this thread are invalid (cuda.h, cuThreadExchangeStreamCaptureMode).
 */
CUresult capture_unsafe(void);

/* capture_record() - an event in a capturing stream; @external: a node */
CUresult capture_record(struct event *event, struct stream *stream, bool external);

/**
 * capture_wait() - cuStreamWaitEvent, if stream or event is part of a capture
 *
 * Return: false: neither is.
 */
bool capture_wait(struct stream *stream, struct event *event, bool external, CUresult *result);

/* capture_event_forget() - the event was recorded again, outside, or ends */
void capture_event_forget(struct event *event);

/* capture_stream_forget() - the stream ends */
void capture_stream_forget(struct stream *stream);

/* capture_alloc(), capture_free() - cuMemAllocAsync and cuMemFreeAsync in a capturing stream */
CUresult capture_alloc(struct stream *stream, size_t bytes, CUdeviceptr *out);
CUresult capture_free(struct stream *stream, CUdeviceptr address);

/* capture_launch() - cuGraphLaunch in a capturing stream: a child graph */
CUresult capture_launch(struct stream *stream, struct exec *exec);

/* With graph_lock(), among the files of capture: */

/* capturing_new() - a stream takes part from now on; NULL: no memory */
struct capturing *capturing_new(struct stream *stream, struct capture *capture);

/* capturing_drop() - and no more */
void capturing_drop(struct capturing *capturing);

/* capturing_next() - all of them, from NULL to NULL */
struct capturing *capturing_next(const struct capturing *capturing);

void capture_invalidate(struct capture *capture);
void capture_put(struct capture *capture);

/* capture_begin() - NULL: no memory.  capture_end(): it has no origin any more */
struct capture *capture_begin(struct stream *stream, CUstreamCaptureMode mode, struct graph *given);
void capture_end(struct capture *capture);

/* capture_thread() - something that is different in every thread */
const void *capture_thread(void);

/* capture_implicit() - a blocking stream captures in the context of this legacy stream, or NULL */
struct capturing *capture_implicit(const struct stream *stream);

/* capture_node() - a new node behind the frontier, which it becomes; NULL: no memory */
struct node *capture_node(struct capturing *capturing, CUgraphNodeType type);

/* frontier_add() - unless it is there; @data may be NULL.  false: no memory */
bool frontier_add(struct frontier *frontier, CUgraphNode node, const CUgraphEdgeData *data);
bool frontier_add_all(struct frontier *to, const struct frontier *from);
void frontier_clear(struct frontier *frontier);

/* capture_mode() - of the calling thread */
CUstreamCaptureMode *capture_mode(void);

#endif /* SOFTGPU_CAPTURE_H */
