/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_BRANCH_H
#define SOFTGPU_BRANCH_H

#include "softgpu/api.h"

struct graph;
struct node;
struct task;

/* Both with graph_lock(): */

/**
 * branch_new() - what one launch does at a conditional node: read the variable, run a body
 *
 * It holds what the bodies do now; their nodes may change after.
 *
 * Return: a task, or NULL: no memory, or a cycle in a body.
 */
struct task *branch_new(const struct node *node);

/**
 * branch_reset_new() - what a launch does first: variables of a graph get their initial values
 *
 * Return: a task; it does nothing if there are none.  NULL: no memory.
 */
struct task *branch_reset_new(const struct graph *graph);

#endif /* SOFTGPU_BRANCH_H */
