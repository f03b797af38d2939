/* SPDX-License-Identifier: MIT */
/* capture_event.c - events in captures: how a capture goes over to other streams and comes back */
#include <stdlib.h>

#include "softgpu/capture.h"
#include "softgpu/event.h"
#include "softgpu/graph.h"
#include "softgpu/stream.h"
#include "softgpu/work.h"

/* forget() - with graph_lock() */
static void forget(struct event *event)
{
	struct captured *captured = event->captured;

	if (!captured)
		return;
	__atomic_store_n(&event->captured, NULL, __ATOMIC_RELEASE);
	frontier_clear(&captured->frontier);
	capture_put(captured->capture);
	free(captured);
}

void capture_event_forget(struct event *event)
{
	if (!__atomic_load_n(&event->captured, __ATOMIC_ACQUIRE))
		return;
	graph_lock();
	forget(event);
	graph_unlock();
}

CUresult capture_forbids_event(struct event *event)
{
	CUresult result = CUDA_SUCCESS;

	if (!__atomic_load_n(&event->captured, __ATOMIC_ACQUIRE))
		return CUDA_SUCCESS;
	graph_lock();
	if (event->captured) {
		capture_invalidate(event->captured->capture);
		result = CUDA_ERROR_CAPTURED_EVENT;
	}
	graph_unlock();
	return result;
}

/* add_node() - that records or waits */
static CUresult add_node(struct capturing *capturing, CUgraphNodeType type, struct event *event)
{
	CUgraphNodeParams params = { .type = type };
	struct task *work;
	struct node *node;
	CUresult result;

	if (type == CU_GRAPH_NODE_TYPE_WAIT_EVENT)
		params.eventWait.event = (CUevent)event;
	else
		params.eventRecord.event = (CUevent)event;
	result = work_new(&params, &work);
	if (result)
		return result;
	node = capture_node(capturing, type);
	if (!node) {
		work_put(work);
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	node->work = work;
	return CUDA_SUCCESS;
}

/* take_along() - the event stands for the frontier of the stream */
static CUresult take_along(struct capturing *capturing, struct event *event)
{
	struct captured *captured = calloc(1, sizeof(*captured));

	if (!captured)
		return CUDA_ERROR_OUT_OF_MEMORY;
	if (!frontier_add_all(&captured->frontier, &capturing->frontier)) {
		frontier_clear(&captured->frontier);
		free(captured);
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	forget(event);
	captured->capture = capturing->capture;
	captured->capture->refs++;
	__atomic_store_n(&event->captured, captured, __ATOMIC_RELEASE);
	return CUDA_SUCCESS;
}

CUresult capture_record(struct event *event, struct stream *stream, bool external)
{
	struct capturing *capturing;
	CUresult result;

	graph_lock();
	capturing = stream->capturing;
	if (!capturing)
		result = CUDA_ERROR_ILLEGAL_STATE;
	else if (capturing->capture->invalid)
		result = CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
	else if (external)
		result = add_node(capturing, CU_GRAPH_NODE_TYPE_EVENT_RECORD, event);
	else
		result = take_along(capturing, event);
	graph_unlock();
	return result;
}

/* outside() - a capturing stream waits for an event that was not captured */
static CUresult outside(struct capturing *capturing, struct event *event, bool external)
{
	if (capturing->capture->invalid)
		return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
	if (external)
		return add_node(capturing, CU_GRAPH_NODE_TYPE_WAIT_EVENT, event);
	capture_invalidate(capturing->capture);
	return CUDA_ERROR_STREAM_CAPTURE_ISOLATION;
}

/* join() - a stream waits for a captured event */
static CUresult join(struct stream *stream, struct captured *captured)
{
	struct capture *capture = captured->capture;
	struct capturing *capturing = stream->capturing;

	if (!capture->origin)
		return CUDA_ERROR_CAPTURED_EVENT;
	if (capture->invalid || (capturing && capturing->capture->invalid))
		return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
	if (capturing && capturing->capture != capture) {
		capture_invalidate(capturing->capture);
		capture_invalidate(capture);
		return CUDA_ERROR_STREAM_CAPTURE_MERGE;
	}
	if (stream->legacy) {
		capture_invalidate(capture);
		return CUDA_ERROR_STREAM_CAPTURE_IMPLICIT;
	}
	if (!capturing)
		capturing = capturing_new(stream, capture);
	return capturing && frontier_add_all(&capturing->frontier, &captured->frontier) ?
		       CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

bool capture_wait(struct stream *stream, struct event *event, bool external, CUresult *result)
{
	bool part = true;

	if (!capture_active(stream) && !__atomic_load_n(&event->captured, __ATOMIC_ACQUIRE))
		return false;
	graph_lock();
	if (external && stream->capturing)
		*result = outside(stream->capturing, event, true);
	else if (event->captured)
		*result = join(stream, event->captured);
	else if (stream->capturing)
		*result = outside(stream->capturing, event, false);
	else
		part = false;
	graph_unlock();
	return part;
}
