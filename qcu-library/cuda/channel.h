/* SPDX-License-Identifier: MIT */
/*
 * channel.h - a thread's ring to its thread in the worker, the guest's end
 *
 * The layout and the rules of sleeping are told in wire/channel.h.
 */
#ifndef QCU_LIBRARY_CHANNEL_H
#define QCU_LIBRARY_CHANNEL_H

#include <pthread.h>

#include "qcu-library/cuda/session.h"
#include "wire/call.h"
#include "wire/codec.h"
#include "wire/ring.h"

/**
 * struct channel
 * @lock: held from a command to its reply; guards all below
 * @threads: how many threads use the channel (under channel.c's own lock)
 * @handed_on: the next command is the first of a thread after others that have ended
 * @unordered: its commands, none of them asynchronous, wait for those of no other channel,
 *	and may wait for ever
 * @commands: how many were posted
 * @ticket: of the last one
 * @patient: the program has asked to sleep, not to spin, for the reply that is to come
 * @deferred: first error of asynchronous commands that no call has returned yet
 */
struct channel {
	pthread_mutex_t lock;
	int threads;
	bool handed_on;
	bool unordered;
	bool patient;
	uint32_t id;
	uint32_t seen;
	uint32_t seq;
	uint32_t region;
	uint8_t *memory;
	struct ring ring;
	uint64_t commands;
	uint64_t ticket;
	CUresult deferred;
};

/** channel_get() - the calling thread's channel, made at its first call */
CUresult channel_get(struct channel **channel);

/** channel_is_crowded() - has the host said, for this thread, that CPUs are short? */
bool channel_is_crowded(void);

/** channel_put() - the thread ends; the next may have the channel */
void channel_put(struct channel *channel);

/**
 * channel_create_private() - an unordered channel that no other thread will get
 *
 * At most one in a process.  channel_destroy_private(): no command may be under way.
 */
CUresult channel_create_private(struct channel **made);
void channel_destroy_private(struct channel *channel);

/**
 * channel_post() - put a command in the ring
 * @context: handle of the context current in the calling thread, or 0
 * @want_reply: channel_reply() must follow
 *
 * Takes the ticket.  Called with @channel->lock held.
 */
CUresult channel_post(struct channel *channel, enum call_id id, const struct request *request,
		      uint64_t context, bool is_async, bool want_reply);

/**
 * channel_reply() - wait for the reply of the command just posted
 * @payload: out: what follows the header in the reply area, good while the lock is held
 *
 * Called with @channel->lock held.
 */
CUresult channel_reply(struct channel *channel, struct wire_reply *reply, const void **payload,
		       size_t *bytes);

/** channel_take_output() - what kernels printed, enum channel_output.  Once.  Lock held. */
static inline uint32_t channel_take_output(struct channel *channel)
{
	_Atomic uint32_t *output = &channel->ring.shared->output;

	return atomic_load_explicit(output, memory_order_relaxed) ? atomic_exchange(output, 0) : 0;
}

#endif
