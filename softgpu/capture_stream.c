/* SPDX-License-Identifier: MIT */
/* capture_stream.c - cuStreamBeginCapture and its sisters */
#include <stdlib.h>

#include "softgpu/capture.h"
#include "softgpu/driver.h"
#include "softgpu/graph.h"
#include "softgpu/stream.h"

static CUstream own(CUstream stream)
{
	return stream ? stream : CU_STREAM_PER_THREAD;
}

/* nodes_of() - are these nodes of the graph? */
static bool nodes_of(const struct graph *graph, const CUgraphNode *nodes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct node *node = nodes ? node_find(nodes[i]) : NULL;

		if (!node || node->graph != graph)
			return false;
	}
	return true;
}

static bool set_frontier(struct frontier *frontier, const CUgraphNode *nodes,
			 const CUgraphEdgeData *data, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!frontier_add(frontier, nodes[i], data ? &data[i] : NULL))
			return false;
	return true;
}

/* begin() - with graph_lock(); @graph NULL: a new one */
static CUresult begin(struct stream *stream, struct graph *graph, const CUgraphNode *nodes,
		      const CUgraphEdgeData *data, size_t count, CUstreamCaptureMode mode)
{
	struct capture *capture;

	if (stream->legacy)
		return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
	if (stream->capturing)
		return CUDA_ERROR_ILLEGAL_STATE;
	if (graph && (graph->capture || !nodes_of(graph, nodes, count)))
		return CUDA_ERROR_INVALID_VALUE;
	capture = capture_begin(stream, mode, graph);
	if (!capture)
		return CUDA_ERROR_OUT_OF_MEMORY;
	if (set_frontier(&stream->capturing->frontier, nodes, data, count))
		return CUDA_SUCCESS;
	capture_invalidate(capture);
	return CUDA_ERROR_OUT_OF_MEMORY;
}

CUresult cuStreamBeginCapture_v2(CUstream hStream, CUstreamCaptureMode mode)
{
	struct stream *stream;
	CUresult result = stream_resolve(hStream, &stream);

	if (result)
		return result;
	graph_lock();
	result = (unsigned int)mode > CU_STREAM_CAPTURE_MODE_RELAXED ?
			 CUDA_ERROR_INVALID_VALUE : begin(stream, NULL, NULL, NULL, 0, mode);
	graph_unlock();
	stream_put(stream);
	return result;
}

CUresult cuStreamBeginCaptureToGraph(CUstream hStream, CUgraph hGraph,
				     const CUgraphNode *dependencies,
				     const CUgraphEdgeData *dependencyData, size_t numDependencies,
				     CUstreamCaptureMode mode)
{
	struct stream *stream;
	struct graph *graph;
	CUresult result = stream_resolve(hStream, &stream);

	if (result)
		return result;
	graph_lock();
	graph = graph_find(hGraph);
	result = !graph || (unsigned int)mode > CU_STREAM_CAPTURE_MODE_RELAXED ?
			 CUDA_ERROR_INVALID_VALUE :
			 begin(stream, graph, dependencies, dependencyData, numDependencies, mode);
	graph_unlock();
	stream_put(stream);
	return result;
}

/* all_reached() - by node->index: the frontiers of all streams of a capture? */
static bool all_reached(const struct capture *capture, const bool *reached)
{
	const struct capturing *one = NULL;

	while ((one = capturing_next(one))) {
		if (one->capture != capture)
			continue;
		for (size_t i = 0; i < one->frontier.count; i++) {
			const struct node *node = node_find(one->frontier.nodes[i]);

			if (node && !reached[node->index])
				return false;
		}
	}
	return true;
}

/* joined() - does all that other streams have captured come before the origin's end? */
static CUresult joined(const struct capturing *origin)
{
	const struct graph *graph = origin->capture->graph;
	struct node **nodes = calloc(graph->count + 1, sizeof(struct node *));
	bool *reached = calloc(graph->count + 1, sizeof(bool));
	CUresult result = CUDA_ERROR_OUT_OF_MEMORY;

	if (nodes && reached && graph_sort(graph, nodes)) {
		for (size_t i = 0; i < origin->frontier.count; i++) {
			const struct node *node = node_find(origin->frontier.nodes[i]);

			if (node)
				reached[node->index] = true;
		}
		for (size_t i = graph->count; i-- > 0;)
			for (size_t j = 0; reached[i] && j < nodes[i]->from.count; j++)
				reached[nodes[i]->from.at[j].node->index] = true;
		result = all_reached(origin->capture, reached) ?
				 CUDA_SUCCESS : CUDA_ERROR_STREAM_CAPTURE_UNJOINED;
	}
	free(nodes);
	free(reached);
	return result;
}

