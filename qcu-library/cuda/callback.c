/* SPDX-License-Identifier: MIT */
/*
 * callback.c - host functions: cuLaunchHostFunc, cuStreamAddCallback
 *
 * DOC: Theory of operation
 *
 * Faces qcu-device/worker/callback.c.  The function runs here, in the program; the
 * stream that waits for it is the host's.  So the host enqueues a function of its
 * own, which blocks that stream until this process has run the program's.
 *
 * A thread of this library asks the host for the next function (callback_next),
 * sleeps until there is one, runs it, and asks again, which says that it has
 * returned.  It starts with the first call that needs it.  CUDA allows host
 * functions of all streams to be serialised, so one thread is enough.
 *
 * Its channel is nobody else's, for it is always waiting; and its commands wait
 * for no ticket: a launch on another channel may be blocked in the driver until
 * the very function has returned.
 */
#include <pthread.h>
#include <signal.h>

#include "qcu-library/cuda/callback.h"
#include "qcu-library/cuda/channel.h"
#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/notification.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"
#include "qcu-library/cuda/stream.h"
#include "qcu-library/cuda/thread.h"

/* Serialises the start; guards @started. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool started;

static void run(const struct wire_callback *callback)
{
	/* Acquires what was written before the launch. */
	atomic_fetch_add_explicit(&session.callbacks, 1, memory_order_acquire);
	session_in_callback = true;
	if (callback->kind == WIRE_CALLBACK_ASYNC) {
		notification_run(callback);
	} else if (callback->kind == WIRE_CALLBACK_STREAM) {
		CUstreamCallback function = (CUstreamCallback)callback->function;

		function((CUstream)callback->stream, callback->status, POINTER(callback->data));
	} else {
		CUhostFn function = (CUhostFn)callback->function;

		function(POINTER(callback->data));
	}
	session_in_callback = false;
	/* Released to whoever waits: remote_end() */
	atomic_fetch_add_explicit(&session.callbacks, 1, memory_order_release);
}

static void *callback_thread(void *channel)
{
	struct wire_callback callback;

	thread_self()->channel = channel;
	/* An error: the session has ended, and with it all that could come. */
	while (send_callback_next(&callback) == CUDA_SUCCESS)
		run(&callback);
	return NULL;
}

/* Called with the lock held. */
static CUresult start(void)
{
	struct channel *channel;
	sigset_t all, before;
	pthread_t thread;
	CUresult rc = channel_create_private(&channel);
	int error;

	if (rc != CUDA_SUCCESS)
		return rc;
	/* The program's signals are for its own threads. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, NULL, callback_thread, channel);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error) {
		channel_destroy_private(channel);
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	pthread_detach(thread);
	started = true;
	return CUDA_SUCCESS;
}

CUresult callback_ready(void)
{
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	pthread_mutex_lock(&lock);
	if (!started)
		rc = start();
	pthread_mutex_unlock(&lock);
	return rc;
}

struct wire_callback callback_of(CUhostFn function, void *data)
{
	return (struct wire_callback){
		.function = ADDRESS(function),
		.data = ADDRESS(data),
		.kind = WIRE_CALLBACK_FUNCTION,
	};
}

static CUresult launch(CUstream stream, const struct wire_callback *callback)
{
	CUresult rc = context_check();

	if (rc == CUDA_SUCCESS)
		rc = stream_check(stream);
	if (rc == CUDA_SUCCESS && !callback->function)
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = callback_ready();
	atomic_fetch_add_explicit(&session.callbacks, 1, memory_order_release);
	return rc == CUDA_SUCCESS ? send_callback_launch(stream, *callback) : rc;
}

CUresult CUDAAPI cuLaunchHostFunc(CUstream hStream, CUhostFn fn, void *userData)
{
	struct wire_callback callback = callback_of(fn, userData);

	return launch(hStream, &callback);
}

CUresult CUDAAPI cuStreamAddCallback(CUstream hStream, CUstreamCallback callback, void *userData,
				     unsigned int flags)
{
	struct wire_callback wire = {
		.function = ADDRESS(callback),
		.data = ADDRESS(userData),
		.stream = (uint64_t)hStream,
		.kind = WIRE_CALLBACK_STREAM,
	};
	CUresult rc = context_check();

	/* CUDA Driver API: flags are for future use and must be 0. */
	if (rc == CUDA_SUCCESS && flags)
		rc = CUDA_ERROR_INVALID_VALUE;
	return rc == CUDA_SUCCESS ? launch(hStream, &wire) : rc;
}
