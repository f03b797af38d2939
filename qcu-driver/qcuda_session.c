// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * qcuda_session.c - /dev/qcuda: one open is one session
 *
 * DOC: Theory of operation
 *
 * open() takes a free control queue and sends OPEN; close sends CLOSE, and what
 * belonged to the session is given back when that is answered ("reaped").
 * Nobody need wait for that: the answer starts a work item.  close() waits all
 * the same for as long as a healthy host may take, so that a process that closes
 * and opens again finds its memory unpinned and the queue free; but a process
 * that is being killed is not held up for ever by a host that does not answer.
 *
 * A process killed while it waits for OPEN leaves the session behind as
 * ABANDONED, and whoever sees the answer sends CLOSE.
 *
 * If the device does not confirm a CLOSE, the session's pages may still be in
 * use.  Such a session is parked, with its pages pinned and its queue retired,
 * until the device is reset.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "qcuda_internal.h"

/* How long close() waits for the host, at most */
#define CLOSE_PATIENCE (5 * HZ)

static void session_put(struct qcuda_session *s)
{
	if (!refcount_dec_and_test(&s->refs))
		return;
	qcuda_request_put(s->open);
	qcuda_request_put(s->close);
	qcuda_queue_put(s->queue);
	qcuda_queue_put(s->admin);
	put_device(&s->qdev->dev);
	if (s->watch_page)
		put_page(s->watch_page);
	kfree(s);
}

static void slot_set(struct qcuda_session *s, enum qcuda_slot slot)
{
	spin_lock(&s->qdev->lock);
	s->queue->slot = slot;
	spin_unlock(&s->qdev->lock);
	wake_up_all(&s->qdev->slots_changed);
}

/* Find a slot under qdev->lock; -EAGAIN if one will be free soon. */
static int slot_find(struct qcuda_device *qdev, struct qcuda_session *s)
{
	int err = qdev->running ? -EBUSY : -ENODEV;
	struct qcuda_queue *q;
	unsigned int i;

	for (i = 1; qdev->running && i <= qdev->n_sessions; i++) {
		q = qdev->queues[i];
		if (q->slot == QCUDA_SLOT_FREE) {
			q->slot = QCUDA_SLOT_TAKEN;
			kref_get(&q->ref);
			s->queue = q;
			kref_get(&qdev->queues[0]->ref);
			s->admin = qdev->queues[0];
			return 0;
		}
		if (q->slot == QCUDA_SLOT_CLOSING)
			err = -EAGAIN;
	}
	return err;
}

static int slot_try(struct qcuda_device *qdev, struct qcuda_session *s)
{
	int err;

	spin_lock(&qdev->lock);
	err = slot_find(qdev, s);
	spin_unlock(&qdev->lock);
	return err;
}

static int slot_take(struct qcuda_device *qdev, struct qcuda_session *s)
{
	int err;

	if (wait_event_state(qdev->slots_changed, (err = slot_try(qdev, s)) != -EAGAIN,
			     QCUDA_TASK_WAITS))
		return -EINTR;
	return err;
}

/* True if the session has to wait for the device's reset. */
static bool session_park(struct qcuda_session *s)
{
	int err = s->close_sent ? qcuda_request_result(s->close) : 0;
	struct qcuda_device *qdev = s->qdev;
	bool reset;

	if (!err || err == -ENODEV)
		return false;
	spin_lock(&qdev->lock);
	reset = READ_ONCE(s->queue->error) == -ENODEV;
	if (!reset)
		list_add(&s->parked, &qdev->parked);
	spin_unlock(&qdev->lock);
	if (reset)
		return false;
	dev_err_ratelimited(&qdev->dev,
			    "the host did not confirm the end of session %u (%d): what it has pinned stays pinned\n",
			    s->queue->index, err);
	slot_set(s, QCUDA_SLOT_RETIRED);
	complete_all(&s->reaped);
	return true;
}

