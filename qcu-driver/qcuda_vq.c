// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * qcuda_vq.c - a virtqueue: requests and event buffers in its ring
 *
 * DOC: Theory of operation
 *
 * Two kinds of buffers share a ring.  Requests go in when somebody calls and
 * come back with an answer.  Event buffers are posted ahead and come back when
 * the device has news; each is posted again at once, before the news is passed
 * on, so that a sleeper who has been woken always finds its buffer in the ring
 * when it goes to sleep again.  That needs no kick: the worker looks into the
 * ring when it needs a buffer.
 *
 * A request that finds the ring full waits in the backlog and is sent from the
 * interrupt that makes room.  So sending never fails for want of room and never
 * sleeps.
 *
 * The lock is held around every use of the ring.  Kicks, exits from the virtual
 * machine, are made without it; what keeps the virtqueue alive there is RCU:
 * whoever stops the device takes the pointer away and waits before it frees.
 */
#include <linux/slab.h>
#include <linux/virtio.h>

#include "qcuda_internal.h"
#include "qcuda_trace.h"

/* Descriptors of a ring that event buffers leave alone: requests need up to 3 each */
#define QUEUE_ROOM_FOR_REQUESTS 24

/**
 * qcuda_queue_create() - take charge of a virtqueue
 * @qdev: its device
 * @vq: the virtqueue; not in use yet
 * @want_events: event buffers wanted; a small ring gets fewer
 * @handle_event: called for each event, under the queue's lock
 *
 * Context: Process context.  May sleep.
 * Return: the queue, for qcuda_queue_put(), or an ERR_PTR().
 */
struct qcuda_queue *qcuda_queue_create(struct qcuda_device *qdev, struct virtqueue *vq,
				       unsigned int want_events,
				       void (*handle_event)(struct qcuda_queue *, u32, u32))
{
	unsigned int size = virtqueue_get_vring_size(vq);
	struct qcuda_queue *q;

	if (size < 2 * QUEUE_ROOM_FOR_REQUESTS)
		return ERR_PTR(-EINVAL);
	q = kzalloc(sizeof(*q), GFP_KERNEL);
	if (!q)
		return ERR_PTR(-ENOMEM);
	q->n_events = min(want_events, size - QUEUE_ROOM_FOR_REQUESTS);
	q->events = kcalloc(q->n_events, sizeof(*q->events), GFP_KERNEL);
	if (!q->events) {
		kfree(q);
		return ERR_PTR(-ENOMEM);
	}
	kref_init(&q->ref);
	q->index = vq->index;
	q->minor = qdev->minor;
	q->qdev = qdev;
	q->handle_event = handle_event;
	spin_lock_init(&q->lock);
	INIT_LIST_HEAD(&q->requests);
	INIT_LIST_HEAD(&q->backlog);
	rcu_assign_pointer(q->vq, vq);
	return q;
}

static void queue_free(struct kref *ref)
{
	struct qcuda_queue *q = container_of(ref, struct qcuda_queue, ref);

	kfree(q->events);
	kfree(q);
}

/**
 * qcuda_queue_put() - drop one reference
 * @q: a queue, or NULL
 */
void qcuda_queue_put(struct qcuda_queue *q)
{
	if (q)
		kref_put(&q->ref, queue_free);
}

static struct virtqueue *queue_vq(struct qcuda_queue *q)
{
	return rcu_dereference_protected(q->vq, lockdep_is_held(&q->lock));
}

/* The functions down to queue_fail() run under the lock and end requests' lives in the queue. */
static void queue_drop(struct qcuda_queue *q, struct qcuda_request *req, int error, u32 written)
{
	list_del(&req->node);
	qcuda_request_finish(req, q, error, written);
	qcuda_request_put(req);
}

static void queue_drop_list(struct qcuda_queue *q, struct list_head *list, int error)
{
	struct qcuda_request *req, *next;

	list_for_each_entry_safe(req, next, list, node)
		queue_drop(q, req, error, 0);
}

/* Free whoever waits; what is in the ring stays in it. */
static void queue_finish_all(struct qcuda_queue *q, int error)
{
	struct qcuda_request *req;

	queue_drop_list(q, &q->backlog, error);
	list_for_each_entry(req, &q->requests, node)
		qcuda_request_finish(req, q, error, 0);
}

