/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * channel.h - the memory of a channel: a command ring one way, one reply back
 *
 * DOC: Theory of operation
 *
 * A channel carries the CUDA calls of one guest thread to one thread of the
 * worker.  It lives in a region, memory of the guest process that the worker
 * has mapped too:
 *
 *	offset 0		struct channel_shared (one page)
 *	CHANNEL_RING_OFFSET	command ring, ring_bytes
 *	  + ring_bytes		reply area, reply_bytes
 *
 * Commands are struct wire_command plus payload, multiples of 8 bytes, laid
 * into the ring one after another and wrapping at its end.  Positions (head,
 * tail) are byte counts that only grow; position modulo ring_bytes is the
 * place.  The guest writes the command, then publishes @head; the worker copies
 * the command out, and only then looks at the copy: the guest may scribble on the
 * ring at any time and harms nobody but itself.  It publishes @tail before it runs
 * a command that is only posted, and after the reply to one that wants a reply.
 *
 * A command that wants a reply has WIRE_WANT_REPLY; at most one such is under
 * way.  The worker writes the reply area, then publishes @replied = its seq.
 *
 * Sleeping, both ways the same (Dekker's pattern, hence seq_cst):
 *	sleeper:  flag = 1;  look again;  nothing there?  sleep
 *	other:    publish;   flag was 1?  flag = 0, wake it
 * Whoever finds the flag set takes it back by an exchange, so one sleep costs
 * one wake-up.  The guest wakes the worker by its doorbell, the worker wakes
 * the guest by a channel event (protocol.h).
 *
 * Rejected: reply data in a second ring (a synchronous caller has one reply
 * outstanding by definition); sharing one ring between threads (a thread that
 * waits for the GPU would block the others).
 */
#ifndef QCUDA_WIRE_CHANNEL_H
#define QCUDA_WIRE_CHANNEL_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define CHANNEL_RING_OFFSET	4096u
#define CHANNEL_RING_MIN	4096u
#define CHANNEL_RING_MAX	(4u << 20)
#define CHANNEL_REPLY_MAX	(4u << 20)

/* What the guest's thread waits for: channel_shared.guest_waits */
enum guest_waits {
	GUEST_AWAKE	= 0,
	GUEST_WAITS_REPLY = 1,
	GUEST_WAITS_SPACE = 2,	/* for @tail to pass; woken when half the ring is free */
};

/* What the guest is to fetch: channel_shared.output */
enum channel_output {
	CHANNEL_OUTPUT	= 1,	/* what kernels printed, by take_output */
	CHANNEL_ERRORS	= 2,	/* what is for stderr, by take_errors */
	CHANNEL_LOGS	= 4,	/* messages of the driver's log, by logs_take; if asked by logs_watch */
};

struct channel_shared {
	/* written by the guest */
	_Alignas(64) _Atomic uint64_t head;	/* end of the last whole command */
	/* set by the guest, taken back by whoever wakes it: enum guest_waits */
	_Alignas(64) _Atomic uint32_t guest_waits;

	/* written by the worker */
	_Alignas(64) _Atomic uint64_t tail;	/* everything before it was copied out */
	_Alignas(64) _Atomic uint32_t replied;	/* seq of the last reply */
	/* set by the worker, taken back by whoever wakes it */
	_Alignas(64) _Atomic uint32_t host_sleeps;
	/* set by the worker before the reply of a call that may wait for the GPU (LOGS: of
	 * any), taken back by the guest: there is something to fetch (enum channel_output)
	 */
	_Alignas(64) _Atomic uint32_t output;
	/* set by the worker, a hint: on its machine are fewer CPUs than threads that want one, and
	 * a guest that has polled for some time had better sleep
	 */
	_Alignas(64) _Atomic uint32_t crowded;
};

_Static_assert(offsetof(struct channel_shared, guest_waits) == 64, "wire layout");
_Static_assert(offsetof(struct channel_shared, tail) == 128, "wire layout");
_Static_assert(offsetof(struct channel_shared, replied) == 192, "wire layout");
_Static_assert(offsetof(struct channel_shared, host_sleeps) == 256, "wire layout");
_Static_assert(offsetof(struct channel_shared, output) == 320, "wire layout");
_Static_assert(offsetof(struct channel_shared, crowded) == 384, "wire layout");
_Static_assert(sizeof(struct channel_shared) <= CHANNEL_RING_OFFSET, "fits its page");

enum wire_flags {
	WIRE_WANT_REPLY	= 1,
	WIRE_ASYNC	= 2,	/* from 1.1 on: it counts in tickets, should the call be unknown */
	/*
	 * The first of a thread that got the channel after others have ended: what CUDA has for
	 * each thread, its default streams above all, is not to be theirs.  A host may know nothing
	 * of it, and then it is.
	 */
	WIRE_NEW_THREAD	= 4,
};

#define WIRE_POST_SINCE	3	/* minor version: from here on it counts whatever call it is */

/**
 * struct wire_command - start of every command in the ring
 * @bytes: of the whole command, this header included; a multiple of 8
 * @call: enum call_id (calls.def)
 * @flags: enum wire_flags
 * @seq: counts the commands of this channel that want a reply, from 1
 * @context: handle of the CUDA context that is current in the calling thread,
 *	0 for none: the guest keeps the context stack, the worker follows it
 * @ticket: how many asynchronous commands the session had posted, over all its
 *	channels, before this one.  The worker runs a command only when that many
 *	have run: CUDA calls of two threads of one program are ordered when the
 *	program orders them, although they come through different channels
 */
struct wire_command {
	uint32_t bytes;
	uint16_t call;
	uint16_t flags;
	uint32_t seq;
	uint32_t reserved;
	uint64_t context;
	uint64_t ticket;
};
_Static_assert(sizeof(struct wire_command) == 32, "wire layout");

/**
 * struct wire_reply - start of the reply area
 * @bytes: of the whole reply, this header included
 * @result: the call's CUresult
 * @deferred: first CUresult that was not CUDA_SUCCESS of the asynchronous
 *	commands since the last reply, else CUDA_SUCCESS
 * @deferred_call: which call that was
 */
struct wire_reply {
	uint32_t bytes;
	int32_t result;
	int32_t deferred;
	uint32_t deferred_call;
};
_Static_assert(sizeof(struct wire_reply) == 16, "wire layout");

#endif
