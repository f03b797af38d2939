/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * qcuda_internal.h - what the driver's files know of each other
 *
 * DOC: Theory of operation
 *
 * The driver stands between processes of the guest and their workers on the
 * host.  It knows no CUDA; it knows who may talk to whom, which pages the host
 * may touch and until when.
 *
 *	qcuda_drv.c	the module and the device: probe, hello, remove, suspend
 *	qcuda_carrier.c	which devices are ours, also when virtiofs has them
 *	qcuda_vq.c	a virtqueue: requests and event buffers in its ring
 *	qcuda_request.c	one message and its answer
 *	qcuda_session.c	/dev/qcuda: open, close, the table of ioctls
 *	qcuda_region.c	pinned memory that the worker knows
 *	qcuda_pages.c	pinned pages, and where they are
 *	qcuda_watch.c	pinned memory that may be unmapped
 *	qcuda_account.c	how much is pinned, and who has to give some up
 *	qcuda_channel.c	wake-ups both ways
 *
 * Who lives how long:
 *	device	until it is unbound and the last session on it is reaped
 *	queue	from start to stop of the device, and as long as a session has it
 *	session	until its file is closed and the host has let go of it (reaped)
 *	request	until its waiter is gone and the ring has given it back
 *
 * Locks, outermost first: qdev->lock; admin queue's lock; control queue's lock.
 * session->lock and the xarray's are innermost; only the lock of qcuda_account.c is
 * held when the xarray's is taken.  None of them is held in a call that may sleep.
 */
#ifndef QCUDA_INTERNAL_H
#define QCUDA_INTERNAL_H

#include <linux/cdev.h>
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mmu_notifier.h>
#include <linux/notifier.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/scatterlist.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "wire/protocol.h"
#include "wire/qcuda_uapi.h"

struct virtio_device;
struct virtqueue;
struct qcuda_session;

/**
 * struct qcuda_device - one virtio device, one /dev/qcuda node
 * @dev: the node's device; its release frees all of this
 * @cdev: the node
 * @vdev: the virtio device; used by probe, remove and suspend only
 * @reboot: stops the device before another kernel has its memory
 * @minor: number of the node; /dev/qcuda is 0
 * @version_minor: protocol version agreed in HELLO
 * @features: features agreed in HELLO
 * @lock: protects what follows and every queue's slot
 * @running: sessions may be opened
 * @n_sessions: how many the device serves; at most @n_control
 * @n_control: control queues there are
 * @queues: the admin queue and the control queues; NULL when stopped
 * @parked: sessions whose end the device did not confirm; their pages stay
 *	pinned until the device is reset
 * @slots_changed: woken when a slot becomes free or retired
 */
struct qcuda_device {
	struct device dev;
	struct cdev cdev;
	struct virtio_device *vdev;
	struct notifier_block reboot;
	int minor;
	u32 version_minor;
	u64 features;

	spinlock_t lock;
	bool running;
	unsigned int n_sessions;
	unsigned int n_control;
	struct qcuda_queue **queues;
	struct list_head parked;
	wait_queue_head_t slots_changed;
};

/* An id that no driver of Linux has; QEMU's generic vhost-user device takes it */
#define QCUDA_TEST_DEVICE_ID 39

/* How a process waits for the device: until killed; a suspend need not wait for it */
#define QCUDA_TASK_WAITS (TASK_KILLABLE | TASK_FREEZABLE)

/* Event buffers of a control queue, beyond one for each channel */
#define QCUDA_SPARE_EVENTS 4

/** enum qcuda_slot - may a control queue be given to a new session? */
enum qcuda_slot {
	QCUDA_SLOT_FREE,
	QCUDA_SLOT_TAKEN,	/* by a session that is open, or about to be */
	QCUDA_SLOT_CLOSING,	/* soon free: worth waiting for */
	QCUDA_SLOT_RETIRED,	/* the device kept buffers of it: not before a reset */
};

/* What a buffer in a ring is */
enum qcuda_token_kind {
	QCUDA_TOKEN_REQUEST,
	QCUDA_TOKEN_EVENT,
};

struct qcuda_token {
	enum qcuda_token_kind kind;
};