/* Refuse from now on. */
static void queue_fail(struct qcuda_queue *q, int error)
{
	WRITE_ONCE(q->error, error);
	queue_finish_all(q, error);
	if (q->session)
		qcuda_channel_wake_all(q->session);
}

/* Move what fits from the backlog into the ring; true if the device wants a kick. */
static bool queue_push(struct qcuda_queue *q, struct virtqueue *vq)
{
	struct qcuda_request *req, *next;
	bool added = false;
	int err;

	if (q->paused)
		return false;
	list_for_each_entry_safe(req, next, &q->backlog, node) {
		err = qcuda_request_add(req, vq);
		if (err == -ENOSPC && !list_empty(&q->requests))
			break;
		if (err) {
			queue_drop(q, req, -EIO, 0);
			continue;
		}
		trace_qcuda_request(q, req);
		list_move_tail(&req->node, &q->requests);
		q->in_ring++;
		added = true;
	}
	return added && virtqueue_kick_prepare(vq);
}

static void queue_post(struct qcuda_queue *q, struct virtqueue *vq, struct qcuda_event_buffer *ev)
{
	struct scatterlist sg;

	sg_init_one(&sg, &ev->event, sizeof(ev->event));
	if (!virtqueue_add_inbuf(vq, &sg, 1, &ev->token, GFP_ATOMIC))
		q->in_ring++;
}

static void queue_event(struct qcuda_queue *q, struct virtqueue *vq,
			struct qcuda_event_buffer *ev, u32 written)
{
	u32 type = le32_to_cpu(READ_ONCE(ev->event.type));
	u32 id = le32_to_cpu(READ_ONCE(ev->event.id));

	if (written != sizeof(ev->event))
		return;
	if (!q->closing)
		queue_post(q, vq, ev);
	q->handle_event(q, type, id);
}

/* Take back what the device has returned. */
static void queue_collect(struct qcuda_queue *q, struct virtqueue *vq)
{
	struct qcuda_token *token;
	u32 written;

	while ((token = virtqueue_get_buf(vq, &written))) {
		q->in_ring--;
		if (token->kind == QCUDA_TOKEN_EVENT)
			queue_event(q, vq, container_of(token, struct qcuda_event_buffer, token),
				    written);
		else
			queue_drop(q, container_of(token, struct qcuda_request, token), 0, written);
	}
}

/**
 * qcuda_queue_interrupt() - the device has returned buffers
 * @vq: in this virtqueue
 *
 * Context: Interrupt context.
 */
void qcuda_queue_interrupt(struct virtqueue *vq)
{
	struct qcuda_device *qdev = vq->vdev->priv;
	struct qcuda_queue *q = qdev->queues[vq->index];
	unsigned long flags;
	bool kick;

	spin_lock_irqsave(&q->lock, flags);
	do {
		virtqueue_disable_cb(vq);
		queue_collect(q, vq);
	} while (!virtqueue_enable_cb(vq));
	kick = queue_push(q, vq);
	if (unlikely(virtqueue_is_broken(vq)) && !q->paused && !q->error)
		queue_fail(q, -EIO);
	spin_unlock_irqrestore(&q->lock, flags);
	if (kick)
		virtqueue_notify(vq);
}

/**
 * qcuda_queue_attach() - begin a session on an empty control queue
 * @q: the queue
 * @s: who gets its events
 *
 * Context: Process context.  A queue that is stopped stays so.
 */
void qcuda_queue_attach(struct qcuda_queue *q, struct qcuda_session *s)
{
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	if (queue_vq(q))
		WRITE_ONCE(q->error, 0);
	q->closing = false;
	q->session = s;
	spin_unlock_irqrestore(&q->lock, flags);
}

/**
 * qcuda_queue_post_events() - put the event buffers into the ring
 * @q: a queue that has none in it
 *
 * Context: Process context.
 */
void qcuda_queue_post_events(struct qcuda_queue *q)
{
	struct virtqueue *vq;
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&q->lock, flags);
	vq = queue_vq(q);
	for (i = 0; vq && i < q->n_events; i++) {
		q->events[i].token.kind = QCUDA_TOKEN_EVENT;
		queue_post(q, vq, &q->events[i]);
	}
	spin_unlock_irqrestore(&q->lock, flags);
}

