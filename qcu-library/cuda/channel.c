/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * Each thread that calls CUDA has a channel, taken from a pool and given back
 * when the thread ends.  The next thread says so with its first command: the worker
 * then serves it with another thread of its own, if CUDA would take the two for one
 * (WIRE_NEW_THREAD).  There are QCUDA_MAX_CHANNELS at most, fewer with a small
 * virtqueue; threads beyond that share, one call at a time, under the channel's
 * lock (which is always taken: without contention it costs less than a branch
 * that is mispredicted once).  Sharing is for programs that would not get on
 * otherwise: one thread's call waits there for another's, which with CUDA it
 * does not.
 *
 * A thread of this library that waits for the host for ever (callback.c) has a
 * channel of its own outside the pool, for which one is kept back.
 *
 * Tickets cannot deadlock: room in the ring is waited for first; between taking
 * a ticket and publishing the command nothing waits.  So the command with the
 * lowest ticket that has not run is in its ring, and what stands before it there
 * has lower tickets or waits for fewer.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "qcu-library/cuda/channel.h"
#include "qcu-library/cuda/options.h"
#include "qcu-library/cuda/stats.h"
#include "qcu-library/cuda/thread.h"
#include "wire/protocol.h"

#define RING_BYTES	(256u << 10)
#define REPLY_BYTES	(128u << 10)
#define CHANNEL_BYTES	((size_t)CHANNEL_RING_OFFSET + RING_BYTES + REPLY_BYTES)
#define PRIVATE_CHANNELS 1

static_assert(RING_BYTES <= CHANNEL_RING_MAX && RING_BYTES >= CHANNEL_RING_MIN, "protocol.h");
static_assert(REPLY_BYTES <= CHANNEL_REPLY_MAX && REPLY_BYTES % 4096 == 0, "protocol.h");

#define PAUSES		32	/* between looks at the reply, before one at the clock */
#define LOOKS_A_PAUSE	8	/* at first: an emulated CPU takes a pause for a reason to do something else */

/*
 * Who has polled for so long gives way between looks: the CPU may be wanted by a program of which
 * this one knows nothing.  Where it is not, a look comes later by what the system call takes.  If
 * the host says that CPUs are fewer than who wants one, it sleeps: a yield in a virtual machine
 * does not reach the host.
 */
#define YIELD_AFTER_NS	50000

/* Threads that poll now: when they are many, each gives way to others between looks. */
static _Atomic int pollers;

/* Guards the pool and channel.threads. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct channel *pool[QCUDA_MAX_CHANNELS];
static uint32_t n_pool;

static CUresult channel_create(struct channel **made)
{
	struct transport *transport = session.transport;
	struct channel *channel = calloc(1, sizeof(*channel));
	void *memory;
	CUresult rc;
	int error;

	if (!channel)
		return CUDA_ERROR_OUT_OF_MEMORY;
	rc = shared_alloc(NULL, CHANNEL_BYTES, &memory, &channel->region);
	if (rc != CUDA_SUCCESS)
		goto err_free;
	error = transport->ops->channel_start(transport, channel->region, 0, RING_BYTES,
					      REPLY_BYTES, &channel->id);
	if (error) {
		rc = session_failed(error);
		goto err_shared;
	}
	channel->memory = memory;
	ring_init(&channel->ring, memory, RING_BYTES);
	pthread_mutex_init(&channel->lock, NULL);
	debug_session("channel %u started", channel->id);
	*made = channel;
	return CUDA_SUCCESS;

err_shared:
	shared_free(memory, CHANNEL_BYTES, channel->region);
err_free:
	free(channel);
	return rc;
}

CUresult channel_create_private(struct channel **made)
{
	CUresult rc = channel_create(made);

	if (rc == CUDA_SUCCESS)
		(*made)->unordered = true;
	return rc;
}

void channel_destroy_private(struct channel *channel)
{
	int error = session.transport->ops->channel_stop(session.transport, channel->id);

	if (error)
		session_failed(error);
	shared_free(channel->memory, CHANNEL_BYTES, channel->region);
	pthread_mutex_destroy(&channel->lock);
	free(channel);
}

/* Called with the lock held. */
static bool may_grow(void)
{
	uint32_t most = session.transport->max_channels;

	return n_pool + PRIVATE_CHANNELS < (most < QCUDA_MAX_CHANNELS ? most : QCUDA_MAX_CHANNELS);
}