struct qcuda_event_buffer {
	struct qcuda_token token;
	struct qcuda_event event;
};

/**
 * struct qcuda_queue - a virtqueue, from start to stop of the device
 * @ref: one of the device, one of each session that has it
 * @index: of the virtqueue; 0 is the admin queue, else also the session's number
 * @minor: of the device, for tracing
 * @handle_event: called for each event, with @lock held, in interrupts
 * @qdev: the device; valid for the admin queue's @handle_event only
 * @slot: see enum qcuda_slot; under qdev->lock
 * @lock: taken in interrupts; protects what follows
 * @vq: NULL once the device is stopped; freed after a grace period of RCU
 * @error: why requests are refused, 0 if they are not.  -ENODEV comes after the
 *	device's reset only: whoever sees it knows that the device touches nothing
 * @paused: the device is being reset: nothing goes into the ring any more
 * @closing: event buffers that come back are not posted again
 * @in_ring: buffers in the ring, of both kinds
 * @requests: requests in the ring
 * @backlog: requests for which the ring has no room yet
 * @session: who gets the events; control queues only
 * @n_events: event buffers
 * @events: the event buffers
 */
struct qcuda_queue {
	struct kref ref;
	unsigned int index;
	int minor;
	void (*handle_event)(struct qcuda_queue *q, u32 type, u32 id);
	struct qcuda_device *qdev;
	enum qcuda_slot slot;

	spinlock_t lock;
	struct virtqueue __rcu *vq;
	int error;
	bool paused;
	bool closing;
	unsigned int in_ring;
	struct list_head requests;
	struct list_head backlog;
	struct qcuda_session *session;
	unsigned int n_events;
	struct qcuda_event_buffer *events;
};

union qcuda_message {
	struct qcuda_msg msg;
	struct qcuda_hello hello;
	struct qcuda_session_msg session;
	struct qcuda_region_add region_add;
	struct qcuda_region_del region_del;
	struct qcuda_channel_start channel_start;
	struct qcuda_channel_stop channel_stop;
};

/**
 * struct qcuda_request - a message to the device and its answer
 * @token: says in the ring that this is a request
 * @refs: one of the sender, one of the queue while the device may write the
 *	answer: a sender that is killed leaves, and the memory stays
 * @node: in the queue's requests or backlog; under the queue's lock
 * @finished: under the queue's lock; the first outcome counts
 * @error: 0 if the device answered, or why it will not
 * @written: bytes the device says it has written
 * @refused: the device understood the request and said no: it did nothing
 * @done: complete when the four above are final
 * @answered: if set, called when finished, with the queue's lock held
 * @context: for @answered
 * @extents: after the message, or NULL; the sender keeps it as long as the
 *	session lives
 * @extents_bytes: size of @extents
 * @sg: where the ring finds @message, @extents and @response
 * @message: what the device reads
 * @response: what the device writes
 */
struct qcuda_request {
	struct qcuda_token token;
	refcount_t refs;
	struct list_head node;
	bool finished;
	int error;
	u32 written;
	bool refused;
	struct completion done;
	void (*answered)(struct qcuda_request *req);
	void *context;
	const void *extents;
	size_t extents_bytes;
	struct scatterlist sg[3];
	union qcuda_message message;
	struct qcuda_response response ____cacheline_aligned;
};

/** enum qcuda_channel_state - all but the first are seen as "in use" */
enum qcuda_channel_state {
	QCUDA_CHANNEL_FREE,
	QCUDA_CHANNEL_STARTING,
	QCUDA_CHANNEL_RUNNING,	/* the only one in which it can be named by an ioctl */
	QCUDA_CHANNEL_STOPPING,
};

/**
 * struct qcuda_channel_slot - the wake-ups of one channel
 * @state: under session->lock
 * @epoch: grows with each stop: a sleeper knows its channel by it
 * @count: events since the start
 * @wait: sleepers of QCUDA_IOC_WAIT
 */
struct qcuda_channel_slot {
	enum qcuda_channel_state state;
	u32 epoch;
	atomic_t count;
	wait_queue_head_t wait;
};