/* drop_streams() - none of a capture's streams captures any more */
static void drop_streams(const struct capture *capture)
{
	struct capturing *capturing = capturing_next(NULL);

	while (capturing) {
		struct capturing *next = capturing_next(capturing);

		if (capturing->capture == capture)
			capturing_drop(capturing);
		capturing = next;
	}
}

static CUresult end(struct stream *stream, struct graph **graph)
{
	struct capturing *capturing = stream->capturing;
	struct capture *capture;
	CUresult result = CUDA_SUCCESS;

	*graph = NULL;
	if (!capturing)
		return CUDA_ERROR_ILLEGAL_STATE;
	capture = capturing->capture;
	if (capture->origin != stream) {
		capture_invalidate(capture);
		return CUDA_ERROR_STREAM_CAPTURE_UNMATCHED;
	}
	if (capture->mode != CU_STREAM_CAPTURE_MODE_RELAXED && capture->thread != capture_thread())
		result = CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD;	/* ends it: so does an H200 */
	else if (capture->invalid)
		result = CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
	else
		result = joined(capturing);
	capture->graph->capture = NULL;
	if (!result)
		*graph = capture->graph;
	else if (!capture->given)
		graph_destroy(capture->graph);
	capture_end(capture);
	drop_streams(capture);
	return result;
}

CUresult cuStreamEndCapture(CUstream hStream, CUgraph *phGraph)
{
	struct stream *stream;
	struct graph *graph;
	CUresult result = stream_resolve(hStream, &stream);

	if (result)
		return result;
	graph_lock();
	result = phGraph ? end(stream, &graph) : CUDA_ERROR_INVALID_VALUE;
	if (phGraph)
		*phGraph = (CUgraph)graph;
	graph_unlock();
	stream_put(stream);
	return result;
}

static CUstreamCaptureStatus status_of(const struct stream *stream)
{
	if (!stream->capturing)
		return CU_STREAM_CAPTURE_STATUS_NONE;
	return stream->capturing->capture->invalid ? CU_STREAM_CAPTURE_STATUS_INVALIDATED :
						     CU_STREAM_CAPTURE_STATUS_ACTIVE;
}

static bool has_data(const struct frontier *frontier)
{
	for (size_t i = 0; i < frontier->count; i++)
		if (frontier->data[i].from_port || frontier->data[i].type)
			return true;
	return false;
}

/* struct info - where cuStreamGetCaptureInfo() answers; any may be NULL but @status */
struct info {
	CUstreamCaptureStatus *status;
	cuuint64_t *id;
	CUgraph *graph;
	const CUgraphNode **nodes;
	const CUgraphEdgeData **data;
	size_t *count;
};

static CUresult answer(const struct capturing *capturing, const struct info *to)
{
	if (to->nodes && !to->data && has_data(&capturing->frontier))
		return CUDA_ERROR_LOSSY_QUERY;
	if (to->id)
		*to->id = capturing->capture->id;
	if (to->graph)
		*to->graph = (CUgraph)capturing->capture->graph;
	if (to->nodes)
		*to->nodes = capturing->frontier.nodes;
	if (to->data)
		*to->data = capturing->frontier.data;
	if (to->count)
		*to->count = capturing->frontier.count;
	return CUDA_SUCCESS;
}

static CUresult get_info(CUstream hStream, const struct info *to)
{
	struct stream *stream;
	CUresult result = stream_resolve(hStream, &stream);

	if (result)
		return result;
	graph_lock();
	if (!to->status || (to->data && !to->nodes)) {
		result = CUDA_ERROR_INVALID_VALUE;
	} else if (capture_implicit(stream)) {
		result = CUDA_ERROR_STREAM_CAPTURE_IMPLICIT;
	} else {
		*to->status = status_of(stream);
		if (*to->status == CU_STREAM_CAPTURE_STATUS_ACTIVE)
			result = answer(stream->capturing, to);
	}
	graph_unlock();
	stream_put(stream);
	return result;
}

