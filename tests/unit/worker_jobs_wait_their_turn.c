/* SPDX-License-Identifier: MIT */
/* job.c: more jobs that block than there are threads: all are taken, and each runs once */
/* links: qcu-device/worker/job.c qcu-device/common/log.c */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "qcu-device/worker/job.h"
#include "tests/unit/check.h"

#define JOBS 500

static struct job jobs[JOBS];
static int ran[JOBS], done[JOBS], n_done;
static atomic_int running;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;	/* held while jobs are to block */

static void run(struct job *job)
{
	running++;
	pthread_mutex_lock(&gate);
	ran[job - jobs]++;
	pthread_mutex_unlock(&gate);
}

static void finish(struct job *job)
{
	done[job - jobs]++;
	n_done++;
}

int main(void)
{
	struct pollfd finished = { .fd = job_init(), .events = POLLIN };

	pthread_mutex_lock(&gate);
	for (int i = 0; i < JOBS; i++) {
		jobs[i] = (struct job){ run, finish, NULL };
		CHECK(job_start(&jobs[i]));
	}
	while (running < 100)
		CHECK(!poll(NULL, 0, 1));
	pthread_mutex_unlock(&gate);
	while (n_done < JOBS) {
		CHECK(poll(&finished, 1, 10000) == 1);
		job_finish_all();
	}
	for (int i = 0; i < JOBS; i++)
		CHECK(ran[i] == 1 && done[i] == 1);
	return 0;
}