/** enum qcuda_open_state - who goes on when OPEN is answered */
enum qcuda_open_state {
	QCUDA_OPENING,		/* open() waits for the answer */
	QCUDA_OPENED,		/* answered: open() goes on */
	QCUDA_ABANDONED,	/* open() was killed: whoever gets the answer closes */
};

/**
 * struct qcuda_session - one open of /dev/qcuda
 * @refs: one of the file, one until reaped
 * @qdev: the device, a reference
 * @admin: the admin queue, a reference
 * @queue: this session's control queue, a reference
 * @open: the OPEN request
 * @open_state: enum qcuda_open_state, changed by cmpxchg
 * @close: the CLOSE request, allocated at the start so that closing cannot fail
 * @close_sent: @close was sent: its result says whether the worker is gone
 * @close_work: sends @close for an abandoned open
 * @reap_work: gives everything back once the device has let go
 * @reaped: complete when it has, or never will
 * @parked: in qdev->parked
 * @regions: struct qcuda_region by id; its lock also protects their states, and the words
 *	of @watch_page
 * @retire_work: takes stale and forgotten regions back
 * @watch_page: a word for each region that is watched; the process may read it
 * @watched_pages: in watched regions; under the lock of qcuda_account.c, as are
 * @listed_pages: those that can be given up,
 * @watched_extents: of watched regions, and
 * @n_watched: how many of these there are
 * @lock: protects the channels' states
 * @max_channels: channel ids are below this
 * @channels: by id
 */
struct qcuda_session {
	refcount_t refs;
	struct qcuda_device *qdev;
	struct qcuda_queue *admin;
	struct qcuda_queue *queue;
	struct qcuda_request *open;
	atomic_t open_state;
	struct qcuda_request *close;
	bool close_sent;
	struct work_struct close_work;
	struct work_struct reap_work;
	struct completion reaped;
	struct list_head parked;
	struct xarray regions;
	struct delayed_work retire_work;
	struct page *watch_page;
	unsigned long watched_pages;
	unsigned long listed_pages;
	unsigned int watched_extents;
	unsigned int n_watched;
	spinlock_t lock;
	unsigned int max_channels;
	struct qcuda_channel_slot channels[QCUDA_MAX_CHANNELS];
};

/* A region that is to be taken back (xa_alloc() needs mark 0 itself) */
#define QCUDA_REGION_STALE	XA_MARK_1
/* One that the host has not let go of: to be tried again */
#define QCUDA_REGION_REFUSED	XA_MARK_2

/** struct qcuda_extent_batch - @n extents of at most @capacity; one message's */
struct qcuda_extent_batch {
	struct list_head node;
	unsigned int n;
	unsigned int capacity;
	struct qcuda_extent extents[];
};

/**
 * struct qcuda_watch - of the memory of one region
 * @notifier: what the kernel calls
 * @session: whose region it is
 * @region: its id
 * @word: of the watch page
 * @on: started and not stopped
 * @seq: of @notifier, when pinning began
 * @listed: in the list of those that may be given up; under the lock of qcuda_account.c, as is
 *	what follows
 * @pages: of the region, if it is in the list
 * @extents: of the region
 */
struct qcuda_watch {
	struct mmu_interval_notifier notifier;
	struct qcuda_session *session;
	u32 region;
	u32 word;
	bool on;
	unsigned long seq;
	struct list_head listed;
	unsigned long pages;
	unsigned int extents;
};

/* qcuda_drv.c */
extern struct workqueue_struct *qcuda_wq;

/* qcuda_carrier.c */
bool qcuda_carrier_is_ours(struct virtio_device *vdev);
int qcuda_carrier_watch(struct device_driver *driver);
void qcuda_carrier_unwatch(void);

/* qcuda_vq.c */
struct qcuda_queue *qcuda_queue_create(struct qcuda_device *qdev, struct virtqueue *vq,
				       unsigned int want_events,
				       void (*handle_event)(struct qcuda_queue *, u32, u32));
