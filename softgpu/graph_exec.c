/* SPDX-License-Identifier: MIT */
/* graph_exec.c - executable graphs: made, launched, destroyed */
#include "softgpu/graph_exec.h"

#include <stdlib.h>
#include <string.h>

#include "softgpu/capture.h"
#include "softgpu/conditional.h"
#include "softgpu/context.h"
#include "softgpu/driver.h"

#define FLAGS \
	(CUDA_GRAPH_INSTANTIATE_FLAG_AUTO_FREE_ON_LAUNCH | \
	 CUDA_GRAPH_INSTANTIATE_FLAG_DEVICE_LAUNCH | CUDA_GRAPH_INSTANTIATE_FLAG_USE_NODE_PRIORITY)

struct exec *exec_find(CUgraphExec value)
{
	struct exec *exec = handle_get(value, HANDLE_EXEC);

	if (exec)
		handle_put(&exec->handle);
	return exec;
}

/* exec_end() - nothing of it is in a stream any more */
static void exec_end(struct handle *handle)
{
	struct exec *exec = CONTAINER_OF(handle, struct exec, handle);

	graph_lock();
	graph_destroy(exec->graph);
	graph_unlock();
	for (unsigned int lane = 1; lane < exec->lane_count; lane++)
		if (exec->lanes[lane])
			stream_close(exec->lanes[lane]);
	for (size_t i = 0; i < exec->step_count; i++)
		free(exec->steps[i].waits);
	free(exec->steps);
	fence_drop(&exec->last);
	pthread_mutex_destroy(&exec->launching);
	handle_put(&exec->source->handle);
	free(exec);
}

/* exec_new() - with graph_lock().  *@out is to be given back without it, if it fails too */
static CUresult exec_new(struct graph *graph, cuuint64_t flags, struct exec **out)
{
	struct exec *exec = calloc(1, sizeof(*exec));
	CUresult result = CUDA_ERROR_OUT_OF_MEMORY;

	if (!exec)
		return result;
	handle_init(&exec->handle, HANDLE_EXEC, NULL, exec_end);
	pthread_mutex_init(&exec->launching, NULL);
	exec->flags = flags;
	exec->source = handle_ref(&graph->handle);
	exec->graph = graph_copy(graph, NULL);
	if (exec->graph)
		result = exec_plan(exec);
	*out = exec;
	return result;
}

/* instantiable() - is a graph complete, and nobody's body? */
static bool instantiable(const struct graph *graph)
{
	if (graph->capture || (graph->memory_nodes && graph->execs))
		return false;
	return !graph->owner || (!graph->owner->conditional && !graph->memory_nodes);
}

static bool flags_valid(unsigned long long flags)
{
	const unsigned long long both = CUDA_GRAPH_INSTANTIATE_FLAG_AUTO_FREE_ON_LAUNCH |
					CUDA_GRAPH_INSTANTIATE_FLAG_DEVICE_LAUNCH;

	return !(flags & ~(unsigned long long)FLAGS) && (flags & both) != both;
}

static CUresult make(struct graph *graph, unsigned long long flags, struct exec **out,
		     CUgraphInstantiateResult *why)
{
	CUresult result;

	*why = CUDA_GRAPH_INSTANTIATE_ERROR;
	if (!instantiable(graph))
		return CUDA_ERROR_INVALID_VALUE;
	if (conditional_unused(graph)) {
		*why = CUDA_GRAPH_INSTANTIATE_CONDITIONAL_HANDLE_UNUSED;
		return CUDA_ERROR_INVALID_VALUE;
	}
	result = exec_new(graph, flags, out);
	if (result == CUDA_ERROR_INVALID_VALUE)
		*why = CUDA_GRAPH_INSTANTIATE_INVALID_STRUCTURE;
	if (result)
		return result;
	*why = CUDA_GRAPH_INSTANTIATE_SUCCESS;
	graph->execs++;
	return CUDA_SUCCESS;
}

static CUresult instantiate(CUgraphExec *out, CUgraph value, unsigned long long flags,
			    CUgraphInstantiateResult *why)
{
	struct exec *exec = NULL;
	struct graph *graph;
	CUresult result = graph_enter(value, &graph);

	*why = CUDA_GRAPH_INSTANTIATE_ERROR;
	if (result)
		return result;
	if (!out || !flags_valid(flags))
		result = CUDA_ERROR_INVALID_VALUE;
	else if (flags & CUDA_GRAPH_INSTANTIATE_FLAG_DEVICE_LAUNCH)
		result = CUDA_ERROR_NOT_SUPPORTED;
	else
		result = make(graph, flags, &exec, why);
	graph_unlock();
	if (!result) {
		handle_publish(&exec->handle);
		*out = (CUgraphExec)exec;
	}
	if (exec)
		handle_put(&exec->handle);
	return result;
}

