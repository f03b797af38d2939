/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_GRAPH_MEMORY_H
#define SOFTGPU_GRAPH_MEMORY_H

#include "softgpu/api.h"

#include <stdbool.h>

struct context;
struct graph;
struct node;
struct stream;

/* With graph_lock(): */

/* graph_memory_alloc(), graph_memory_free() - make a new node one that allocates or frees */
CUresult graph_memory_alloc(struct node *node, CUDA_MEM_ALLOC_NODE_PARAMS_v2 *params);
CUresult graph_memory_free(struct node *node, CUdeviceptr address);

/**
 * graph_memory_launch() - a launch of a graph allocates and frees
 * @auto_free:	what an earlier launch allocated and nobody freed is freed first
 *
 * Return: CUDA_ERROR_INVALID_VALUE, and nothing has changed: some of it is allocated still.
 */
CUresult graph_memory_launch(const struct graph *graph, bool auto_free);

/* Without: */

/* graph_memory_is() - does this address belong to an allocation node? */
bool graph_memory_is(CUdeviceptr address);

/**
 * graph_memory_give_back() - cuMemFree, or with a stream cuMemFreeAsync, of what a graph allocated
 *
 * Return: CUDA_ERROR_INVALID_VALUE: it is not allocated, or its own graph frees it.
 */
CUresult graph_memory_give_back(CUdeviceptr address, struct stream *stream);

#endif /* SOFTGPU_GRAPH_MEMORY_H */
