/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "qcu-library/cuda/capture.h"
#include "qcu-library/cuda/channel.h"
#include "qcu-library/cuda/thread.h"

__thread struct thread thread_local_self;
__thread bool thread_known;
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/*
 * Runs as the thread ends.  Other destructors, of the program, may make calls too: they find the
 * thread as it was, its default streams above all, for this one waits for a second round.
 * After that a call finds an empty struct, sets the key again, and so this runs once
 * more (POSIX, pthread_key_create).
 */
static void thread_ends(void *value)
{
	static __thread bool again;
	struct thread *thread = value;

	if (!again && !pthread_setspecific(key, thread)) {
		again = true;
		return;
	}
	thread_known = false;
	capture_thread_ends();
	if (thread->channel)
		channel_put(thread->channel);
	free(thread->contexts);
	*thread = (struct thread){ 0 };
}

static void make_key(void)
{
	pthread_key_create(&key, thread_ends);
}

struct thread *thread_begin(void)
{
	static _Atomic uint64_t threads;

	pthread_once(&once, make_key);
	pthread_setspecific(key, &thread_local_self);
	thread_local_self.number = atomic_fetch_add(&threads, 1) + 1;
	thread_known = true;
	return &thread_local_self;
}
