/* SPDX-License-Identifier: MIT */
/*
 * job.h - work that may block, away from the thread that answers the daemon
 *
 * A job runs in some thread of a pool, as soon as there is one.  A new one is made if all are
 * busy, for a job may wait for the GPU for long and should not hold up another; but there are only
 * so many, and more jobs than that wait their turn.  When it has run it comes back to the main
 * thread.
 */
#ifndef QCU_DEVICE_WORKER_JOB_H
#define QCU_DEVICE_WORKER_JOB_H

#include <stdbool.h>

/**
 * struct job
 * @run: in a thread of the pool
 * @done: in the main thread, from job_finish_all(); may free the job
 */
struct job {
	void (*run)(struct job *job);
	void (*done)(struct job *job);
	struct job *next;
};

/** job_init() - the eventfd that says that job_finish_all() has something to do; dies */
int job_init(void);

/** job_start() - false if there is no thread for it */
bool job_start(struct job *job);

/** job_finish_all() - call @done of every job that has run */
void job_finish_all(void);

#endif
