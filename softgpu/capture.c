/* SPDX-License-Identifier: MIT */
/*
 * capture.c - capture sequences, and what they make of tasks
 *
 * A capturing stream has a frontier: the nodes that the next one will depend on.  A task that comes
 * becomes a node behind the frontier, and then is the frontier.  An event that is recorded
 * takes the frontier along; a stream that waits for it adds it to its own, and so joins the
 * capture if it was not part of it (capture_event.c).
 *
 * A call that breaks a rule makes the sequence invalid: its streams stay as they are, refusing
 * everything, until cuStreamEndCapture().
 */
#include "softgpu/capture.h"

#include <stdlib.h>

#include "softgpu/context.h"
#include "softgpu/graph.h"
#include "softgpu/graph_exec.h"
#include "softgpu/graph_memory.h"
#include "softgpu/stream.h"
#include "softgpu/work.h"

static struct capture *captures;		/* not ended; under graph_lock() */
static struct capturing *all_capturing;		/* under graph_lock() */
static unsigned int capturing_count;		/* atomic; changed under graph_lock() */
static unsigned long long last_id;		/* under graph_lock() */

CUstreamCaptureMode *capture_mode(void)
{
	static __thread CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_GLOBAL;

	return &mode;
}

const void *capture_thread(void)
{
	return capture_mode();
}

/* none() - nothing captures at all, which is nearly always and must cost nothing */
static bool none(void)
{
	return !__atomic_load_n(&capturing_count, __ATOMIC_ACQUIRE);
}

static bool frontier_grow(struct frontier *frontier)
{
	size_t room = frontier->room ? 2 * frontier->room : 4;
	CUgraphEdgeData *data;
	CUgraphNode *nodes;

	if (frontier->count < frontier->room)
		return true;
	nodes = realloc(frontier->nodes, room * sizeof(*nodes));
	if (!nodes)
		return false;
	frontier->nodes = nodes;
	data = realloc(frontier->data, room * sizeof(*data));
	if (!data)
		return false;
	frontier->data = data;
	frontier->room = room;
	return true;
}

bool frontier_add(struct frontier *frontier, CUgraphNode node, const CUgraphEdgeData *data)
{
	for (size_t i = 0; i < frontier->count; i++)
		if (frontier->nodes[i] == node)
			return true;
	if (!frontier_grow(frontier))
		return false;
	frontier->nodes[frontier->count] = node;
	frontier->data[frontier->count++] = data ? *data : (CUgraphEdgeData){ 0 };
	return true;
}

bool frontier_add_all(struct frontier *to, const struct frontier *from)
{
	for (size_t i = 0; i < from->count; i++)
		if (!frontier_add(to, from->nodes[i], &from->data[i]))
			return false;
	return true;
}

void frontier_clear(struct frontier *frontier)
{
	free(frontier->nodes);
	free(frontier->data);
	*frontier = (struct frontier){ 0 };
}

struct capturing *capturing_new(struct stream *stream, struct capture *capture)
{
	struct capturing *capturing;

	/* Another thread destroys it: stream_close() has been here, or will be and undo this. */
	if (__atomic_load_n(&stream->closing, __ATOMIC_RELAXED))
		return NULL;
	capturing = calloc(1, sizeof(*capturing));
	if (!capturing)
		return NULL;
	capturing->capture = capture;
	capturing->stream = stream;
	capturing->sibling = all_capturing;
	all_capturing = capturing;
	capture->refs++;
	__atomic_add_fetch(&capturing_count, 1, __ATOMIC_RELEASE);
	__atomic_store_n(&stream->capturing, capturing, __ATOMIC_RELEASE);
	return capturing;
}

void capturing_drop(struct capturing *capturing)
{
	struct capturing **link = &all_capturing;

	while (*link != capturing)
		link = &(*link)->sibling;
	*link = capturing->sibling;
	__atomic_store_n(&capturing->stream->capturing, NULL, __ATOMIC_RELEASE);
	__atomic_sub_fetch(&capturing_count, 1, __ATOMIC_RELEASE);
	frontier_clear(&capturing->frontier);
	capture_put(capturing->capture);
	free(capturing);
}

struct capturing *capturing_next(const struct capturing *capturing)
{
	return capturing ? capturing->sibling : all_capturing;
}

