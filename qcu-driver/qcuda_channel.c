// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * qcuda_channel.c - wake-ups, from the guest to the worker and back
 *
 * A channel itself is memory that the driver never looks at.  Here is only what
 * a sleeping thread needs: a count of the worker's events to sleep on, and a
 * kick without a buffer to ring with.
 *
 * The slots are part of the session, so an event of a channel that was stopped
 * in the meantime (or a made-up one) wakes somebody in vain and harms nothing.
 */
#include <linux/nospec.h>

#include "qcuda_internal.h"

/**
 * qcuda_channel_init() - no channel runs
 * @s: a session being made
 */
void qcuda_channel_init(struct qcuda_session *s)
{
	unsigned int i;

	spin_lock_init(&s->lock);
	for (i = 0; i < QCUDA_MAX_CHANNELS; i++)
		init_waitqueue_head(&s->channels[i].wait);
}

/**
 * qcuda_channel_limit() - how many channels a session may have
 * @s: the session; it has its queue
 *
 * Each needs an event buffer, for the device does not ask for more.
 */
unsigned int qcuda_channel_limit(const struct qcuda_session *s)
{
	unsigned int agreed = s->qdev->version_minor < QCUDA_MAX_CHANNELS_SINCE ?
				      QCUDA_OLD_CHANNELS : QCUDA_MAX_CHANNELS;

	return min(s->queue->n_events - QCUDA_SPARE_EVENTS, agreed);
}

/* Change the state of channel @id if it is @from; NULL if it is not. */
static struct qcuda_channel_slot *channel_move(struct qcuda_session *s, u32 id,
					       enum qcuda_channel_state from,
					       enum qcuda_channel_state to)
{
	struct qcuda_channel_slot *c;
	bool moved;

	if (id >= s->max_channels)
		return NULL;
	c = &s->channels[array_index_nospec(id, s->max_channels)];
	spin_lock(&s->lock);
	moved = c->state == from;
	if (moved)
		c->state = to;
	spin_unlock(&s->lock);
	return moved ? c : NULL;
}

static struct qcuda_channel_slot *channel_running(struct qcuda_session *s, u32 id)
{
	return channel_move(s, id, QCUDA_CHANNEL_RUNNING, QCUDA_CHANNEL_RUNNING);
}

static struct qcuda_channel_slot *channel_reserve(struct qcuda_session *s, u32 *id)
{
	struct qcuda_channel_slot *c;

	for (*id = 0; *id < s->max_channels; ++*id) {
		c = channel_move(s, *id, QCUDA_CHANNEL_FREE, QCUDA_CHANNEL_STARTING);
		if (c)
			return c;
	}
	return NULL;
}

/**
 * qcuda_channel_start() - QCUDA_IOC_CHANNEL_START
 * @s: the session
 * @argument: struct qcuda_channel
 *
 * The sizes are the device's to judge.
 *
 * Context: Process context.  Sleeps; a fatal signal ends it.
 * Return: 0 or a negative errno.
 */
int qcuda_channel_start(struct qcuda_session *s, void *argument)
{
	struct qcuda_channel *start = argument;
	struct qcuda_channel_slot *c;
	struct qcuda_request *req;
	int err;

	err = qcuda_region_check(s, start->region);
	if (err)
		return err;
	req = qcuda_request_create(QCUDA_CHANNEL_START, sizeof(req->message.channel_start));
	if (!req)
		return -ENOMEM;
	c = channel_reserve(s, &start->channel);
	if (!c) {
		qcuda_request_put(req);
		return -ENOSPC;
	}
	atomic_set(&c->count, 0);
	req->message.channel_start.channel = cpu_to_le32(start->channel);
	req->message.channel_start.region = cpu_to_le32(start->region);
	req->message.channel_start.offset = cpu_to_le64(start->offset);
	req->message.channel_start.ring_bytes = cpu_to_le32(start->ring_bytes);
	req->message.channel_start.reply_bytes = cpu_to_le32(start->reply_bytes);
	err = qcuda_request_call(s->queue, req);
	if (!err || req->refused)
		channel_move(s, start->channel, QCUDA_CHANNEL_STARTING,
			     err ? QCUDA_CHANNEL_FREE : QCUDA_CHANNEL_RUNNING);
	qcuda_request_put(req);
	return err;
}

