/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdatomic.h>

#include "qcu-device/worker/order.h"

/* A command of another channel is usually running at this moment: a launch is
 * a few microseconds.  Longer than this and the thread sleeps.
 */
#define SPINS 2000

static _Atomic uint64_t ran;	/* asynchronous commands that have run, in ticket order */
static _Atomic int sleepers;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;

static int reached(uint64_t ticket)
{
	/* seq_cst: Dekker with sleepers in order_done(); also makes what the
	 * earlier command did visible to this thread.
	 */
	return atomic_load(&ran) >= ticket;
}

void order_wait(uint64_t ticket)
{
	for (int i = 0; i < SPINS; i++) {
		if (reached(ticket))
			return;
		__builtin_ia32_pause();
	}
	pthread_mutex_lock(&lock);
	atomic_fetch_add(&sleepers, 1);
	while (!reached(ticket))
		pthread_cond_wait(&moved, &lock);
	atomic_fetch_sub(&sleepers, 1);
	pthread_mutex_unlock(&lock);
}

void order_done(uint64_t ticket)
{
	/* Only the command whose turn it is stores; a guest that repeats a
	 * ticket cannot turn the count back.
	 */
	uint64_t before = ticket;

	if (!atomic_compare_exchange_strong(&ran, &before, ticket + 1))
		return;
	if (atomic_load(&sleepers)) {
		pthread_mutex_lock(&lock);
		pthread_cond_broadcast(&moved);
		pthread_mutex_unlock(&lock);
	}
}