struct capture *capture_begin(struct stream *stream, CUstreamCaptureMode mode, struct graph *given)
{
	struct capture *capture = calloc(1, sizeof(*capture));

	if (!capture)
		return NULL;
	capture->refs = 1;
	capture->id = ++last_id;
	capture->mode = mode;
	capture->thread = capture_thread();
	capture->origin = stream;
	capture->given = given;
	capture->graph = given ? given : graph_new(NULL);
	capture->next = captures;
	captures = capture;
	if (capture->graph && capturing_new(stream, capture)) {
		capture->graph->capture = capture;
		capture_put(capture);	/* the stream has its own */
		return capture;
	}
	if (!given)
		graph_destroy(capture->graph);
	capture_end(capture);
	capture_put(capture);
	return NULL;
}

void capture_end(struct capture *capture)
{
	struct capture **link = &captures;

	while (*link != capture)
		link = &(*link)->next;
	*link = capture->next;
	capture->origin = NULL;
}

void capture_put(struct capture *capture)
{
	if (!--capture->refs)
		free(capture);
}

void capture_invalidate(struct capture *capture)
{
	capture->invalid = true;
}

bool capture_active(const struct stream *stream)
{
	return __atomic_load_n(&stream->capturing, __ATOMIC_ACQUIRE);
}

struct capturing *capture_implicit(const struct stream *stream)
{
	struct capturing *capturing = NULL;

	if (!stream->legacy)
		return NULL;
	while ((capturing = capturing_next(capturing)))
		if (capturing->stream->context == stream->context &&
		    !(capturing->stream->flags & CU_STREAM_NON_BLOCKING))
			break;
	return capturing;
}

/* forbid_implicit() - use of the legacy stream: all captures it would wait for are invalid */
static CUresult forbid_implicit(const struct stream *stream)
{
	struct capturing *capturing;
	CUresult result = CUDA_SUCCESS;

	if (!capture_implicit(stream))
		return CUDA_SUCCESS;
	for (capturing = all_capturing; capturing; capturing = capturing->sibling)
		if (capturing->stream->context == stream->context &&
		    !(capturing->stream->flags & CU_STREAM_NON_BLOCKING)) {
			capture_invalidate(capturing->capture);
			result = CUDA_ERROR_STREAM_CAPTURE_IMPLICIT;
		}
	return result;
}

CUresult capture_forbids(struct stream *stream)
{
	CUresult result;

	if (none())
		return CUDA_SUCCESS;
	graph_lock();
	result = forbid_implicit(stream);
	if (stream->capturing) {
		result = stream->capturing->capture->invalid ?
				 CUDA_ERROR_STREAM_CAPTURE_INVALIDATED :
				 CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
		capture_invalidate(stream->capturing->capture);
	}
	graph_unlock();
	return result;
}

CUresult capture_forbids_context(const struct context *context)
{
	CUresult result = CUDA_SUCCESS;

	if (none())
		return CUDA_SUCCESS;
	graph_lock();
	for (struct capturing *one = all_capturing; one; one = one->sibling)
		if (one->stream->context == context) {
			capture_invalidate(one->capture);
			result = CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
		}
	graph_unlock();
	return result;
}

/* prohibits() - does a capture keep the calling thread from unsafe calls? */
static bool prohibits(const struct capture *capture)
{
	switch (*capture_mode()) {
	case CU_STREAM_CAPTURE_MODE_RELAXED:
		return false;
	case CU_STREAM_CAPTURE_MODE_GLOBAL:
		if (capture->mode == CU_STREAM_CAPTURE_MODE_GLOBAL)
			return true;
		/* fall through */
	default:
		return capture->thread == capture_thread() &&
		       capture->mode != CU_STREAM_CAPTURE_MODE_RELAXED;
	}
}

CUresult capture_unsafe(void)
{
	CUresult result = CUDA_SUCCESS;

	if (none())
		return CUDA_SUCCESS;
	graph_lock();
	for (struct capture *capture = captures; capture; capture = capture->next)
		if (prohibits(capture)) {
			capture_invalidate(capture);
			result = CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
		}
	graph_unlock();
	return result;
}

struct node *capture_node(struct capturing *capturing, CUgraphNodeType type)
{
	struct frontier *frontier = &capturing->frontier;
	struct node *node = node_new(capturing->capture->graph, type);

