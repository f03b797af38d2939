/* SPDX-License-Identifier: MIT */
#include "softgpu/chore.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

static struct {
	pthread_mutex_t lock;	/* of everything here; a leaf */
	pthread_cond_t posted;
	struct chore *first, **last;
	bool threaded;
} chores = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.posted = PTHREAD_COND_INITIALIZER,
	.last = &chores.first,
};

static void *chore_thread(void *unused)
{
	struct chore *chore;

	pthread_mutex_lock(&chores.lock);
	for (;;) {
		chore = chores.first;
		if (!chore) {
			pthread_cond_wait(&chores.posted, &chores.lock);
			continue;
		}
		chores.first = chore->next;
		if (!chores.first)
			chores.last = &chores.first;
		pthread_mutex_unlock(&chores.lock);
		chore->run(chore);
		pthread_mutex_lock(&chores.lock);
	}
	return NULL;
}

/* begin() - signals are for the program's own threads.  Under the lock */
static bool begin(void)
{
	sigset_t all, before;
	pthread_t thread;
	bool begun;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	begun = !pthread_create(&thread, NULL, chore_thread, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (begun)
		pthread_detach(thread);
	return begun;
}

void chore_post(struct chore *chore)
{
	pthread_mutex_lock(&chores.lock);
	chore->next = NULL;
	*chores.last = chore;
	chores.last = &chore->next;
	if (!chores.threaded)
		chores.threaded = begin();
	pthread_cond_signal(&chores.posted);
	pthread_mutex_unlock(&chores.lock);
}
