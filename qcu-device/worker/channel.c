/* SPDX-License-Identifier: MIT */
/*
 * channel.c - poll, sleep, copy a command out, have it run, reply
 *
 * DOC: Theory of operation
 *
 * A channel's thread looks at its ring for some microseconds after the last
 * command, for a program that makes one call makes another soon; then it sleeps,
 * until its @bell rings: not on memory that the guest can write.  The doorbell is one
 * for all channels; the main thread reads it and rings the bells of those that are
 * meant.  That is two wake-ups, one after the other, so of all channels that sleep one
 * listens to the doorbell itself as well: all there is in a program of one thread.
 *
 * For how long is learnt from how long the last commands let it wait: as KVM does it
 * for its halted CPUs, the time doubles when a command has come soon after it, up to
 * POLL_GROWTH times what was asked for, and is what was asked for again after a
 * command that came later than that.  A guest of which a launch takes longer than a
 * host's so does not ring for each.
 *
 * CUDA has default streams and more for each thread.  A thread of the guest has those of the
 * thread here that serves it.  When the channel has gone to another (WIRE_NEW_THREAD) and the
 * driver keeps something for the one before, another thread here serves from then on,
 * and to the driver the first one has ended, as to the program.  LEFT_MAX for each channel may
 * be about to end; the next waits for one of them.
 *
 * Pollers must not take CPUs from those who would give them work.  When there
 * are as many as CPUs (or never more than two CPUs), each look ends with a
 * sched_yield().  What other processes want of the CPUs crowd.h notices; the guest is told.
 */
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#include "qcu-device/common/log.h"
#include "qcu-device/common/message.h"
#include "qcu-device/worker/channel.h"
#include "qcu-device/worker/control.h"
#include "qcu-device/worker/crowd.h"
#include "qcu-device/worker/dispatch.h"
#include "qcu-device/worker/region.h"
#include "wire/ring.h"

#define LOOKS 64		/* at the ring between two looks at the clock */
#define POLL_GROWTH 16
#define LEFT_MAX 8

/*
 * struct channel
 * @region: what holds ring and reply area, held while the channel runs
 * @command: private; as large as the ring, so that any command fits
 * @answer: private; as large as the reply area
 * @taken: bytes of a command that is there and has not run
 * @thread: that serves it; @left: those that did before and have not been joined
 * @ended: all its commands have run
 * @bell: eventfd, to wake the thread while it is @asleep
 * @misled: the doorbell was for another channel the last time
 * @crowded: what the guest was told
 * @poll_ns: how long it looks at present
 */
struct channel {
	uint32_t id;
	int event;
	struct region_ref region;
	struct ring ring;
	uint8_t *reply;
	uint32_t reply_bytes;
	void *command;
	void *answer;
	size_t taken;
	struct dispatch *dispatch;
	pthread_t thread, left[LEFT_MAX];
	unsigned int n_left;
	sem_t ended;
	int64_t poll_ns;
	int bell;
	bool misled;
	bool crowded;
	_Atomic bool asleep;
	_Atomic bool stopping;
};

static struct channel *channels[QCUDA_MAX_CHANNELS];	/* main thread only */
static _Atomic int doorbell = -1;		/* what the guest writes to, for all channels */
static _Atomic(struct channel *) listener;	/* the sleeper that listens to it */
static _Atomic int pollers;
static int cpus;
static int64_t poll_ns;

void channel_init(int poll_us)
{
	cpu_set_t set;

	cpus = sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);
	if (poll_us < 0)
		poll_us = cpus > 2 ? 50 : 10;
	poll_ns = poll_us * 1000ll;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

/* True if a command came within the time to poll, from @now on. */
static bool channel_poll(struct channel *channel, int64_t now)
{
	int64_t end = now + channel->poll_ns;
	bool crowded = atomic_fetch_add(&pollers, 1) >= cpus / 2 || cpus <= 2;
	bool there;

	do {
		for (int i = 0; i < LOOKS; i++) {
			there = ring_pending(&channel->ring);
			if (there)
				goto out;
			ring_relax();
		}
		if (crowded)
			sched_yield();
	} while (!channel->stopping && now_ns() < end);
out:
	atomic_fetch_sub(&pollers, 1);
	return there;
}

static void channel_ring_bell(struct channel *channel)
{
	eventfd_write(channel->bell, 1);
}

void channel_listen(int fd)
{
	atomic_store(&doorbell, fd);
}

/* Until the bell rings, or the doorbell for the one who listens to it */
static void channel_wait_for_bell(struct channel *channel)
{
	struct channel *nobody = NULL;
	bool listens = !channel->misled &&
		       atomic_compare_exchange_strong(&listener, &nobody, channel);
	struct pollfd fds[] = { { channel->bell, POLLIN, 0 },
				{ listens ? atomic_load(&doorbell) : -1, POLLIN, 0 } };
	eventfd_t count;

	poll(fds, 2, -1);
	if (listens)
		atomic_store(&listener, NULL);
	if (fds[0].revents)
		eventfd_read(channel->bell, &count);
	/* The main thread reads it: until then it would wake this one again and again. */
	channel->misled = fds[1].revents && !ring_pending(&channel->ring);
}