	if (!node)
		return NULL;
	if (edges_connect(node, frontier->nodes, frontier->data, frontier->count)) {
		node_destroy(node);
		return NULL;
	}
	frontier->count = 0;
	if (frontier_add(frontier, (CUgraphNode)node, NULL))
		return node;
	node_destroy(node);
	return NULL;
}

static CUresult take(struct capturing *capturing, struct task *task, bool waits)
{
	struct capture *capture = capturing->capture;
	struct node *node;

	if (capture->invalid)
		return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
	node = task->kind && !waits ? capture_node(capturing, task->kind->type) : NULL;
	if (!node) {
		capture_invalidate(capture);
		return task->kind && !waits ? CUDA_ERROR_OUT_OF_MEMORY :
					      CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
	}
	node->work = work_adopt(task);
	return CUDA_SUCCESS;
}

bool capture_takes(struct stream *stream, struct task *task, bool waits, CUresult *result)
{
	bool taken = false;

	if (none())
		return false;
	graph_lock();
	if (stream->capturing) {
		*result = take(stream->capturing, task, waits);
		taken = true;
	} else {
		*result = forbid_implicit(stream);
		taken = *result;
	}
	graph_unlock();
	return taken;
}

void capture_stream_forget(struct stream *stream)
{
	struct capturing *capturing;
	struct capture *capture;

	graph_lock();
	capturing = stream->capturing;
	if (!capturing) {
		graph_unlock();
		return;
	}
	capture = capturing->capture;
	capture_invalidate(capture);
	if (capture->origin == stream) {
		capture->graph->capture = NULL;
		if (!capture->given)
			graph_destroy(capture->graph);
		capture_end(capture);
	}
	capturing_drop(capturing);
	graph_unlock();
}

/* enter() - with graph_lock(), if it succeeds; the capture is valid */
static CUresult enter(struct stream *stream, struct capturing **capturing)
{
	CUresult result = CUDA_SUCCESS;

	graph_lock();
	*capturing = stream->capturing;
	if (!*capturing)
		result = CUDA_ERROR_ILLEGAL_STATE;
	else if ((*capturing)->capture->invalid)
		result = CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
	if (result)
		graph_unlock();
	return result;
}

/* leave() - what could not be captured makes the capture invalid, and leaves no node */
static CUresult leave(struct capturing *capturing, struct node *node, CUresult result)
{
	if (result) {
		capture_invalidate(capturing->capture);
		capturing->frontier.count = 0;
		if (node)
			node_destroy(node);
	}
	graph_unlock();
	return result;
}

CUresult capture_alloc(struct stream *stream, size_t bytes, CUdeviceptr *out)
{
	CUDA_MEM_ALLOC_NODE_PARAMS_v2 params = {
		.poolProps = {
			.allocType = CU_MEM_ALLOCATION_TYPE_PINNED,
			.location = { .type = CU_MEM_LOCATION_TYPE_DEVICE,
				      .id = stream->context->device->ordinal },
		},
		.bytesize = bytes,
	};
	struct capturing *capturing;
	struct node *node;
	CUresult result = enter(stream, &capturing);

	if (result)
		return result;
	node = capture_node(capturing, CU_GRAPH_NODE_TYPE_MEM_ALLOC);
	result = node ? graph_memory_alloc(node, &params) : CUDA_ERROR_OUT_OF_MEMORY;
	if (!result)
		*out = params.dptr;
	return leave(capturing, node, result);
}

CUresult capture_free(struct stream *stream, CUdeviceptr address)
{
	struct capturing *capturing;
	struct node *node;
	CUresult result = enter(stream, &capturing);

	if (result)
		return result;
	node = capture_node(capturing, CU_GRAPH_NODE_TYPE_MEM_FREE);
	result = node ? graph_memory_free(node, address) : CUDA_ERROR_OUT_OF_MEMORY;
	return leave(capturing, node, result);
}

CUresult capture_launch(struct stream *stream, struct exec *exec)
{
	struct capturing *capturing;
	struct node *node = NULL;
	CUresult result = enter(stream, &capturing);

	if (result)
		return result;
	if (exec->graph->memory_nodes) {
		result = CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
	} else {
		node = capture_node(capturing, CU_GRAPH_NODE_TYPE_GRAPH);
		if (node)
			node->child = graph_copy(exec->graph, node);
		result = node && node->child ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
	}
	return leave(capturing, node, result);
}