/**
 * qcuda_channel_stop() - QCUDA_IOC_CHANNEL_STOP
 * @s: the session
 * @argument: struct qcuda_channel_id
 *
 * Context: Process context.  Sleeps; a fatal signal ends it.
 * Return: 0 or a negative errno.
 */
int qcuda_channel_stop(struct qcuda_session *s, void *argument)
{
	struct qcuda_channel_id *stop = argument;
	struct qcuda_channel_slot *c;
	struct qcuda_request *req;
	int err;

	if (stop->reserved)
		return -EINVAL;
	req = qcuda_request_create(QCUDA_CHANNEL_STOP, sizeof(req->message.channel_stop));
	if (!req)
		return -ENOMEM;
	c = channel_move(s, stop->channel, QCUDA_CHANNEL_RUNNING, QCUDA_CHANNEL_STOPPING);
	if (!c) {
		qcuda_request_put(req);
		return -ENOENT;
	}
	req->message.channel_stop.channel = cpu_to_le32(stop->channel);
	err = qcuda_request_call(s->queue, req);
	if (!err) {
		WRITE_ONCE(c->epoch, c->epoch + 1);
		wake_up_all(&c->wait);
	}
	if (!err || req->refused)
		channel_move(s, stop->channel, QCUDA_CHANNEL_STOPPING,
			     err ? QCUDA_CHANNEL_RUNNING : QCUDA_CHANNEL_FREE);
	qcuda_request_put(req);
	return err;
}

/**
 * qcuda_channel_doorbell() - QCUDA_IOC_DOORBELL: wake the worker
 * @s: the session
 * @argument: struct qcuda_channel_id
 *
 * Context: Process context.  Does not sleep.
 * Return: 0 or a negative errno.
 */
int qcuda_channel_doorbell(struct qcuda_session *s, void *argument)
{
	struct qcuda_channel_id *doorbell = argument;

	if (doorbell->reserved)
		return -EINVAL;
	if (!channel_running(s, doorbell->channel))
		return -ENOENT;
	qcuda_queue_notify(s->queue);
	return 0;
}

/**
 * qcuda_channel_wait() - QCUDA_IOC_WAIT: sleep until the count is not @seen
 * @s: the session
 * @argument: struct qcuda_wait
 *
 * Context: Process context.  Sleeps; any signal ends it.
 * Return: 0 or a negative errno.
 */
int qcuda_channel_wait(struct qcuda_session *s, void *argument)
{
	struct qcuda_wait *wait = argument;
	struct qcuda_channel_slot *c;
	u32 epoch, count;
	int err;

	if (wait->channel >= s->max_channels)
		return -ENOENT;
	c = &s->channels[array_index_nospec(wait->channel, s->max_channels)];
	epoch = READ_ONCE(c->epoch);
	if (!channel_running(s, wait->channel))
		return -ENOENT;
	err = wait_event_interruptible(c->wait,
				       (count = atomic_read(&c->count)) != wait->seen ||
				       READ_ONCE(c->epoch) != epoch ||
				       READ_ONCE(s->queue->error));
	if (err)
		return err;
	if (READ_ONCE(s->queue->error))
		return READ_ONCE(s->queue->error);
	if (READ_ONCE(c->epoch) != epoch)
		return -ENOENT;
	wait->seen = count;
	return 0;
}

/**
 * qcuda_channel_event() - the worker has news for a channel
 * @q: the session's control queue
 * @type: enum qcuda_event_type
 * @id: of the channel
 *
 * Context: Interrupt context.  The queue's lock is held.
 */
void qcuda_channel_event(struct qcuda_queue *q, u32 type, u32 id)
{
	struct qcuda_channel_slot *c;

	if (type != QCUDA_EVENT_CHANNEL || !q->session || id >= QCUDA_MAX_CHANNELS)
		return;
	c = &q->session->channels[id];
	atomic_inc(&c->count);
	wake_up_all(&c->wait);
}

/**
 * qcuda_channel_wake_all() - let every sleeper look at the queue's error
 * @s: the session
 *
 * Context: Any context.  The queue's lock is held.
 */
void qcuda_channel_wake_all(struct qcuda_session *s)
{
	unsigned int i;

	for (i = 0; i < QCUDA_MAX_CHANNELS; i++)
		wake_up_all(&s->channels[i].wait);
}
