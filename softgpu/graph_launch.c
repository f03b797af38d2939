/* SPDX-License-Identifier: MIT */
/*
 * graph_launch.c - an executable graph into a stream
 *
 * A launch puts every node's task into a stream when the call is made, as if the program had made
 * all the calls itself: lane 0 into the stream of the launch, other lanes into streams of the
 * graph's own, with waits between them.  So events in a graph, host functions, errors and
 * streams that run side by side need no second machinery.  What the nodes do is read under
 * graph_lock() before anything is queued: an update changes later launches only.
 */
#include <stdlib.h>

#include "softgpu/branch.h"
#include "softgpu/context.h"
#include "softgpu/graph_exec.h"
#include "softgpu/graph_memory.h"
#include "softgpu/work.h"

/* struct deed - what a step does in this launch: one of the two, or nothing */
struct deed {
	struct task *work;	/* with a reference */
	struct task *branch;	/* to be queued itself */
};

/* struct end - the last task of a launch, which keeps the executable graph until then */
struct end {
	struct task task;
	struct exec *exec;
};

/* struct launching - one launch, while the call is made */
struct launching {
	struct exec *exec;
	struct stream *stream;
	struct task *reset;
	struct deed *deeds;
	struct fence *fences;	/* behind each step that is awaited */
};

static struct stream *lane_stream(const struct launching *launch, unsigned int lane)
{
	return lane ? launch->exec->lanes[lane] : launch->stream;
}

static bool read_step(const struct step *step, struct deed *deed)
{
	const struct node *node = step->node;

	if (!node || node->disabled)
		return true;
	if (!node->conditional) {
		deed->work = work_ref(node->work);
		return true;
	}
	deed->branch = branch_new(node);
	return deed->branch;
}

/* read_graph() - what it does now; with graph_lock() */
static CUresult read_graph(struct launching *launch)
{
	struct exec *exec = launch->exec;
	bool auto_free = exec->flags & CUDA_GRAPH_INSTANTIATE_FLAG_AUTO_FREE_ON_LAUNCH;

	launch->reset = branch_reset_new(exec->graph);
	if (!launch->reset)
		return CUDA_ERROR_OUT_OF_MEMORY;
	for (size_t i = 0; i < exec->step_count; i++)
		if (!read_step(&exec->steps[i], &launch->deeds[i]))
			return CUDA_ERROR_OUT_OF_MEMORY;
	return graph_memory_launch(exec->graph, auto_free);
}

/* open_lanes() - streams of the context that the graph is launched in */
static CUresult open_lanes(struct launching *launch)
{
	struct exec *exec = launch->exec;
	struct context *context = launch->stream->context;

	for (unsigned int lane = 1; lane < exec->lane_count; lane++) {
		if (exec->lanes[lane] && exec->lanes[lane]->context != context) {
			stream_close(exec->lanes[lane]);
			exec->lanes[lane] = NULL;
		}
		if (!exec->lanes[lane])
			exec->lanes[lane] = stream_new(context, CU_STREAM_NON_BLOCKING,
						       launch->stream->priority);
		if (!exec->lanes[lane])
			return CUDA_ERROR_OUT_OF_MEMORY;
	}
	return CUDA_SUCCESS;
}

/* begin() - behind the launch before this one and what the stream was given; then all lanes */
static CUresult begin(struct launching *launch)
{
	struct exec *exec = launch->exec;
	struct task *reset = launch->reset;
	CUresult result = stream_submit_wait(launch->stream, fence_copy(&exec->last));

	launch->reset = NULL;
	if (result)
		reset->free(reset);
	else
		result = stream_submit(launch->stream, reset);
	for (unsigned int lane = 1; lane < exec->lane_count && !result; lane++)
		result = stream_submit_wait(exec->lanes[lane], stream_mark(launch->stream));
	return result;
}

static CUresult submit_step(struct launching *launch, size_t i)
{
	const struct step *step = &launch->exec->steps[i];
	struct stream *stream = lane_stream(launch, step->lane);
	struct deed *deed = &launch->deeds[i];
	CUresult result = CUDA_SUCCESS;

	for (size_t w = 0; w < step->wait_count && !result; w++)
		result = stream_submit_wait(stream, fence_copy(&launch->fences[step->waits[w]]));
	if (!result && deed->work)
		result = work_submit(deed->work, stream);
	if (!result && deed->branch) {
		result = stream_submit(stream, deed->branch);
		deed->branch = NULL;
	}
	if (step->awaited)
		launch->fences[i] = stream_mark(stream);
	return result;
}

static void end_free(struct task *task)
{
	struct end *end = CONTAINER_OF(task, struct end, task);

	handle_put(&end->exec->handle);
	free(end);
}

/* finish() - the stream goes on when all lanes are done */
static CUresult finish(struct launching *launch)
{
	struct exec *exec = launch->exec;
	struct end *end = calloc(1, sizeof(*end));
	struct fence point;
	CUresult result = end ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;

	for (unsigned int lane = 1; lane < exec->lane_count && !result; lane++)
		result = stream_submit_wait(launch->stream, stream_mark(exec->lanes[lane]));
	if (result) {
		free(end);
		return result;
	}
	end->task.free = end_free;
	end->task.instant = true;
	end->exec = handle_ref(&exec->handle);
	result = stream_submit_point(launch->stream, &end->task, &point);
	if (result)
		return result;
	fence_drop(&exec->last);
	exec->last = point;
	return CUDA_SUCCESS;
}

static CUresult submit(struct launching *launch)
{
	CUresult result = open_lanes(launch);

	if (!result)
		result = begin(launch);
	for (size_t i = 0; i < launch->exec->step_count && !result; i++)
		result = submit_step(launch, i);
	return result ? result : finish(launch);
}

/* clean_up() - what was not handed over */
static void clean_up(struct launching *launch)
{
	for (size_t i = 0; i < launch->exec->step_count && launch->deeds; i++) {
		work_put(launch->deeds[i].work);
		if (launch->deeds[i].branch)
			launch->deeds[i].branch->free(launch->deeds[i].branch);
	}
	for (size_t i = 0; i < launch->exec->step_count && launch->fences; i++)
		fence_drop(&launch->fences[i]);
	if (launch->reset)
		launch->reset->free(launch->reset);
	free(launch->deeds);
	free(launch->fences);
}

CUresult exec_launch(struct exec *exec, struct stream *stream)
{
	struct launching launch = { .exec = exec, .stream = stream };
	CUresult result = CUDA_ERROR_OUT_OF_MEMORY;

	pthread_mutex_lock(&exec->launching);
	launch.deeds = calloc(exec->step_count, sizeof(*launch.deeds));
	launch.fences = calloc(exec->step_count, sizeof(*launch.fences));
	if (launch.deeds && launch.fences) {
		graph_lock();
		result = read_graph(&launch);
		graph_unlock();
	}
	if (!result)
		result = submit(&launch);
	graph_lock();		/* the work of memory nodes ends with it */
	clean_up(&launch);
	graph_unlock();
	pthread_mutex_unlock(&exec->launching);
	return result;
}
