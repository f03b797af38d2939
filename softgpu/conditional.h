/* SPDX-License-Identifier: MIT */
/*
 * conditional.h - the variable behind a conditional node
 *
 * Kernels set it, a conditional node reads it.  Copies of a graph share the variables of the
 * original: an executable graph is one such copy, and the handle that a kernel was given must
 * mean the same in it.
 */
#ifndef SOFTGPU_CONDITIONAL_H
#define SOFTGPU_CONDITIONAL_H

#include "softgpu/api.h"

#include <stdbool.h>
#include <stdint.h>

#include "softgpu/handle.h"

struct context;
struct graph;

/**
 * struct conditional
 * @context:	with a reference
 * @value:	atomic
 * @initial:	what @value becomes when a launch begins, if @assign
 * @used:	a node has it; under graph_lock()
 * @graphs:	how many have it; the handle ends with the last.  Under graph_lock()
 */
struct conditional {
	struct handle handle;
	struct context *context;
	unsigned int value, initial;
	bool assign, used;
	unsigned int graphs;
};

/* struct conditional_link - in the list of a graph, with a reference */
struct conditional_link {
	struct conditional_link *next;
	struct conditional *conditional;
};

/* conditional_get() - by the program's handle, with a reference; NULL: there is none */
struct conditional *conditional_get(CUgraphConditionalHandle value);

struct conditional *conditional_ref(struct conditional *conditional);	/* NULL is fine */
void conditional_put(struct conditional *conditional);			/* NULL is fine */

/* conditional_set() - what cudaGraphSetConditional() in a kernel does; false: there is none */
bool conditional_set(uint64_t value, unsigned int to);

/* With graph_lock(): */

/* conditional_drop_all() - those that were made for a graph */
void conditional_drop_all(struct graph *graph);

/* conditional_copy_all() - a copy has the same; false: no memory */
bool conditional_copy_all(const struct graph *graph, struct graph *copy);

/* conditional_unused() - does a graph have one that no node uses? */
bool conditional_unused(const struct graph *graph);

#endif /* SOFTGPU_CONDITIONAL_H */
