/* SPDX-License-Identifier: MIT */
#include <pthread.h>

#include "qcu-device/worker/yield.h"

#define MOST 16		/* contexts of a program that give way; the others spin on */

/* Guards what follows, and is held over the driver's calls that it is about. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static CUcontext yielding[MOST];	/* whose programs have said AUTO */
static unsigned int n_yielding;
static unsigned int hiding;		/* calls under way that would show them */

/* The current context is to wait by @to if it waits by @from.  Return: it does, and did not */
static bool change(unsigned int from, unsigned int to)
{
	unsigned int flags;

	if (!driver.cuCtxGetFlags || !driver.cuCtxSetFlags ||
	    driver.cuCtxGetFlags(&flags) != CUDA_SUCCESS || (flags & CU_CTX_SCHED_MASK) != from)
		return false;
	return driver.cuCtxSetFlags((flags & ~CU_CTX_SCHED_MASK) | to) == CUDA_SUCCESS;
}

static unsigned int place(CUcontext context)
{
	unsigned int i = 0;

	while (i < n_yielding && yielding[i] != context)
		i++;
	return i;
}

static void begin(CUcontext context)
{
	if (n_yielding < MOST && place(context) == n_yielding &&
	    change(CU_CTX_SCHED_AUTO, YIELD_FLAG))
		yielding[n_yielding++] = context;
}

static void end(CUcontext context)
{
	unsigned int i = place(context);

	if (i == n_yielding)
		return;
	change(YIELD_FLAG, CU_CTX_SCHED_AUTO);
	yielding[i] = yielding[--n_yielding];
}

void yield_settle(struct dispatch *dispatch)
{
	uint32_t changes = atomic_load(&crowd_changes);

	/* Nobody waits for a call of another thread; the next call that may wait sees to it. */
	if (pthread_mutex_trylock(&lock))
		return;
	if (crowd_is(changes) && !hiding)
		begin(dispatch->current);
	else
		end(dispatch->current);
	dispatch->crowd = changes;
	pthread_mutex_unlock(&lock);
}

bool yield_shows(uint32_t id)
{
	switch (id) {
	case CALL_cuCtxGetFlags:
	case CALL_cuCtxSetFlags:
	case CALL_cuDevicePrimaryCtxGetState:
	case CALL_cuDevicePrimaryCtxSetFlags_v2:
	case CALL_cuCtxDestroy_v2:
	case CALL_primary_release:
	case CALL_primary_reset:
	case CALL_green_destroy:
		return true;
	default:
		return false;
	}
}

void yield_hide(struct dispatch *dispatch)
{
	pthread_mutex_lock(&lock);
	hiding++;
	if (n_yielding) {
		while (n_yielding) {
			driver.cuCtxSetCurrent(yielding[0]);
			end(yielding[0]);
		}
		driver.cuCtxSetCurrent(dispatch->current);
	}
	pthread_mutex_unlock(&lock);
}

void yield_unhide(void)
{
	pthread_mutex_lock(&lock);
	hiding--;
	pthread_mutex_unlock(&lock);
	crowd_retell();
}
