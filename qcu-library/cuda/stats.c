/* SPDX-License-Identifier: MIT */
/*
 * stats.c - what crosses, counted
 *
 * A synchronous crossing is what a program pays for: two cores pass a message each
 * way, and if one of them sleeps, a VM has an exit and an interrupt.  So it is worth
 * knowing which calls make them.  Calls that the guest answers by itself are not in
 * the list: they cost what they cost anywhere.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "qcu-library/cuda/options.h"
#include "qcu-library/cuda/session.h"
#include "qcu-library/cuda/stats.h"

static _Atomic unsigned long long counts[CALL_ID_END][STATS_EVENTS];

void stats_add(enum call_id id, enum stats_event event)
{
	atomic_fetch_add_explicit(&counts[id][event], 1, memory_order_relaxed);
}

static _Atomic unsigned long long wakes[STATS_WAKES];

void stats_add_wake(enum stats_wake wake)
{
	atomic_fetch_add_explicit(&wakes[wake], 1, memory_order_relaxed);
}

static _Atomic unsigned long long image_bytes;

void stats_add_image(uint64_t bytes)
{
	atomic_fetch_add_explicit(&image_bytes, bytes, memory_order_relaxed);
}

static void print_line(FILE *to, const _Atomic unsigned long long *count, const char *name)
{
	fprintf(to, "qcuda[%d]: %10llu %10llu %10llu  %s\n", (int)getpid(), count[STATS_CALL],
		count[STATS_SYNC], count[STATS_ASYNC], name);
}

static int most_sync_first(const void *a, const void *b)
{
	const _Atomic unsigned long long *x = counts[*(const int *)a], *y = counts[*(const int *)b];

	if (x[STATS_SYNC] != y[STATS_SYNC])
		return x[STATS_SYNC] < y[STATS_SYNC] ? 1 : -1;
	return x[STATS_ASYNC] < y[STATS_ASYNC] ? 1 : x[STATS_ASYNC] > y[STATS_ASYNC] ? -1 : 0;
}

/* At exit, when the program has flushed what it printed itself */
__attribute__((destructor)) static void print(void)
{
	static int ids[CALL_ID_END];
	_Atomic unsigned long long sum[STATS_EVENTS] = { 0 };
	int n = 0;

	if (!option_set(STATS) || session_is_forked())
		return;
	for (int id = 0; id < CALL_ID_END; id++) {
		if (!counts[id][STATS_CALL])
			continue;
		ids[n++] = id;
		for (int event = 0; event < STATS_EVENTS; event++)
			sum[event] += counts[id][event];
	}
	qsort(ids, n, sizeof(*ids), most_sync_first);
	fprintf(stderr, "qcuda[%d]: %10s %10s %10s\n", (int)getpid(), "calls", "waited for",
		"posted");
	for (int i = 0; i < n; i++)
		print_line(stderr, counts[ids[i]], call_name(ids[i]));
	print_line(stderr, sum, "together");
	fprintf(stderr, "qcuda[%d]: doorbells %llu sleeps %llu\n", (int)getpid(),
		wakes[STATS_DOORBELL], wakes[STATS_SLEEP]);
	fprintf(stderr, "qcuda[%d]: %llu bytes of images sent\n", (int)getpid(), image_bytes);
}