static void channel_sleep(struct channel *channel)
{
	struct channel_shared *shared = channel->ring.shared;

	channel->asleep = true;
	/* seq_cst: pairs with ring_publish(), the store of head before the load
	 * of host_sleeps; whichever comes second sees the other.
	 */
	atomic_store(&shared->host_sleeps, 1);
	if (!ring_pending(&channel->ring) && !channel->stopping)
		channel_wait_for_bell(channel);
	atomic_exchange(&shared->host_sleeps, 0);
	channel->asleep = false;
}

/* A command came, or the channel stops, after @ns. */
static void channel_learn(struct channel *channel, int64_t ns)
{
	if (ns > POLL_GROWTH * poll_ns)
		channel->poll_ns = poll_ns;
	else if (ns > channel->poll_ns)
		channel->poll_ns = 2 * channel->poll_ns;
}

/* The guest need not be woken for it. */
static void channel_tell_crowd(struct channel *channel)
{
	bool crowded = crowd_is(atomic_load_explicit(&crowd_changes, memory_order_relaxed));

	if (crowded != channel->crowded)
		atomic_store_explicit(&channel->ring.shared->crowded, crowded,
				      memory_order_relaxed);
	channel->crowded = crowded;
}

/* Join those that have left and ended. */
static void channel_reap(struct channel *channel)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < channel->n_left; i++)
		if (pthread_tryjoin_np(channel->left[i], NULL))
			channel->left[n++] = channel->left[i];
	channel->n_left = n;
}

static void channel_idle(struct channel *channel)
{
	int64_t since = now_ns();

	crowd_look(since);
	channel_tell_crowd(channel);
	if (channel_poll(channel, since))
		return;
	channel_reap(channel);
	channel_sleep(channel);
	channel_learn(channel, now_ns() - since);
}

/* Wake the guest's thread. */
static void channel_notify(struct channel *channel)
{
	if (channel->event >= 0)
		eventfd_write(channel->event, 1);
	else
		control_queue_event(channel->id);
}

/* The next command, in channel->command; 0: the channel has been stopped and all is done. */
static size_t channel_next(struct channel *channel)
{
	for (;;) {
		ssize_t n = ring_take(&channel->ring, channel->command, channel->ring.size);

		if (n < 0)
			control_end("a channel's ring is nonsense");
		if (n > 0)
			return n;
		if (channel->stopping)
			return 0;
		channel_idle(channel);
	}
}

static void channel_run(struct channel *channel)
{
	const struct wire_command *command = channel->command;
	/* The body may use the command's memory as it likes. */
	uint32_t seq = command->seq;
	ssize_t n = dispatch_command(channel->dispatch, command, channel->taken, channel->answer,
				     channel->reply_bytes);

	if (n < 0)
		control_end(NULL); /* dispatch has said why */
	if (!n)
		return;
	memcpy(channel->reply, channel->answer, n);
	if (dispatch_printed(channel->dispatch))
		atomic_fetch_or(&channel->ring.shared->output, dispatch_printed(channel->dispatch));
	if (ring_replied(&channel->ring, seq))
		channel_notify(channel);
}

static bool channel_has_flag(const struct channel *channel, enum wire_flags flag)
{
	const struct wire_command *command = channel->command;

	return command->flags & flag;
}

static void channel_free_room(struct channel *channel)
{
	if (ring_freed(&channel->ring))
		channel_notify(channel);
}

static void channel_serve(struct channel *channel)
{
	/* Who waits for a reply does not wait for room: it need not wait for that store. */
	bool asked = channel_has_flag(channel, WIRE_WANT_REPLY);

	if (!asked)
		channel_free_room(channel);
	channel_run(channel);
	if (asked)
		channel_free_room(channel);
}

static void *channel_successor(void *argument);

/* Leave the channel, and the command that was taken, to another thread; false: there can be none. */
static bool channel_leave(struct channel *channel)
{
	pthread_t thread;

	channel_reap(channel);
	if (channel->n_left == LEFT_MAX) {
		pthread_join(channel->left[0], NULL);
		channel->left[0] = channel->left[--channel->n_left];
	}
	channel->left[channel->n_left++] = pthread_self();
	if (!pthread_create(&thread, NULL, channel_successor, channel))
		return true;
	channel->n_left--;
	return false;
}

/* The command is the first of another thread of the guest: true if it is another's here, too. */
static bool channel_hand_on(struct channel *channel)
{
	if (dispatch_is_personal(channel->dispatch) && channel_leave(channel))
		return true;
	dispatch_hand_on(channel->dispatch, false);
	return false;
}

