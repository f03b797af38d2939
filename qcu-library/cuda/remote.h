/* SPDX-License-Identifier: MIT */
/*
 * remote.h - sending a call to the host
 *
 * Faces qcu-device/worker/dispatch.h.  send_NAME() for every WRAP and HAND row,
 * with the row's words as C parameters; where the CUDA function's own body is
 * the row alone (CALL), stubs.c defines that function.
 */
#ifndef QCU_LIBRARY_REMOTE_H
#define QCU_LIBRARY_REMOTE_H

#include "qcu-library/cuda/api.h"
#include "wire/call.h"
#include "wire/map.h"

struct channel;

/**
 * remote() - one call
 * @argv: an argument for each parameter of the row.  A HANDLE or DROP points to
 *	the handle; a NEW to where the program wants the handle.
 *
 * Checks handles, names what is created, forgets what is destroyed, and returns
 * the errors of earlier asynchronous calls where the row says WAIT.
 *
 * Context: blocks unless the row is ASYNC.  No lock may be held.
 */
CUresult remote(enum call_id id, struct arg *argv);

/** remote_post() - the same for a call that cannot fail now: nobody waits, see post.h */
CUresult remote_post(enum call_id id, struct arg *argv);

/**
 * struct flight - a call that has been sent and whose reply is still to come
 *
 * The thread may do something else meanwhile, but make no other call.  What OUT
 * arguments point to must live until remote_end().
 *
 * @began: when, in nanoseconds, if there is a timeline; @command: its number in the channel
 * @ticket, @asked: what others had sent before (quiet.c)
 */
struct flight {
	enum call_id id;
	uint64_t began, command;
	uint64_t ticket, asked;
	struct channel *channel;
	const struct call *call;
	const struct arg *argv;
	struct arg kept[CALL_MAX_PARAMS];	/* those of remote_begin() */
	uint64_t names[CALL_MAX_PARAMS];	/* of NEW parameters */
	CUdevice devices[CALL_MAX_PARAMS];	/* of CUdevice parameters, the host's */
	uint64_t context;
	bool async;		/* it counts in tickets */
	bool want_reply;
};

/** remote_begin() - after CUDA_SUCCESS remote_end() must follow */
CUresult remote_begin(struct flight *flight, enum call_id id, const struct arg *argv);
CUresult remote_end(struct flight *flight);

/*
 * This thread's calls are the library's own, not the program's: they are neither work nor wait of its,
 * and errors of its calls are not theirs to tell.
 */
extern _Thread_local bool remote_unasked;

/** remote_forget_deferred() - errors that this thread's asynchronous calls left are no more */
void remote_forget_deferred(void);

#define WRAP(id, name, when, ...) CUresult send_##name(PARAMS(__VA_ARGS__));
#define HAND(id, name, when, ...)                                          \
	CUresult send_##name(PARAMS(__VA_ARGS__));                          \
	CUresult begin_##name(PARAMS_AFTER(struct flight *flight_, __VA_ARGS__));
#include "wire/calls.def"

#endif
