/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <sys/eventfd.h>

#include "qcu-device/common/log.h"
#include "qcu-device/worker/job.h"

#define JOB_THREADS 128

/* Under @lock: all that follows */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static struct job *todo;	/* in no particular order: none waits for another */
static struct job *ran;
static unsigned n_todo, n_threads, n_idle;
static int finished = -1;

static void *job_thread(void *unused)
{
	pthread_mutex_lock(&lock);
	for (;;) {
		struct job *job;

		n_idle++;
		while (!todo)
			pthread_cond_wait(&work, &lock);
		n_idle--;
		job = todo;
		todo = job->next;
		n_todo--;
		pthread_mutex_unlock(&lock);
		job->run(job);
		pthread_mutex_lock(&lock);
		job->next = ran;
		ran = job;
		eventfd_write(finished, 1);
	}
	return NULL;
}

int job_init(void)
{
	finished = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (finished < 0)
		die("eventfd: %m");
	return finished;
}

/* Under @lock: one thread more, if the idle ones do not suffice.  False if there is none at all. */
static bool job_grow(void)
{
	pthread_t thread;

	if (n_todo < n_idle || n_threads == JOB_THREADS)
		return true;
	if (pthread_create(&thread, NULL, job_thread, NULL))
		return n_threads;
	pthread_detach(thread);
	n_threads++;
	return true;
}

bool job_start(struct job *job)
{
	bool there;

	pthread_mutex_lock(&lock);
	there = job_grow();
	if (there) {
		job->next = todo;
		todo = job;
		n_todo++;
		pthread_cond_signal(&work);
	}
	pthread_mutex_unlock(&lock);
	return there;
}

void job_finish_all(void)
{
	struct job *job;
	eventfd_t count;

	eventfd_read(finished, &count);
	pthread_mutex_lock(&lock);
	job = ran;
	ran = NULL;
	pthread_mutex_unlock(&lock);
	while (job) {
		struct job *next = job->next;

		job->done(job);
		job = next;
	}
}
