/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * Faces qcu-device/worker/capture.c.  A stream that captures is the host's driver's
 * affair: it sees the same calls and makes nodes of them.  Three things differ here
 * while a stream captures:
 *
 *	errors		every call waits for its reply (remote.c)
 *	host memory	a captured copy reads and writes the program's memory when
 *			the graph runs, so pageable memory is shared with the host
 *			instead of going through the command or staging (copy.c)
 *	the graph	nobody named it: it gets a lent name (loan.h)
 *
 * Which capture a copy belongs to is not known here, for a stream may have joined
 * one through an event.  So every graph that comes of a capture keeps all that was
 * shared since no stream was capturing.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "qcu-library/cuda/capture.h"
#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/graph.h"
#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/loan.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"
#include "qcu-library/cuda/stream.h"

static _Atomic int capturing;	/* captures that have begun and not ended */

/* Guards @pending, and the lists below. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct holds pending;

bool capture_is_on(void)
{
	return atomic_load_explicit(&capturing, memory_order_relaxed);
}

bool capture_of(CUstream stream)
{
	CUstreamCaptureStatus status;

	return capture_is_on() && cuStreamIsCapturing(stream, &status) == CUDA_SUCCESS &&
	       status == CU_STREAM_CAPTURE_STATUS_ACTIVE;
}

CUresult capture_keep(struct holds *holds)
{
	CUresult rc;

	pthread_mutex_lock(&lock);
	rc = holds_copy(&pending, holds);
	pthread_mutex_unlock(&lock);
	holds_bury(holds, false);
	return rc;
}

/*
 * struct dependencies - the data of a stream's handle: what cuStreamGetCaptureInfo() last said, and
 * whether a capture has begun in it that has not ended
 */
struct dependencies {
	CUgraphNode *nodes;
	CUgraphEdgeData *data;
	_Atomic bool begun;
};

/* A capture ends with its stream.  What it shared goes with the capture that ends next. */
static void dependencies_finish(struct dependencies *dependencies)
{
	if (dependencies->begun)
		atomic_fetch_sub_explicit(&capturing, 1, memory_order_relaxed);
	free(dependencies->nodes);
	free(dependencies->data);
}

static void dependencies_destroy(void *dependencies)
{
	dependencies_finish(dependencies);
	free(dependencies);
}

/* The thread's own default stream is one stream of many, and no object here. */
static __thread struct dependencies own;

void capture_thread_ends(void)
{
	dependencies_finish(&own);
	own = (struct dependencies){ 0 };
}

static struct dependencies *dependencies_of(CUstream stream)
{
	struct dependencies *made, *kept;

	if (handle_is_special((uint64_t)stream))
		return &own;
	made = calloc(1, sizeof(*made));
	kept = made ? handle_set_data((uint64_t)stream, made, dependencies_destroy) : NULL;
	if (kept != made)
		free(made);
	return kept;
}