/* The device has let go, or is about to be known as refusing to. */
static void session_reap(struct qcuda_session *s)
{
	bool fit;

	if (session_park(s))
		return;
	fit = qcuda_queue_settle(s->queue);
	if (!fit)
		dev_err_ratelimited(&s->qdev->dev,
				    "the host kept buffers of session %u: its queue is not used again\n",
				    s->queue->index);
	qcuda_region_release_all(s);
	slot_set(s, fit ? QCUDA_SLOT_FREE : QCUDA_SLOT_RETIRED);
	complete_all(&s->reaped);
	session_put(s);
}

static void session_reap_work(struct work_struct *work)
{
	session_reap(container_of(work, struct qcuda_session, reap_work));
}

static void session_closed(struct qcuda_request *req)
{
	struct qcuda_session *s = req->context;

	queue_work(qcuda_wq, &s->reap_work);
}

/* End a session whose OPEN has an outcome; no ioctl is under way. */
static void session_close(struct qcuda_session *s)
{
	qcuda_request_result(s->open);		/* finds out if it was refused */
	if (s->open->refused) {
		session_reap(s);
		return;
	}
	slot_set(s, QCUDA_SLOT_CLOSING);
	qcuda_queue_close(s->queue);
	s->close_sent = true;
	qcuda_queue_send(s->admin, s->close);
}

static void session_close_work(struct work_struct *work)
{
	session_close(container_of(work, struct qcuda_session, close_work));
}

static void session_opened(struct qcuda_request *req)
{
	struct qcuda_session *s = req->context;

	if (atomic_cmpxchg(&s->open_state, QCUDA_OPENING, QCUDA_OPENED) == QCUDA_ABANDONED)
		queue_work(qcuda_wq, &s->close_work);
}

static struct qcuda_request *session_request(struct qcuda_session *s, enum qcuda_msg_type type,
					     void (*answered)(struct qcuda_request *))
{
	struct qcuda_request *req = qcuda_request_create(type, sizeof(req->message.session));

	if (req) {
		req->answered = answered;
		req->context = s;
	}
	return req;
}

static struct qcuda_session *session_create(struct qcuda_device *qdev)
{
	struct qcuda_session *s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);

	if (!s)
		return NULL;
	refcount_set(&s->refs, 1);
	s->qdev = qdev;
	get_device(&qdev->dev);
	INIT_WORK(&s->close_work, session_close_work);
	INIT_WORK(&s->reap_work, session_reap_work);
	INIT_DELAYED_WORK(&s->retire_work, qcuda_region_retire_work);
	init_completion(&s->reaped);
	INIT_LIST_HEAD(&s->parked);
	xa_init_flags(&s->regions, XA_FLAGS_ALLOC);
	qcuda_channel_init(s);
	s->open = session_request(s, QCUDA_ADMIN_OPEN, session_opened);
	s->close = session_request(s, QCUDA_ADMIN_CLOSE, session_closed);
	s->watch_page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!s->open || !s->close || !s->watch_page) {
		session_put(s);
		return NULL;
	}
	return s;
}

/* Ask for a worker.  Failing or killed, the session closes itself. */
static int session_start(struct qcuda_session *s)
{
	int err;

	s->open->message.session.session = cpu_to_le32(s->queue->index);
	s->close->message.session.session = cpu_to_le32(s->queue->index);
	s->max_channels = qcuda_channel_limit(s);
	refcount_inc(&s->refs);		/* until reaped */
	qcuda_queue_attach(s->queue, s);
	qcuda_queue_send(s->admin, s->open);
	if (wait_for_completion_state(&s->open->done, QCUDA_TASK_WAITS)) {
		if (atomic_cmpxchg(&s->open_state, QCUDA_OPENING, QCUDA_ABANDONED) == QCUDA_OPENING)
			return -EINTR;
		wait_for_completion(&s->open->done);	/* it is being completed right now */
		err = -EINTR;
	} else {
		err = qcuda_request_result(s->open);
	}
	if (err) {
		session_close(s);
		return err;
	}
	qcuda_queue_post_events(s->queue);
	return 0;
}

static int session_open(struct inode *inode, struct file *file)
{
	struct qcuda_device *qdev = container_of(inode->i_cdev, struct qcuda_device, cdev);
	struct qcuda_session *s = session_create(qdev);
	int err;

	if (!s)
		return -ENOMEM;
	err = slot_take(qdev, s);
	if (!err)
		err = session_start(s);
	if (err) {
		session_put(s);
		return err;
	}
	file->private_data = s;
	return nonseekable_open(inode, file);
}

