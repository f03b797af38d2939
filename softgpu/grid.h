/* SPDX-License-Identifier: MIT */
/* grid.h - a launch as a task: what cuLaunchKernel puts into a stream and a kernel node does */
#ifndef SOFTGPU_GRID_H
#define SOFTGPU_GRID_H

#include "softgpu/api.h"

#include <stdbool.h>

#include "softgpu/context.h"
#include "softgpu/stream.h"

/**
 * struct grid_attributes - launch attributes; all but @cooperative and @cluster are only remembered
 * @cluster:	blocks of a cluster; zeroes: not given
 * @carveout:	-1 is the default
 */
struct grid_attributes {
	bool cooperative;
	unsigned int cluster[3];
	int priority;
	int carveout;
	CUaccessPolicyWindow access_window;
};

/* struct grid_request - a launch as a program asks for it; pointers are the program's */
struct grid_request {
	CUfunction function;
	unsigned int grid[3], block[3];
	unsigned int shared;
	void **params, **extra;
	struct grid_attributes attributes;
};

/**
 * grid_new() - check a launch and copy its parameters
 * @context:	it runs in
 *
 * Return: CUDA_SUCCESS and a task that nobody has yet; function_resolve()'s and
 * kernel_prepare()'s errors; CUDA_ERROR_INVALID_VALUE (dimensions, shared memory, parameters),
 * CUDA_ERROR_INVALID_CLUSTER_SIZE, CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE, CUDA_ERROR_OUT_OF_MEMORY.
 */
CUresult grid_new(const struct grid_request *request, struct context *context, struct task **out);

/* grid_request() - what was asked for; the pointers live as long as the task */
void grid_request(const struct task *task, struct grid_request *request);

/* grid_context() - it runs in, borrowed */
struct context *grid_context(const struct task *task);

/* grid_kernel_name() - lives as long as the task */
const char *grid_kernel_name(const struct task *task);

#endif /* SOFTGPU_GRID_H */