static CUresult began(CUresult rc, CUstream stream)
{
	struct dependencies *dependencies;

	if (rc != CUDA_SUCCESS)
		return rc;
	atomic_fetch_add_explicit(&capturing, 1, memory_order_relaxed);
	dependencies = dependencies_of(stream);
	if (dependencies)
		dependencies->begun = true;
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuStreamBeginCapture_v2(CUstream hStream, CUstreamCaptureMode mode)
{
	return began(send_cuStreamBeginCapture_v2(hStream, mode), hStream);
}

CUresult CUDAAPI cuStreamBeginCaptureToGraph(CUstream hStream, CUgraph hGraph,
					     const CUgraphNode *dependencies,
					     const CUgraphEdgeData *dependencyData,
					     size_t numDependencies, CUstreamCaptureMode mode)
{
	return began(send_cuStreamBeginCaptureToGraph(hStream, hGraph, dependencies, dependencyData,
						      numDependencies, mode),
		     hStream);
}

/* The capture of a stream has ended, and its graph is @graph, or there is none. */
static CUresult ended(CUstream stream, uint64_t graph)
{
	struct dependencies *dependencies = dependencies_of(stream);
	bool counted = !dependencies || atomic_exchange(&dependencies->begun, false);
	CUresult rc = CUDA_SUCCESS;

	pthread_mutex_lock(&lock);
	if (graph)
		rc = graph_keep_copy(graph, &pending);
	if (counted && atomic_fetch_sub_explicit(&capturing, 1, memory_order_relaxed) == 1)
		holds_bury(&pending, false);
	pthread_mutex_unlock(&lock);
	holds_sweep();
	return rc;
}

/* Did the call end the capture, though it failed?  (CUDA Driver API, cuStreamEndCapture; H200) */
static bool has_ended(CUresult rc)
{
	return rc == CUDA_SUCCESS || rc == CUDA_ERROR_STREAM_CAPTURE_INVALIDATED ||
	       rc == CUDA_ERROR_STREAM_CAPTURE_UNJOINED ||
	       rc == CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD;
}

CUresult CUDAAPI cuStreamEndCapture(CUstream hStream, CUgraph *phGraph)
{
	CUresult rc = context_check();
	struct loan loan;
	uint64_t graph = 0;
	int result;

	if (rc == CUDA_SUCCESS)
		rc = stream_check(hStream);
	if (rc != CUDA_SUCCESS)
		return rc;
	if (!phGraph)
		return CUDA_ERROR_INVALID_VALUE;
	rc = loan_init(&loan, KIND_CUgraph, 0, 1);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = send_capture_end(hStream, loan.names[0], &graph, &result);
	if (rc == CUDA_SUCCESS)
		rc = result;
	loan_finish(&loan, graph == loan.names[0]);
	if (capture_is_on() && has_ended(rc)) {
		CUresult kept = ended(hStream, rc == CUDA_SUCCESS ? graph : 0);

		rc = rc == CUDA_SUCCESS ? kept : rc;
	}
	*phGraph = rc == CUDA_SUCCESS ? (CUgraph)graph : NULL;
	return rc;
}

/* Ask for up to @capacity of the nodes that the stream depends on. */
static CUresult ask(CUstream stream, bool with_data, uint32_t capacity, struct wire_capture *info,
		    struct dependencies *found)
{
	struct loan of_graph, loan;
	CUresult rc = loan_init(&of_graph, KIND_CUgraph, 0, 1);
	uint64_t owner;

	if (rc != CUDA_SUCCESS)
		return rc;
	/* The graph must have its name before its nodes have theirs. */
	rc = send_capture_info(stream, with_data, of_graph.names[0], 0, NULL, info, NULL, NULL);
	owner = rc == CUDA_SUCCESS ? info->graph : 0;
	loan_finish(&of_graph, owner && owner == of_graph.names[0]);
	if (rc != CUDA_SUCCESS || !capacity || !info->total)
		return rc;
	if (capacity > info->total)
		capacity = info->total;
	found->nodes = calloc(capacity, sizeof(*found->nodes));
	found->data = calloc(capacity, sizeof(*found->data));
	rc = CUDA_ERROR_OUT_OF_MEMORY;
	if (found->nodes && found->data)
		rc = loan_init(&loan, KIND_CUgraphNode, owner, capacity);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = send_capture_info(stream, with_data, owner, capacity, loan.names, info,
			       (uint64_t *)found->nodes, found->data);
	loan_finish(&loan, rc == CUDA_SUCCESS ? info->used : 0);
	return rc;
}

CUresult CUDAAPI cuStreamGetCaptureInfo_v3(CUstream hStream,
					   CUstreamCaptureStatus *captureStatus_out,
					   cuuint64_t *id_out, CUgraph *graph_out,
					   const CUgraphNode **dependencies_out,
					   const CUgraphEdgeData **edgeData_out,
					   size_t *numDependencies_out)
{
	struct dependencies found = { 0 }, *kept;
	struct wire_capture info = { 0 };
	CUresult rc = context_check();

	if (rc == CUDA_SUCCESS)
		rc = stream_check(hStream);
	if (rc != CUDA_SUCCESS)
		return rc;
	if (!captureStatus_out || (edgeData_out && !dependencies_out))
		return CUDA_ERROR_INVALID_VALUE;
	rc = ask(hStream, edgeData_out || !dependencies_out, dependencies_out ? WIRE_MAX_NODES : 0,
		 &info, &found);
	pthread_mutex_lock(&lock);
	kept = rc == CUDA_SUCCESS ? dependencies_of(hStream) : NULL;
	if (kept) {
		struct dependencies old = { .nodes = kept->nodes, .data = kept->data };

		kept->nodes = found.nodes;
		kept->data = found.data;
		found = old;
	} else if (rc == CUDA_SUCCESS) {
		rc = CUDA_ERROR_OUT_OF_MEMORY;
	}
	pthread_mutex_unlock(&lock);
	free(found.nodes);
	free(found.data);
	if (rc != CUDA_SUCCESS)
		return rc;
	*captureStatus_out = (CUstreamCaptureStatus)info.status;
	if (info.status != CU_STREAM_CAPTURE_STATUS_ACTIVE)
		return CUDA_SUCCESS;
	if (id_out)
		*id_out = info.id;
	if (graph_out)
		*graph_out = (CUgraph)info.graph;
	if (dependencies_out)
		*dependencies_out = kept->nodes;
	if (edgeData_out)
		*edgeData_out = kept->data;
	if (numDependencies_out)
		*numDependencies_out = info.total;
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuStreamUpdateCaptureDependencies_v2(CUstream hStream, CUgraphNode *dependencies,
						      const CUgraphEdgeData *dependencyData,
						      size_t numDependencies, unsigned int flags)
{
	return send_cuStreamUpdateCaptureDependencies_v2(hStream, dependencies, dependencyData,
							 numDependencies, flags);
}

CUresult CUDAAPI cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode *mode)
{
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!mode)
		return CUDA_ERROR_INVALID_VALUE;
	return send_capture_mode(*mode, mode);
}
