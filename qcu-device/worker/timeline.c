/* SPDX-License-Identifier: MIT */
/*
 * timeline.c - what the worker ran, and when
 *
 * Faces qcu-library/cuda/timeline.c.  Nothing is kept until the guest has asked for the
 * clock with the wish to know; then the last RECORDS commands are.
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "qcu-device/worker/body.h"
#include "qcu-device/worker/timeline.h"

#define RECORDS (1u << 17)

_Atomic bool timeline_on;

/* Guards all below. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct wire_executed *records;
static uint64_t added, taken;	/* of all; records[i % RECORDS] */

uint64_t timeline_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + now.tv_nsec;
}

void timeline_add(uint32_t channel, uint64_t command, uint32_t call, uint64_t began)
{
	const struct wire_executed one = { .channel = channel, .call = call, .command = command,
					   .began = began, .ended = timeline_now_ns() };

	pthread_mutex_lock(&lock);
	if (!records)
		records = calloc(RECORDS, sizeof(*records));
	if (records)
		records[added++ % RECORDS] = one;
	pthread_mutex_unlock(&lock);
}

CUresult host_timeline_clock(struct dispatch *dispatch, uint32_t on, uint64_t *now)
{
	if (!now)
		return dispatch_refuse(dispatch);
	*now = timeline_now_ns();
	atomic_store_explicit(&timeline_on, on, memory_order_relaxed);
	atomic_store_explicit(&timeline_gpu_on, on & WIRE_TIMELINE_GPU, memory_order_relaxed);
	return CUDA_SUCCESS;
}

CUresult host_timeline_take(struct dispatch *dispatch, uint32_t *n, uint32_t capacity,
			    struct wire_executed *executed)
{
	if (!n || (capacity && !executed))
		return dispatch_refuse(dispatch);
	pthread_mutex_lock(&lock);
	if (added - taken > RECORDS)
		taken = added - RECORDS;
	for (*n = 0; *n < capacity && taken < added; ++*n)
		executed[*n] = records[taken++ % RECORDS];
	pthread_mutex_unlock(&lock);
	return CUDA_SUCCESS;
}
