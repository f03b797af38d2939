/* SPDX-License-Identifier: MIT */
/*
 * worker_sleeps_in_a_crowd.c - how contexts wait while CPUs are few, and that no program sees it
 *
 * The test is the driver, with three contexts, and says itself when there is a crowd.
 */
/* links: qcu-device/worker_calls.c tests/unit/double/control.c tests/unit/double/regions.c */
#include <stdio.h>
#include <stdlib.h>

#include "qcu-device/worker/blocking.h"
#include "tests/unit/check.h"

#define MS		1000000ll
#define KEEP		(1000 * MS)	/* as crowd.c has it */
#define MOST_KEEP	(8 * KEEP)

static unsigned int contexts[3], asked;
static unsigned int *current;

static CUresult get_flags(unsigned int *flags)
{
	asked++;
	if (!current)
		return CUDA_ERROR_INVALID_CONTEXT;
	*flags = *current;
	return CUDA_SUCCESS;
}

static CUresult set_flags(unsigned int flags)
{
	CHECK(current);
	*current = flags;
	return CUDA_SUCCESS;
}

static CUresult set_current(CUcontext context)
{
	current = (unsigned int *)context;
	return CUDA_SUCCESS;
}

/* As follow_context() does it */
static void follow(struct dispatch *dispatch, unsigned int *context)
{
	set_current((CUcontext)context);
	dispatch->current = (CUcontext)context;
	dispatch->crowd = CROWD_UNKNOWN;
}

static bool crowded(void)
{
	return crowd_is(atomic_load(&crowd_changes));
}

static int64_t now = 1000 * MS;

/* For @elapsed a thread had a CPU, but for a part of @waited per mille */
static void pass(int64_t elapsed, int waited)
{
	now += elapsed;
	crowd_note(now, elapsed, elapsed * waited / 1000);
}

static void crowds_come_and_go(void)
{
	int64_t keep = 0;

	pass(50 * MS, 100);
	CHECK(!crowded());
	pass(50 * MS, 300);
	CHECK(crowded());
	pass(KEEP - MS, 0);
	CHECK(crowded());
	pass(MS, 0);
	CHECK(!crowded());

	/* One that comes back at once is believed to stay, up to a time */
	for (int i = 0; i < 20; i++) {
		pass(50 * MS, 1000);
		CHECK(crowded());
		for (keep = 0; crowded(); keep += 50 * MS)
			pass(50 * MS, 0);
		CHECK(keep <= MOST_KEEP);
	}
	CHECK(keep == MOST_KEEP);
	pass(MOST_KEEP + MS, 0);
	pass(50 * MS, 1000);
	pass(KEEP, 0);
	CHECK(!crowded());
}

static void contexts_follow(struct dispatch *dispatch)
{
	contexts[0] = CU_CTX_SCHED_AUTO | CU_CTX_MAP_HOST;
	contexts[1] = CU_CTX_SCHED_SPIN;
	contexts[2] = CU_CTX_SCHED_BLOCKING_SYNC;
	asked = 0;
	for (int i = 0; i < 3; i++) {
		follow(dispatch, &contexts[i]);
		blocking_follow(dispatch);
	}
	CHECK(!asked);
	pass(50 * MS, 1000);
	for (int i = 0; i < 3; i++) {
		follow(dispatch, &contexts[i]);
		blocking_follow(dispatch);
	}
	CHECK(contexts[0] == (CU_CTX_SCHED_BLOCKING_SYNC | CU_CTX_MAP_HOST));
	CHECK(contexts[1] == CU_CTX_SCHED_SPIN && contexts[2] == CU_CTX_SCHED_BLOCKING_SYNC);
	follow(dispatch, NULL);
	blocking_follow(dispatch);

	/* Once is enough */
	asked = 0;
	blocking_follow(dispatch);
	follow(dispatch, &contexts[0]);
	blocking_follow(dispatch);
	CHECK(!asked);
}

static void nobody_sees_it(struct dispatch *dispatch)
{
	follow(dispatch, &contexts[1]);
	blocking_hide(dispatch);
	CHECK(contexts[0] == (CU_CTX_SCHED_AUTO | CU_CTX_MAP_HOST) && current == &contexts[1]);
	follow(dispatch, &contexts[0]);
	blocking_follow(dispatch);
	CHECK(contexts[0] == (CU_CTX_SCHED_AUTO | CU_CTX_MAP_HOST));
	blocking_unhide();
	blocking_follow(dispatch);
	CHECK(contexts[0] == (CU_CTX_SCHED_BLOCKING_SYNC | CU_CTX_MAP_HOST));

	/* What the program says meanwhile holds, afterwards, too */
	blocking_hide(dispatch);
	contexts[0] = CU_CTX_SCHED_BLOCKING_SYNC;
	contexts[1] = CU_CTX_SCHED_AUTO;
	blocking_unhide();
	blocking_follow(dispatch);
	CHECK(contexts[0] == CU_CTX_SCHED_BLOCKING_SYNC);
	follow(dispatch, &contexts[1]);
	blocking_follow(dispatch);
	CHECK(contexts[1] == CU_CTX_SCHED_BLOCKING_SYNC);
	while (crowded())
		pass(50 * MS, 0);
	blocking_follow(dispatch);
	CHECK(contexts[1] == CU_CTX_SCHED_AUTO && contexts[0] == CU_CTX_SCHED_BLOCKING_SYNC);
}

int main(void)
{
	struct dispatch dispatch = { 0 };

	driver.cuCtxGetFlags = get_flags;
	driver.cuCtxSetFlags = set_flags;
	driver.cuCtxSetCurrent = set_current;
	crowds_come_and_go();
	contexts_follow(&dispatch);
	nobody_sees_it(&dispatch);
	return 0;
}
