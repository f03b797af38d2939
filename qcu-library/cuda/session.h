/* SPDX-License-Identifier: MIT */
/*
 * session.h - this process and its worker on the host
 *
 * There is one session in a process.  What may be called when:
 *
 *	SESSION_NEW		nothing yet; session_connect()
 *	SESSION_CONNECTED	the host can be asked; cuInit() has not been called
 *	SESSION_UP		everything
 *	SESSION_DEAD		the worker has gone: every call says so, for ever
 *	SESSION_FORKED		this is the child of a fork(): as if not initialised,
 *				for ever (CUDA cannot be used over a fork)
 */
#ifndef QCU_LIBRARY_SESSION_H
#define QCU_LIBRARY_SESSION_H

#include <stdatomic.h>

#include "qcu-library/cuda/api.h"
#include "qcu-library/cuda/transport.h"

enum session_state {
	SESSION_NEW,
	SESSION_CONNECTED,
	SESSION_UP,
	SESSION_DEAD,
	SESSION_FORKED,
};

struct session {
	/* Written with release after the fields below; moves only forward. */
	_Atomic int state;
	struct transport *transport;
	struct wire_host host;
	/* The error that has ended a context and not been reset, CUDA_SUCCESS: none */
	_Atomic int lost;
	/* Asynchronous commands posted so far (wire/channel.h, ticket) */
	_Atomic uint64_t posted;
	/* Answered calls that may have left the device work (quiet.c) */
	_Atomic uint64_t asked;
	/*
	 * Host functions launched, and returned.  It is the host that orders a
	 * function after its launch and before the end of a wait; this says the same
	 * to the memory model, which knows nothing of another process.
	 */
	_Atomic uint64_t callbacks;
};

extern struct session session;

/*
 * Set while the calling thread runs a host function (callback.c), which may call
 * no CUDA.
 */
extern __thread bool session_in_callback;

/** session_connect() - reach the host and ask what it is; fine to repeat */
CUresult session_connect(void);

/**
 * session_over() - what a call returns once the worker has gone
 *
 * The worker ends, too, when the driver keeps memory in a context that has failed
 * and the guest's kernel wants it back: the program then goes on to see that error.
 */
static inline CUresult session_over(void)
{
	CUresult lost = (CUresult)atomic_load_explicit(&session.lost, memory_order_relaxed);

	return lost == CUDA_SUCCESS ? CUDA_ERROR_DEVICE_UNAVAILABLE : lost;
}

/** session_up() - cuInit() has succeeded */
void session_up(void);

/** session_check() - may a call be made now?  CUDA_SUCCESS or what the call must return */
static inline CUresult session_check(void)
{
	switch (atomic_load_explicit(&session.state, memory_order_acquire)) {
	case SESSION_UP:
		return session_in_callback ? CUDA_ERROR_NOT_PERMITTED : CUDA_SUCCESS;
	case SESSION_DEAD:
		return session_over();
	}
	return CUDA_ERROR_NOT_INITIALIZED;
}

/** session_is_forked() - is this a child of fork(), which has no session? */
static inline bool session_is_forked(void)
{
	return atomic_load_explicit(&session.state, memory_order_acquire) == SESSION_FORKED;
}

/** session_failed() - what a negative errno of the transport means to a program; may end the session */
CUresult session_failed(int error);

/**
 * session_share() - region_share() of the transport; if there is no memory for it, windows give way
 *
 * Return: 0 or a negative errno.
 */
int session_share(void *addr, size_t length, bool fresh, uint32_t *region);

/**
 * shared_alloc() - new memory, shared with the host; zeroes
 * @hint: where it should lie, if it can; NULL: anywhere
 * @length: page aligned
 *
 * A child of fork() does not have it.
 */
CUresult shared_alloc(void *hint, size_t length, void **addr, uint32_t *region);

/** shared_free() - end the region, then the memory */
void shared_free(void *addr, size_t length, uint32_t region);

#endif