CUresult cuStreamIsCapturing(CUstream hStream, CUstreamCaptureStatus *captureStatus)
{
	return get_info(hStream, &(struct info){ .status = captureStatus });
}

CUresult cuStreamGetCaptureInfo_v3(CUstream hStream, CUstreamCaptureStatus *captureStatus_out,
				   cuuint64_t *id_out, CUgraph *graph_out,
				   const CUgraphNode **dependencies_out,
				   const CUgraphEdgeData **edgeData_out,
				   size_t *numDependencies_out)
{
	return get_info(hStream, &(struct info){
		.status = captureStatus_out, .id = id_out, .graph = graph_out,
		.nodes = dependencies_out, .data = edgeData_out, .count = numDependencies_out,
	});
}

static CUresult update(struct stream *stream, const CUgraphNode *nodes, const CUgraphEdgeData *data,
		       size_t count, unsigned int flags)
{
	struct capturing *capturing = stream->capturing;

	if (!capturing)
		return CUDA_ERROR_ILLEGAL_STATE;
	if (capturing->capture->invalid)
		return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
	if (!nodes_of(capturing->capture->graph, nodes, count))
		return CUDA_ERROR_INVALID_VALUE;
	if (flags == CU_STREAM_SET_CAPTURE_DEPENDENCIES)
		capturing->frontier.count = 0;
	return set_frontier(&capturing->frontier, nodes, data, count) ? CUDA_SUCCESS :
									CUDA_ERROR_OUT_OF_MEMORY;
}

CUresult cuStreamUpdateCaptureDependencies_v2(CUstream hStream, CUgraphNode *dependencies,
					      const CUgraphEdgeData *dependencyData,
					      size_t numDependencies, unsigned int flags)
{
	struct stream *stream;
	CUresult result = stream_resolve(hStream, &stream);

	if (result)
		return result;
	graph_lock();
	result = flags > CU_STREAM_SET_CAPTURE_DEPENDENCIES ?
			 CUDA_ERROR_INVALID_VALUE :
			 update(stream, dependencies, dependencyData, numDependencies, flags);
	graph_unlock();
	stream_put(stream);
	return result;
}

CUresult cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode *mode)
{
	CUstreamCaptureMode *current = capture_mode(), old = *current;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!mode || (unsigned int)*mode > CU_STREAM_CAPTURE_MODE_RELAXED)
		return CUDA_ERROR_INVALID_VALUE;
	*current = *mode;
	*mode = old;
	return CUDA_SUCCESS;
}

/* The _ptsz twins: stream 0 is the thread's own. */

CUresult cuStreamBeginCapture_v2_ptsz(CUstream hStream, CUstreamCaptureMode mode)
{
	return cuStreamBeginCapture_v2(own(hStream), mode);
}

CUresult cuStreamBeginCaptureToGraph_ptsz(CUstream hStream, CUgraph hGraph,
					  const CUgraphNode *dependencies,
					  const CUgraphEdgeData *dependencyData,
					  size_t numDependencies, CUstreamCaptureMode mode)
{
	return cuStreamBeginCaptureToGraph(own(hStream), hGraph, dependencies, dependencyData,
					   numDependencies, mode);
}

CUresult cuStreamEndCapture_ptsz(CUstream hStream, CUgraph *phGraph)
{
	return cuStreamEndCapture(own(hStream), phGraph);
}

CUresult cuStreamIsCapturing_ptsz(CUstream hStream, CUstreamCaptureStatus *captureStatus)
{
	return cuStreamIsCapturing(own(hStream), captureStatus);
}

CUresult cuStreamGetCaptureInfo_v3_ptsz(CUstream hStream, CUstreamCaptureStatus *captureStatus_out,
					cuuint64_t *id_out, CUgraph *graph_out,
					const CUgraphNode **dependencies_out,
					const CUgraphEdgeData **edgeData_out,
					size_t *numDependencies_out)
{
	return cuStreamGetCaptureInfo_v3(own(hStream), captureStatus_out, id_out, graph_out,
					 dependencies_out, edgeData_out, numDependencies_out);
}

CUresult cuStreamUpdateCaptureDependencies_v2_ptsz(CUstream hStream, CUgraphNode *dependencies,
						   const CUgraphEdgeData *dependencyData,
						   size_t numDependencies, unsigned int flags)
{
	return cuStreamUpdateCaptureDependencies_v2(own(hStream), dependencies, dependencyData,
						    numDependencies, flags);
}