static int session_release(struct inode *inode, struct file *file)
{
	struct qcuda_session *s = file->private_data;

	session_close(s);
	wait_for_completion_timeout(&s->reaped, CLOSE_PATIENCE);
	session_put(s);
	return 0;
}

/**
 * qcuda_session_reap_parked() - the device was reset: let go of parked sessions
 * @qdev: the device; its queues are stopped
 *
 * Context: Process context.
 */
void qcuda_session_reap_parked(struct qcuda_device *qdev)
{
	struct qcuda_session *s, *next;
	LIST_HEAD(parked);

	spin_lock(&qdev->lock);
	list_splice_init(&qdev->parked, &parked);
	spin_unlock(&qdev->lock);
	list_for_each_entry_safe(s, next, &parked, parked) {
		list_del_init(&s->parked);
		queue_work(qcuda_wq, &s->reap_work);
	}
}

static int session_info(struct qcuda_session *s, void *argument)
{
	struct qcuda_info *info = argument;

	info->version_major = QCUDA_VERSION_MAJOR;
	info->version_minor = s->qdev->version_minor;
	info->features = s->qdev->features;
	info->max_channels = s->max_channels;
	info->session = s->queue->index;
	return 0;
}

union ioctl_argument {
	struct qcuda_info info;
	struct qcuda_pin pin;
	struct qcuda_pin_watched pin_watched;
	struct qcuda_unpin unpin;
	struct qcuda_channel channel;
	struct qcuda_channel_id channel_id;
	struct qcuda_wait wait;
};

#define IOCTL(command, function) [_IOC_NR(command)] = { command, function }
static const struct {
	unsigned int command;
	int (*function)(struct qcuda_session *s, void *argument);
} ioctls[] = {
	IOCTL(QCUDA_IOC_INFO, session_info),
	IOCTL(QCUDA_IOC_PIN, qcuda_region_pin),
	IOCTL(QCUDA_IOC_UNPIN, qcuda_region_unpin),
	IOCTL(QCUDA_IOC_CHANNEL_START, qcuda_channel_start),
	IOCTL(QCUDA_IOC_CHANNEL_STOP, qcuda_channel_stop),
	IOCTL(QCUDA_IOC_DOORBELL, qcuda_channel_doorbell),
	IOCTL(QCUDA_IOC_WAIT, qcuda_channel_wait),
	IOCTL(QCUDA_IOC_PIN_WATCHED, qcuda_region_pin_watched),
};
#undef IOCTL

static long session_ioctl(struct file *file, unsigned int command, unsigned long user)
{
	struct qcuda_session *s = file->private_data;
	unsigned int nr = _IOC_NR(command);
	union ioctl_argument argument;
	int err;

	if (nr >= ARRAY_SIZE(ioctls) || ioctls[nr].command != command)
		return -ENOTTY;
	err = READ_ONCE(s->queue->error);
	if (err)
		return err;
	memset(&argument, 0, sizeof(argument));
	if ((_IOC_DIR(command) & _IOC_WRITE) &&
	    copy_from_user(&argument, (void __user *)user, _IOC_SIZE(command)))
		return -EFAULT;
	err = ioctls[array_index_nospec(nr, ARRAY_SIZE(ioctls))].function(s, &argument);
	if (err == -EPIPE)
		qcuda_queue_fail(s->queue, -EPIPE);
	if (err)
		return err;
	if ((_IOC_DIR(command) & _IOC_READ) &&
	    copy_to_user((void __user *)user, &argument, _IOC_SIZE(command)))
		return -EFAULT;
	return 0;
}

static int session_mmap(struct file *file, struct vm_area_struct *vma)
{
	return qcuda_watch_mmap(file->private_data, vma);
}

const struct file_operations qcuda_fops = {
	.owner		= THIS_MODULE,
	.open		= session_open,
	.mmap		= session_mmap,
	.release	= session_release,
	.unlocked_ioctl	= session_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.llseek		= noop_llseek,
};