/* The channel with the fewest threads, or NULL.  Called with the lock held. */
static struct channel *least_used(void)
{
	struct channel *best = NULL;

	for (uint32_t i = 0; i < n_pool; i++)
		if (!best || pool[i]->threads < best->threads)
			best = pool[i];
	return best;
}

/*
 * Nobody has it now: errors that nobody asked for are not the next thread's.  Called with the lock
 * held.
 */
static void hand_on(struct channel *channel)
{
	channel->handed_on = channel->commands;
	channel->deferred = CUDA_SUCCESS;
}

CUresult channel_get(struct channel **channel)
{
	struct thread *thread = thread_self();
	CUresult rc = CUDA_SUCCESS;

	if (thread->channel) {
		*channel = thread->channel;
		return CUDA_SUCCESS;
	}
	pthread_mutex_lock(&lock);
	*channel = least_used();
	if ((!*channel || (*channel)->threads) && may_grow()) {
		struct channel *made = NULL;

		rc = channel_create(&made);
		if (made)
			*channel = pool[n_pool++] = made;
		else if (*channel && session_check() == CUDA_SUCCESS)
			rc = CUDA_SUCCESS;	/* no more to be had: share */
	}
	if (rc == CUDA_SUCCESS) {
		if (!(*channel)->threads)
			hand_on(*channel);
		(*channel)->threads++;
		thread->channel = *channel;
	}
	pthread_mutex_unlock(&lock);
	return rc;
}

void channel_put(struct channel *channel)
{
	if (session_is_forked())
		return;		/* another thread may have held the lock at the fork */
	pthread_mutex_lock(&lock);
	channel->threads--;
	pthread_mutex_unlock(&lock);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + t.tv_nsec;
}

/* What a wait is for: a reply with this seq, or this much room */
struct goal {
	enum guest_waits what;
	uint32_t seq;
	uint32_t room;
};

static uint8_t *reply_area(const struct channel *channel)
{
	return channel->memory + CHANNEL_RING_OFFSET + RING_BYTES;
}

static bool reached(struct channel *channel, const struct goal *goal)
{
	if (goal->what == GUEST_WAITS_SPACE)
		return ring_has_room(&channel->ring, goal->room);
	/* seq_cst: Dekker with the worker's store of replied and load of
	 * guest_waits; acquires the bytes of the reply area.
	 */
	return atomic_load(&channel->ring.shared->replied) == goal->seq;
}

static bool host_is_crowded(const struct channel *channel)
{
	/* relaxed: a hint; nothing is ordered by it */
	return atomic_load_explicit(&channel->ring.shared->crowded, memory_order_relaxed);
}

bool channel_is_crowded(void)
{
	const struct channel *channel = thread_self()->channel;

	return channel && host_is_crowded(channel);
}

/* A microsecond or more of looks: the time that the clock alone may take in a virtual machine */
static bool look_often(struct channel *channel, const struct goal *goal, int a_pause)
{
	for (int i = 0; i < PAUSES * a_pause; i++) {
		if (reached(channel, goal))
			return true;
		if (i % a_pause)
			continue;
		/* Written before what is looked at: who waits for both waits once. */
		__builtin_prefetch(reply_area(channel));
		ring_relax();
	}
	return false;
}

static bool poll_until(struct channel *channel, const struct goal *goal, uint64_t now,
		       uint64_t end)
{
	/* relaxed: a hint; nothing is ordered by it */
	bool crowded = atomic_fetch_add_explicit(&pollers, 1, memory_order_relaxed) >=
			       option_cpus() / 2 ||
		       option_cpus() <= 2;
	uint64_t yield = option_set(NO_YIELD) ? end : now + YIELD_AFTER_NS;
	bool there;

	do {
		/* It takes long; the worker may be the other thread of this core. */
		there = look_often(channel, goal, 1);
		if (there || (now >= yield && host_is_crowded(channel)))
			break;
		if (crowded || now >= yield)
			sched_yield();
		now = now_ns();
	} while (now < end);
	atomic_fetch_sub_explicit(&pollers, 1, memory_order_relaxed);
	return there;
}

