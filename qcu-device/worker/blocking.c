/* SPDX-License-Identifier: MIT */
#include <pthread.h>

#include "qcu-device/worker/blocking.h"

#define MOST 16		/* contexts of a program that sleep; the others spin on */

/* Guards what follows, and is held over the driver's calls that it is about. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static CUcontext blocking[MOST];	/* whose programs have said AUTO */
static unsigned int n_blocking;
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

	while (i < n_blocking && blocking[i] != context)
		i++;
	return i;
}

static void begin(CUcontext context)
{
	if (n_blocking < MOST && place(context) == n_blocking &&
	    change(CU_CTX_SCHED_AUTO, CU_CTX_SCHED_BLOCKING_SYNC))
		blocking[n_blocking++] = context;
}

static void end(CUcontext context)
{
	unsigned int i = place(context);

	if (i == n_blocking)
		return;
	change(CU_CTX_SCHED_BLOCKING_SYNC, CU_CTX_SCHED_AUTO);
	blocking[i] = blocking[--n_blocking];
}

void blocking_settle(struct dispatch *dispatch)
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

bool blocking_shows(uint32_t id)
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

void blocking_hide(struct dispatch *dispatch)
{
	pthread_mutex_lock(&lock);
	hiding++;
	if (n_blocking) {
		while (n_blocking) {
			driver.cuCtxSetCurrent(blocking[0]);
			end(blocking[0]);
		}
		driver.cuCtxSetCurrent(dispatch->current);
	}
	pthread_mutex_unlock(&lock);
}

void blocking_unhide(void)
{
	pthread_mutex_lock(&lock);
	hiding--;
	pthread_mutex_unlock(&lock);
	crowd_retell();
}
