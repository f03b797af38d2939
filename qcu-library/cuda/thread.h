/* SPDX-License-Identifier: MIT */
/* thread.h - what each thread of the program has of its own */
#ifndef QCU_LIBRARY_THREAD_H
#define QCU_LIBRARY_THREAD_H

#include <stdbool.h>
#include <stdint.h>

struct channel;

/**
 * struct thread
 * @number: that no other thread has had; not 0
 * @channel: where this thread's calls go, NULL until the first (channel.c)
 * @posts: asynchronous commands that it has posted
 * @command: which of its channel's commands its last one was
 * @late_word: where the device will write @late_mark, or more, when the last synchronous copy has
 *	arrived there (belt.c); NULL: it has.  @late_context: in which it was made
 * @contexts: the stack of current contexts, handles, the current one last (context.c)
 */
struct thread {
	uint64_t number;
	struct channel *channel;
	uint64_t posts;
	uint64_t command;
	const _Atomic uint32_t *late_word;
	uint32_t late_mark;
	uint64_t late_context;
	uint64_t *contexts;
	uint32_t n_contexts, max_contexts;
};

/* thread_known: the struct will be given back when the thread ends. */
extern __thread struct thread thread_local_self;
extern __thread bool thread_known;

/* The first call of a thread */
struct thread *thread_begin(void);

/** thread_self() - the calling thread's; what it holds is given back when the thread ends */
static inline struct thread *thread_self(void)
{
	return __builtin_expect(thread_known, 1) ? &thread_local_self : thread_begin();
}

#endif
