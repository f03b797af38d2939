/* SPDX-License-Identifier: MIT */
/*
 * work.h - what nodes of graphs do, as tasks
 *
 * The task of a node is never queued and never changes: a clone and an executable graph share
 * it, and each launch queues a task that runs it again.  New parameters are a new task.
 */
#ifndef SOFTGPU_WORK_H
#define SOFTGPU_WORK_H

#include "softgpu/api.h"

#include "softgpu/stream.h"

struct context;
struct event;

/**
 * work_new() - from a node's parameters to what it does
 * @params:	of a node that runs something: not a child graph, conditional or empty node
 *
 * Return: CUDA_SUCCESS and a task with one reference; CUDA_ERROR_INVALID_VALUE,
 * CUDA_ERROR_INVALID_CONTEXT, CUDA_ERROR_INVALID_HANDLE, CUDA_ERROR_NOT_SUPPORTED (there is no
 * such node here), CUDA_ERROR_OUT_OF_MEMORY.
 */
CUresult work_new(const CUgraphNodeParams *params, struct task **out);

/* work_renew() - the same for a node that does @old now: a kernel keeps its attributes */
CUresult work_renew(const struct task *old, const CUgraphNodeParams *params, struct task **out);

/* work_adopt() - a task that was made for a queue becomes a node's, with one reference */
struct task *work_adopt(struct task *task);

struct task *work_ref(struct task *work);	/* NULL is fine */
void work_put(struct task *work);		/* NULL is fine */

/* work_submit() - do it once, in a stream.  Any error of stream_submit() */
CUresult work_submit(struct task *work, struct stream *stream);

/* work_event() - of an event node, borrowed */
struct event *work_event(const struct task *work);

/* callback_new() - a host function */
CUresult callback_new(CUhostFn function, void *data, struct task **out);

/* batch_new() - words to be written and waited for; the end of @context ends the waiting */
CUresult batch_new(struct context *context, const CUstreamBatchMemOpParams *asked,
		   unsigned int count, unsigned int flags, struct task **out);

#endif /* SOFTGPU_WORK_H */