static bool poll_for(struct channel *channel, const struct goal *goal)
{
	/* Who asks for what may never come sleeps at once, and who has asked to. */
	unsigned int spin_us = channel->unordered || channel->patient ? 0 : option_spin_us();
	uint64_t now;

	if (reached(channel, goal))
		return true;
	if (!spin_us)
		return false;
	if (look_often(channel, goal, LOOKS_A_PAUSE))
		return true;
	now = now_ns();
	return poll_until(channel, goal, now, now + spin_us * 1000ull);
}

static CUresult wait_for(struct channel *channel, const struct goal *goal)
{
	struct transport *transport = session.transport;
	struct channel_shared *shared = channel->ring.shared;
	int error;

	if (poll_for(channel, goal))
		return CUDA_SUCCESS;
	for (;;) {
		/* seq_cst: the flag before the second look, see wire/channel.h */
		atomic_store(&shared->guest_waits, goal->what);
		if (reached(channel, goal))
			break;
		stats_note(STATS_SLEEP);
		error = transport->ops->wait(transport, channel->id, &channel->seen);
		if (error)
			return session_failed(error == -ENOENT ? -EPIPE : error);
		if (reached(channel, goal))
			break;
	}
	/* Take the flag back; if the worker was faster, its event finds nobody. */
	atomic_store(&shared->guest_waits, GUEST_AWAKE);
	return CUDA_SUCCESS;
}

/* The command's ticket; an asynchronous one counts itself. */
static uint64_t take_ticket(const struct channel *channel, bool is_async)
{
	if (channel->unordered)
		return 0;
	/* acq_rel: a thread that the program has ordered after another's post
	 * sees that post counted.
	 */
	return is_async ? atomic_fetch_add_explicit(&session.posted, 1, memory_order_acq_rel) :
			  atomic_load_explicit(&session.posted, memory_order_acquire);
}

CUresult channel_post(struct channel *channel, enum call_id id, const struct request *request,
		      uint64_t context, bool is_async, bool want_reply)
{
	struct wire_command command = { .call = id, .context = context };
	struct goal room = { .what = GUEST_WAITS_SPACE };
	CUresult rc;

	if (request->bytes > RING_BYTES - sizeof(command) ||
	    request->reply_bytes > REPLY_BYTES - sizeof(struct wire_reply))
		return CUDA_ERROR_INVALID_VALUE;
	command.bytes = room.room = sizeof(command) + request->bytes;
	rc = wait_for(channel, &room);
	if (rc != CUDA_SUCCESS)
		return rc;
	if (want_reply) {
		command.flags = WIRE_WANT_REPLY;
		command.seq = ++channel->seq;
	}
	if (is_async)
		command.flags |= WIRE_ASYNC;
	if (channel->handed_on)
		command.flags |= WIRE_NEW_THREAD;
	channel->handed_on = false;
	command.ticket = channel->ticket = take_ticket(channel, is_async);
	channel->commands++;
	ring_put(&channel->ring, &command, sizeof(command));
	for (int i = 0; i < request->n_iov; i++)
		ring_put(&channel->ring, request->iov[i].iov_base, request->iov[i].iov_len);
	if (ring_publish(&channel->ring)) {
		int error;

		stats_note(STATS_DOORBELL);
		error = session.transport->ops->doorbell(session.transport, channel->id);

		if (error)
			return session_failed(error == -ENOENT ? -EPIPE : error);
	}
	return CUDA_SUCCESS;
}

CUresult channel_reply(struct channel *channel, struct wire_reply *reply, const void **payload,
		       size_t *bytes)
{
	const struct goal replied = { .what = GUEST_WAITS_REPLY, .seq = channel->seq };
	const uint8_t *area = reply_area(channel);
	CUresult rc = wait_for(channel, &replied);

	if (rc != CUDA_SUCCESS)
		return rc;
	memcpy(reply, area, sizeof(*reply));
	if (reply->bytes < sizeof(*reply) || reply->bytes > REPLY_BYTES)
		return session_failed(-EIO);
	*payload = area + sizeof(*reply);
	*bytes = reply->bytes - sizeof(*reply);
	if (reply->deferred && channel->deferred == CUDA_SUCCESS)
		channel->deferred = reply->deferred;
	return CUDA_SUCCESS;
}
