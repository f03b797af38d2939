/* SPDX-License-Identifier: MIT */
/* thread.h - what each thread of the program has of its own */
#ifndef QCU_LIBRARY_THREAD_H
#define QCU_LIBRARY_THREAD_H

#include <stdint.h>

struct channel;

/**
 * struct thread
 * @channel: where this thread's calls go, NULL until the first (channel.c)
 * @contexts: the stack of current contexts, handles, the current one last (context.c)
 */
struct thread {
	struct channel *channel;
	uint64_t *contexts;
	uint32_t n_contexts, max_contexts;
};

/** thread_self() - the calling thread's; what it holds is given back when the thread ends */
struct thread *thread_self(void);

#endif
