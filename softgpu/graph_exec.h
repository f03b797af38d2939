/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_GRAPH_EXEC_H
#define SOFTGPU_GRAPH_EXEC_H

#include "softgpu/api.h"

#include <pthread.h>
#include <stdbool.h>

#include "softgpu/graph.h"
#include "softgpu/stream.h"

enum { EXEC_LANES = 16 };

/**
 * struct step - of a launch
 * @node:	of exec->graph or a child graph in it; NULL: where branches meet
 * @lane:	it is put into
 * @awaited:	a step of another lane waits for it
 * @waits:	steps of other lanes that come before it, @wait_count of them
 */
struct step {
	struct node *node;
	unsigned int lane;
	bool awaited;
	size_t *waits, wait_count;
};

/**
 * struct exec - an executable graph
 * @graph:	a copy of the graph it was made from, with what its nodes do now; under
 *		graph_lock()
 * @source:	that graph, with a reference
 * @steps:	all nodes, child graphs' too, each after its dependencies
 * @launching:	held by whoever puts it into a stream; taken before any other lock
 * @lanes:	streams for branches, besides the one it is launched into
 * @last:	the end of the last launch
 */
struct exec {
	struct handle handle;
	struct graph *graph, *source;
	cuuint64_t flags;
	struct step *steps;
	size_t step_count, step_room;
	unsigned int lane_count;

	pthread_mutex_t launching;
	struct stream *lanes[EXEC_LANES];
	struct fence last;
};

/* exec_find() - borrowed while graph_lock() is held; NULL: there is none */
struct exec *exec_find(CUgraphExec value);

/**
 * exec_plan() - from exec->graph to steps and lanes; with graph_lock()
 *
 * Return: CUDA_SUCCESS; CUDA_ERROR_INVALID_VALUE (there is a cycle), CUDA_ERROR_OUT_OF_MEMORY.
 */
CUresult exec_plan(struct exec *exec);

/* exec_launch() - put it into a stream */
CUresult exec_launch(struct exec *exec, struct stream *stream);

#endif /* SOFTGPU_GRAPH_EXEC_H */