static void channel_loop(struct channel *channel)
{
	while ((channel->taken = channel_next(channel))) {
		if (channel_has_flag(channel, WIRE_NEW_THREAD) && channel_hand_on(channel))
			return;
		channel_serve(channel);
	}
	sem_post(&channel->ended);
}

static void *channel_successor(void *argument)
{
	struct channel *channel = argument;

	channel->thread = pthread_self();
	dispatch_hand_on(channel->dispatch, true);
	channel_serve(channel);
	channel_loop(channel);
	return NULL;
}

static void *channel_thread(void *argument)
{
	struct channel *channel = argument;

	channel->thread = pthread_self();
	channel_loop(channel);
	return NULL;
}

/* Does the channel lie in its region?  Every term is checked, so the sum cannot wrap. */
static bool channel_fits(const struct qcuda_channel_start *start, uint64_t length)
{
	uint64_t needs = CHANNEL_RING_OFFSET + (uint64_t)start->ring_bytes + start->reply_bytes;

	if (start->ring_bytes < CHANNEL_RING_MIN || start->ring_bytes > CHANNEL_RING_MAX ||
	    (start->ring_bytes & (start->ring_bytes - 1)))
		return false;
	if (!start->reply_bytes || start->reply_bytes > CHANNEL_REPLY_MAX ||
	    start->reply_bytes % 4096 || start->offset % 4096)
		return false;
	return start->offset <= length && needs <= length - start->offset;
}

static void channel_free(struct channel *channel)
{
	fd_close(&channel->bell);
	sem_destroy(&channel->ended);
	dispatch_destroy(channel->dispatch);
	free(channel->answer);
	free(channel->command);
	free(channel);
}

static struct channel *channel_create(const struct qcuda_channel_start *start,
				      const struct region_ref *region)
{
	struct channel *channel = calloc(1, sizeof(*channel));
	uint8_t *base = (uint8_t *)region->base + start->offset;

	if (!channel)
		return NULL;
	channel->id = start->channel;
	channel->event = -1;
	channel->region = *region;
	channel->reply = base + CHANNEL_RING_OFFSET + start->ring_bytes;
	channel->reply_bytes = start->reply_bytes;
	channel->poll_ns = poll_ns;
	channel->command = malloc(start->ring_bytes);
	channel->answer = malloc(start->reply_bytes);
	channel->dispatch = dispatch_create(channel->id);
	sem_init(&channel->ended, 0, 0);
	channel->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!channel->command || !channel->answer || !channel->dispatch || channel->bell < 0) {
		channel_free(channel);
		return NULL;
	}
	ring_init(&channel->ring, base, start->ring_bytes);
	return channel;
}

enum qcuda_status channel_start(const struct qcuda_channel_start *start, int event)
{
	enum qcuda_status status = QCUDA_ERR_ID;
	struct region_ref region;
	struct channel *channel;
	pthread_t thread;

	if (start->channel >= QCUDA_MAX_CHANNELS || channels[start->channel] ||
	    !region_get_for_channel(start->region, &region))
		goto err_event;
	status = QCUDA_ERR_RANGE;
	if (!channel_fits(start, region.length))
		goto err_region;
	status = QCUDA_ERR_NO_MEMORY;
	channel = channel_create(start, &region);
	if (!channel)
		goto err_region;
	channel->event = event;
	if (pthread_create(&thread, NULL, channel_thread, channel))
		goto err_channel;
	channels[start->channel] = channel;
	return QCUDA_OK;

err_channel:
	channel_free(channel);
err_region:
	region_put_for_channel(&region);
err_event:
	fd_close(&event);
	return status;
}

enum qcuda_status channel_stop(uint32_t id, struct channel **stopping)
{
	struct channel *channel = id < QCUDA_MAX_CHANNELS ? channels[id] : NULL;

	if (!channel || channel->stopping)
		return QCUDA_ERR_ID;
	channel->stopping = true;
	channel_ring_bell(channel);
	*stopping = channel;
	return QCUDA_OK;
}

void channel_wait(struct channel *channel)
{
	while (sem_wait(&channel->ended))
		;
	pthread_join(channel->thread, NULL);
	for (unsigned int i = 0; i < channel->n_left; i++)
		pthread_join(channel->left[i], NULL);
}

void channel_finish(struct channel *channel)
{
	channels[channel->id] = NULL;
	region_put_for_channel(&channel->region);
	fd_close(&channel->event);
	channel_free(channel);
}

void channel_doorbell(void)
{
	for (unsigned i = 0; i < QCUDA_MAX_CHANNELS; i++) {
		struct channel *channel = channels[i];

		/* Who rings takes host_sleeps back first: it tells whom he means. */
		if (channel && channel->asleep && !atomic_load(&channel->ring.shared->host_sleeps))
			channel_ring_bell(channel);
	}
}
