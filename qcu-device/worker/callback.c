/* SPDX-License-Identifier: MIT */
/*
 * callback.c - functions of the guest program, in stream order
 *
 * DOC: Theory of operation
 *
 * The driver calls callback_run() in a thread of its own when the function's turn
 * in its stream has come.  It puts the function into a queue and blocks, and with
 * it the stream.  A channel of the guest is asking for the next function; it gets
 * the one, and when it asks again the one has returned, and the stream goes on.
 *
 * If the guest dies meanwhile this process is ended, blocked threads or not.  A
 * function whose context failed before its turn is never called: its few bytes are
 * kept until the session ends.
 */
#include <pthread.h>
#include <stdlib.h>

#include "qcu-device/worker/callback.h"

struct callback {
	struct wire_callback wire;
	bool once;
};

/* struct turn - a function that a stream waits for; on the stack of the driver's thread */
struct turn {
	struct wire_callback wire;
	bool done;
	struct turn *next;
};

/* Guards all below, and the turns. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t came = PTHREAD_COND_INITIALIZER;
static pthread_cond_t went = PTHREAD_COND_INITIALIZER;
static struct turn *first, **last = &first;
static struct turn *running;	/* in the guest */

void callback_in_guest(const struct wire_callback *wire)
{
	struct turn turn = { .wire = *wire };

	pthread_mutex_lock(&lock);
	*last = &turn;
	last = &turn.next;
	pthread_cond_signal(&came);
	while (!turn.done)
		pthread_cond_wait(&went, &lock);
	pthread_mutex_unlock(&lock);
}

CUresult host_callback_next(struct dispatch *dispatch, struct wire_callback *next)
{
	if (!next)
		return dispatch_refuse(dispatch);
	pthread_mutex_lock(&lock);
	if (running) {
		running->done = true;
		running = NULL;
		pthread_cond_broadcast(&went);
	}
	while (!first)
		pthread_cond_wait(&came, &lock);
	running = first;
	first = running->next;
	if (!first)
		last = &first;
	*next = running->wire;
	pthread_mutex_unlock(&lock);
	return CUDA_SUCCESS;
}

struct callback *callback_create(const struct wire_callback *wire, bool once)
{
	struct callback *callback = malloc(sizeof(*callback));

	if (callback)
		*callback = (struct callback){ *wire, once };
	return callback;
}

void callback_destroy(struct callback *callback)
{
	free(callback);
}

struct wire_callback callback_wire(const struct callback *callback)
{
	return callback->wire;
}

void CUDA_CB callback_run(void *argument)
{
	struct callback *callback = argument;

	callback_in_guest(&callback->wire);
	if (callback->once)
		callback_destroy(callback);
}

/* The CUstreamCallback: also called when the context has failed, and told so. */
static void CUDA_CB run_with_status(CUstream stream, CUresult status, void *argument)
{
	struct callback *callback = argument;

	callback->wire.status = status;
	callback_run(callback);
}

static bool capturing(CUstream stream)
{
	CUstreamCaptureStatus status;

	return driver.cuStreamIsCapturing &&
	       driver.cuStreamIsCapturing(stream, &status) == CUDA_SUCCESS &&
	       status == CU_STREAM_CAPTURE_STATUS_ACTIVE;
}

CUresult host_callback_launch(struct dispatch *dispatch, CUstream stream,
			      struct wire_callback wire)
{
	struct callback *callback;
	CUresult rc;

	if (wire.kind != WIRE_CALLBACK_FUNCTION && wire.kind != WIRE_CALLBACK_STREAM)
		return dispatch_refuse(dispatch);
	/* What is captured runs with every launch of its graph. */
	callback = callback_create(&wire, !capturing(stream));
	if (!callback)
		return CUDA_ERROR_OUT_OF_MEMORY;
	if (wire.kind == WIRE_CALLBACK_FUNCTION)
		rc = driver.cuLaunchHostFunc(stream, callback_run, callback);
	else
		rc = driver.cuStreamAddCallback(stream, run_with_status, callback, 0);
	if (rc != CUDA_SUCCESS)
		callback_destroy(callback);
	return rc;
}