CUresult cuGraphInstantiateWithFlags(CUgraphExec *phGraphExec, CUgraph hGraph,
				     unsigned long long flags)
{
	CUgraphInstantiateResult why;

	return instantiate(phGraphExec, hGraph, flags, &why);
}

static CUresult instantiate_params(CUgraphExec *out, CUgraph graph,
				   CUDA_GRAPH_INSTANTIATE_PARAMS *params, bool per_thread)
{
	const cuuint64_t upload = CUDA_GRAPH_INSTANTIATE_FLAG_UPLOAD;
	CUstream stream;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!params)
		return CUDA_ERROR_INVALID_VALUE;
	params->hErrNode_out = NULL;
	result = instantiate(out, graph, params->flags & ~upload, &params->result_out);
	if (result || !(params->flags & upload))
		return result;
	stream = params->hUploadStream;
	return cuGraphUpload(*out, stream || !per_thread ? stream : CU_STREAM_PER_THREAD);
}

CUresult cuGraphInstantiateWithParams(CUgraphExec *phGraphExec, CUgraph hGraph,
				      CUDA_GRAPH_INSTANTIATE_PARAMS *instantiateParams)
{
	return instantiate_params(phGraphExec, hGraph, instantiateParams, false);
}

CUresult cuGraphInstantiateWithParams_ptsz(CUgraphExec *phGraphExec, CUgraph hGraph,
					   CUDA_GRAPH_INSTANTIATE_PARAMS *instantiateParams)
{
	return instantiate_params(phGraphExec, hGraph, instantiateParams, true);
}

CUresult cuGraphExecGetFlags(CUgraphExec hGraphExec, cuuint64_t *flags)
{
	struct exec *exec;
	CUresult result = driver_enter();

	if (result)
		return result;
	exec = handle_get(hGraphExec, HANDLE_EXEC);
	if (!exec)
		return CUDA_ERROR_INVALID_VALUE;
	if (flags)
		*flags = exec->flags;
	handle_put(&exec->handle);
	return flags ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

/* What is in streams is still done. */
CUresult cuGraphExecDestroy(CUgraphExec hGraphExec)
{
	struct exec *exec;
	CUresult result = driver_enter();
	bool mine;

	if (result)
		return result;
	exec = handle_get(hGraphExec, HANDLE_EXEC);
	if (!exec)
		return CUDA_ERROR_INVALID_VALUE;
	mine = handle_retire(&exec->handle);
	if (mine) {
		graph_lock();
		exec->source->execs--;
		graph_unlock();
	}
	handle_put(&exec->handle);
	return mine ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

/* enter() - both with references */
static CUresult enter(CUgraphExec value, CUstream stream_value, struct exec **exec,
		      struct stream **stream)
{
	CUresult result = stream_resolve(stream_value, stream);

	if (result)
		return result;
	*exec = handle_get(value, HANDLE_EXEC);
	if (*exec)
		return CUDA_SUCCESS;
	stream_put(*stream);
	return CUDA_ERROR_INVALID_VALUE;
}

CUresult cuGraphLaunch(CUgraphExec hGraphExec, CUstream hStream)
{
	struct stream *stream;
	struct exec *exec;
	CUresult result = enter(hGraphExec, hStream, &exec, &stream);

	if (result)
		return result;
	if (capture_active(stream))
		result = capture_launch(stream, exec);
	else
		result = exec_launch(exec, stream);
	if (!result && driver_launch_blocking() && !capture_active(stream)) {
		stream_synchronize(stream);
		result = context_status(stream->context);
	}
	handle_put(&exec->handle);
	stream_put(stream);
	return result;
}

CUresult cuGraphLaunch_ptsz(CUgraphExec hGraphExec, CUstream hStream)
{
	return cuGraphLaunch(hGraphExec, hStream ? hStream : CU_STREAM_PER_THREAD);
}

/* There is nothing to send anywhere ahead of a launch. */
CUresult cuGraphUpload(CUgraphExec hGraphExec, CUstream hStream)
{
	struct stream *stream;
	struct exec *exec;
	CUresult result = enter(hGraphExec, hStream, &exec, &stream);

	if (result)
		return result;
	handle_put(&exec->handle);
	stream_put(stream);
	return CUDA_SUCCESS;
}

CUresult cuGraphUpload_ptsz(CUgraphExec hGraphExec, CUstream hStream)
{
	return cuGraphUpload(hGraphExec, hStream ? hStream : CU_STREAM_PER_THREAD);
}