void qcuda_queue_put(struct qcuda_queue *q);
void qcuda_queue_interrupt(struct virtqueue *vq);
void qcuda_queue_attach(struct qcuda_queue *q, struct qcuda_session *s);
void qcuda_queue_post_events(struct qcuda_queue *q);
void qcuda_queue_send(struct qcuda_queue *q, struct qcuda_request *req);
void qcuda_queue_notify(struct qcuda_queue *q);
void qcuda_queue_fail(struct qcuda_queue *q, int error);
void qcuda_queue_close(struct qcuda_queue *q);
bool qcuda_queue_settle(struct qcuda_queue *q);
void qcuda_queue_pause(struct qcuda_queue *q);
void qcuda_queue_stop(struct qcuda_queue *q);

/* qcuda_request.c */
struct qcuda_request *qcuda_request_create(enum qcuda_msg_type type, size_t length);
void qcuda_request_extents(struct qcuda_request *req, const struct qcuda_extent *extents,
			   unsigned int n);
void qcuda_request_put(struct qcuda_request *req);
int qcuda_request_add(struct qcuda_request *req, struct virtqueue *vq);
void qcuda_request_finish(struct qcuda_request *req, struct qcuda_queue *q, int error, u32 written);
int qcuda_request_result(struct qcuda_request *req);
int qcuda_request_call(struct qcuda_queue *q, struct qcuda_request *req);

/* qcuda_session.c */
extern const struct file_operations qcuda_fops;
void qcuda_session_reap_parked(struct qcuda_device *qdev);

/* qcuda_region.c */
int qcuda_region_pin(struct qcuda_session *s, void *argument);
int qcuda_region_pin_watched(struct qcuda_session *s, void *argument);
int qcuda_region_unpin(struct qcuda_session *s, void *argument);
int qcuda_region_check(struct qcuda_session *s, u32 id);
void qcuda_region_retire_work(struct work_struct *work);
void qcuda_region_release_all(struct qcuda_session *s);

/* qcuda_pages.c */
bool qcuda_pages_all(u64 addr, u64 length, bool (*good)(struct vm_area_struct *vma));
bool qcuda_pages_there(u64 addr, u64 length);
int qcuda_pages_pin(struct qcuda_session *s, struct list_head *batches, u64 addr, u64 length,
		    struct qcuda_watch *watch);
void qcuda_pages_unpin(struct list_head *batches);

/* qcuda_watch.c */
int qcuda_watch_start(struct qcuda_watch *w, u64 addr, u64 length);
void qcuda_watch_stop(struct qcuda_watch *w);
void qcuda_watch_begin(struct qcuda_watch *w);
bool qcuda_watch_holds(struct qcuda_watch *w);
void qcuda_watch_expire(struct qcuda_watch *w);
bool qcuda_watch_allowed(u64 addr, u64 length);
int qcuda_watch_mmap(struct qcuda_session *s, struct vm_area_struct *vma);

/** qcuda_watch_set() - write a word of the watch page; a watch's own under the regions' lock */
static inline void qcuda_watch_set(struct qcuda_session *s, u32 word, u32 value)
{
	WRITE_ONCE(((u32 *)page_address(s->watch_page))[word], value);
}

/* qcuda_account.c */
int qcuda_account_charge(struct qcuda_session *s, unsigned long pages, bool watched);
void qcuda_account_uncharge(struct qcuda_session *s, struct mm_struct *mm, unsigned long pages,
			    struct qcuda_watch *w);
int qcuda_account_extent(struct qcuda_session *s, struct qcuda_watch *w);
void qcuda_account_extents_gone(struct qcuda_session *s, struct qcuda_watch *w);
void qcuda_account_list(struct qcuda_watch *w, unsigned long pages);
void qcuda_account_unlist(struct qcuda_watch *w);
int qcuda_account_init(void);
void qcuda_account_exit(void);

/* qcuda_channel.c */
unsigned int qcuda_channel_limit(const struct qcuda_session *s);
void qcuda_channel_init(struct qcuda_session *s);
int qcuda_channel_start(struct qcuda_session *s, void *argument);
int qcuda_channel_stop(struct qcuda_session *s, void *argument);
int qcuda_channel_doorbell(struct qcuda_session *s, void *argument);
int qcuda_channel_wait(struct qcuda_session *s, void *argument);
void qcuda_channel_event(struct qcuda_queue *q, u32 type, u32 id);
void qcuda_channel_wake_all(struct qcuda_session *s);

#endif