/**
 * qcuda_queue_send() - send a request; its @done tells when it has an outcome
 * @q: the queue
 * @req: the request; the queue takes a reference of its own
 *
 * Context: Process context.  Does not sleep.
 */
void qcuda_queue_send(struct qcuda_queue *q, struct qcuda_request *req)
{
	struct virtqueue *vq;
	unsigned long flags;
	bool kick = false;

	rcu_read_lock();
	spin_lock_irqsave(&q->lock, flags);
	vq = queue_vq(q);
	if (q->error || q->closing) {
		qcuda_request_finish(req, q, q->error ? q->error : -EPIPE, 0);
	} else {
		refcount_inc(&req->refs);
		list_add_tail(&req->node, &q->backlog);
		kick = queue_push(q, vq);
	}
	spin_unlock_irqrestore(&q->lock, flags);
	if (kick)
		virtqueue_notify(vq);
	rcu_read_unlock();
}

/**
 * qcuda_queue_notify() - kick the device though nothing was added: the doorbell
 * @q: a control queue
 *
 * Context: Process context.  Does not sleep.
 */
void qcuda_queue_notify(struct qcuda_queue *q)
{
	struct virtqueue *vq;

	rcu_read_lock();
	vq = rcu_dereference(q->vq);
	if (vq)
		virtqueue_notify(vq);
	rcu_read_unlock();
}

/**
 * qcuda_queue_fail() - the session's worker is dead: refuse and wake everybody
 * @q: a control queue; if it has no session nothing happens
 * @error: what its requests end with
 *
 * Context: Any context; the admin queue's lock may be held.
 */
void qcuda_queue_fail(struct qcuda_queue *q, int error)
{
	unsigned long flags;

	spin_lock_irqsave_nested(&q->lock, flags, SINGLE_DEPTH_NESTING);
	if (q->session && !q->error)
		queue_fail(q, error);
	spin_unlock_irqrestore(&q->lock, flags);
}

/**
 * qcuda_queue_close() - let event buffers come back for good, and send nothing more
 * @q: a control queue whose session is about to be closed
 *
 * Whoever still waits for an answer, to let go of memory, leaves it to the session's end.
 *
 * Context: Process context.
 */
void qcuda_queue_close(struct qcuda_queue *q)
{
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	q->closing = true;
	queue_finish_all(q, -EPIPE);
	spin_unlock_irqrestore(&q->lock, flags);
}

/**
 * qcuda_queue_settle() - end a session whose worker is gone
 * @q: its control queue
 *
 * Context: Process context.
 * Return: true if the ring is empty, that is, fit for another session.
 */
bool qcuda_queue_settle(struct qcuda_queue *q)
{
	struct virtqueue *vq;
	unsigned long flags;
	bool empty;

	spin_lock_irqsave(&q->lock, flags);
	vq = queue_vq(q);
	if (vq)
		queue_collect(q, vq);
	queue_fail(q, q->error ? q->error : -EPIPE);
	q->session = NULL;
	empty = !q->in_ring;
	spin_unlock_irqrestore(&q->lock, flags);
	return empty;
}

/**
 * qcuda_queue_pause() - the device is about to be reset
 * @q: the queue; what is sent from now on waits for qcuda_queue_stop()
 *
 * Context: Process context.
 */
void qcuda_queue_pause(struct qcuda_queue *q)
{
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	q->paused = true;
	spin_unlock_irqrestore(&q->lock, flags);
}

/**
 * qcuda_queue_stop() - the device has been reset: everything ends with -ENODEV
 * @q: the queue; the caller frees the virtqueue after synchronize_rcu()
 *
 * Context: Process context.
 */
void qcuda_queue_stop(struct qcuda_queue *q)
{
	struct virtqueue *vq;
	unsigned long flags;

	spin_lock_irqsave(&q->lock, flags);
	vq = queue_vq(q);
	RCU_INIT_POINTER(q->vq, NULL);
	queue_fail(q, -ENODEV);
	while (virtqueue_detach_unused_buf(vq))
		q->in_ring--;
	queue_drop_list(q, &q->requests, -ENODEV);
	spin_unlock_irqrestore(&q->lock, flags);
}
