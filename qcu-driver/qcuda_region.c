// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * qcuda_region.c - memory of a process that the host may use
 *
 * DOC: Theory of operation
 *
 * PIN takes a long-term pin on the pages and tells the worker where they are, in a message
 * for each batch of their extents (qcuda_pages.c).
 *
 * A page is unpinned only when the device is known not to use it: it has
 * answered REGION_DEL; it has refused REGION_ADD; the session's CLOSE is
 * answered; or the device was reset.  A PIN or UNPIN that is killed half way
 * leaves its region LOST, and the session's end takes care of it.
 *
 * A watched region (qcuda_watch.c) whose memory changes is retired: a work item
 * has the device let go of it and unpins its pages.  Its id stays, for the process
 * may be naming it to the worker at this moment, until the process unpins it too.
 * One that the process does not want to wait for is forgotten: retired, and its id
 * with it.  If the device refuses to let go, the work item asks again, and again;
 * the pages are its own until it has let go, or the session has ended.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "qcuda_internal.h"

enum region_state {
	REGION_BUSY,	/* a PIN or UNPIN is under way */
	REGION_READY,	/* the only one in which it can be named by an ioctl */
	REGION_LOST,	/* what the device made of it is not known: until the session's end */
	/* of watched regions only; UNPIN can name the first and the last of these as well */
	REGION_RETIRING,	/* the work item has it */
	REGION_FORGOTTEN,	/* the work item has it, or will, and nobody else */
	REGION_RETIRED,		/* an id, and nothing behind it */
};

/* How long the device is left alone when it has refused to let go */
#define RETIRE_AGAIN	HZ

/* How often a watched region is pinned anew if the page tables change meanwhile */
#define WATCH_TRIES	4

/**
 * struct qcuda_region - pinned memory that the worker knows
 * @id: in the session's xarray
 * @state: under the xarray's lock
 * @mm: of the process, to which it is charged
 * @vaddr: where the process sees it
 * @length: in bytes
 * @watched: the process may unmap it
 * @watch: if so
 * @del: the request that ends it, made at the start so that there is one when memory is
 *	short; NULL once it was sent
 * @batches: struct qcuda_extent_batch, in order
 */
struct qcuda_region {
	u32 id;
	enum region_state state;
	struct mm_struct *mm;
	u64 vaddr;
	u64 length;
	bool watched;
	struct qcuda_watch watch;
	struct qcuda_request *del;
	struct list_head batches;
};

static int region_pin_pages(struct qcuda_session *s, struct qcuda_region *r)
{
	return qcuda_pages_pin(s, &r->batches, r->vaddr, r->length, r->watched ? &r->watch : NULL);
}

/* The device has let go of it. */
static void region_empty(struct qcuda_session *s, struct qcuda_region *r)
{
	qcuda_pages_unpin(&r->batches);
	if (r->length)
		qcuda_account_uncharge(s, r->mm, r->length >> PAGE_SHIFT,
				       r->watched ? &r->watch : NULL);
	r->length = 0;
}

/* When this returns nobody looks at the watch any more, nor marks the id for it. */
static void region_stop_watch(struct qcuda_region *r)
{
	if (r->watched)
		qcuda_account_unlist(&r->watch);
	qcuda_watch_stop(&r->watch);
}

/* Forget a region that the device does not know (any more). */
static void region_destroy(struct qcuda_session *s, struct qcuda_region *r)
{
	/* First: the id may soon be another's. */
	region_stop_watch(r);
	xa_erase(&s->regions, r->id);
	region_empty(s, r);
	qcuda_request_put(r->del);
	kfree(r);
}

static struct qcuda_request *region_request_del(void)
{
	struct qcuda_request *req;

	return qcuda_request_create(QCUDA_REGION_DEL, sizeof(req->message.region_del));
}

/* A region with an id and nothing pinned */
static struct qcuda_region *region_create(struct qcuda_session *s, u64 vaddr, u64 length,
					  bool watched)
{
	struct qcuda_region *r;
	int err = -ENOMEM;

	r = kzalloc(sizeof(*r), GFP_KERNEL_ACCOUNT);
	if (!r)
		return ERR_PTR(err);
	r->del = region_request_del();
	if (!r->del)
		goto err_free;
	INIT_LIST_HEAD(&r->batches);
	INIT_LIST_HEAD(&r->watch.listed);
	r->state = REGION_BUSY;
	r->mm = current->mm;
	r->vaddr = vaddr;
	r->watched = watched;
	err = qcuda_account_charge(s, length >> PAGE_SHIFT, watched);
	if (err)
		goto err_put_request;
	r->length = length;
	err = xa_alloc(&s->regions, &r->id, r, XA_LIMIT(0, QCUDA_MAX_REGIONS - 1),
		       GFP_KERNEL_ACCOUNT);
	if (!err)
		return r;
	if (err == -EBUSY)
		err = -ENOSPC;
	region_empty(s, r);
err_put_request:
	qcuda_request_put(r->del);
err_free:
	kfree(r);
	return ERR_PTR(err);
}

static void region_set_state(struct qcuda_session *s, struct qcuda_region *r,
			     enum region_state state)
{
	xa_lock(&s->regions);
	r->state = state;
	xa_unlock(&s->regions);
}

/* Send one batch; *refused says whether the device has undone the region. */
static int region_send_batch(struct qcuda_session *s, struct qcuda_region *r,
			     const struct qcuda_extent_batch *batch, bool *refused)
{
	bool first = list_is_first(&batch->node, &r->batches);
	struct qcuda_request *req;
	struct qcuda_region_add *add;
	int err;

	*refused = first;	/* until something is sent, the device knows nothing */
	req = qcuda_request_create(first ? QCUDA_REGION_ADD : QCUDA_REGION_MORE, sizeof(*add));
	if (!req)
		return -ENOMEM;
	add = &req->message.region_add;
	add->region = cpu_to_le32(r->id);
	add->n_extents = cpu_to_le32(batch->n);
	/* The address is for memory that the program has registered. */
	add->vaddr = cpu_to_le64(r->watched ? 0 : r->vaddr);
	add->length = cpu_to_le64(r->length);
	qcuda_request_extents(req, batch->extents, batch->n);
	err = qcuda_request_call(s->queue, req);
	*refused = req->refused;
	qcuda_request_put(req);
	return err;
}

/* Tell the worker; on failure the region is gone or LOST. */
static int region_announce(struct qcuda_session *s, struct qcuda_region *r)
{
	struct qcuda_extent_batch *batch;
	bool refused = false;
	int err = 0;

	list_for_each_entry(batch, &r->batches, node) {
		err = region_send_batch(s, r, batch, &refused);
		if (err)
			break;
	}
	if (!err) {
		region_set_state(s, r, REGION_READY);
	} else if (refused) {
		region_destroy(s, r);
	} else {
		if (r->watched)
			qcuda_account_unlist(&r->watch);
		region_set_state(s, r, REGION_LOST);
	}
	return err;
}

static int pin_check(const struct qcuda_pin *pin)
{
	u64 end;

	return pin->reserved || !pin->length || !PAGE_ALIGNED(pin->addr | pin->length) ||
			       check_add_overflow(pin->addr, pin->length, &end) ?
		       -EINVAL :
		       0;
}

/**
 * qcuda_region_pin() - QCUDA_IOC_PIN
 * @s: the session
 * @argument: struct qcuda_pin
 *
 * Context: Process context.  Sleeps; a fatal signal ends it.
 * Return: 0 or a negative errno.
 */
int qcuda_region_pin(struct qcuda_session *s, void *argument)
{
	struct qcuda_pin *pin = argument;
	struct qcuda_region *r;
	int err = pin_check(pin);

	if (err)
		return err;
	/* Nobody makes room, or waits for it, for what is not there. */
	if (!qcuda_pages_there(pin->addr, pin->length))
		return -EFAULT;
	r = region_create(s, pin->addr, pin->length, false);
	if (IS_ERR(r))
		return PTR_ERR(r);
	pin->region = r->id;
	err = region_pin_pages(s, r);
	if (err) {
		region_destroy(s, r);
		return err;
	}
	return region_announce(s, r);
}

static int region_pin_watched_pages(struct qcuda_session *s, struct qcuda_region *r)
{
	int tries, err;

	for (tries = 0; tries < WATCH_TRIES; tries++) {
		qcuda_watch_begin(&r->watch);
		err = qcuda_watch_allowed(r->vaddr, r->length) ? region_pin_pages(s, r) : -EFAULT;
		if (err)
			return err;
		if (qcuda_watch_holds(&r->watch))
			return 0;
		qcuda_pages_unpin(&r->batches);
		qcuda_account_extents_gone(s, &r->watch);
	}
	return -EAGAIN;
}

/**
 * qcuda_region_pin_watched() - QCUDA_IOC_PIN_WATCHED
 * @s: the session
 * @argument: struct qcuda_pin_watched
 *
 * Context: Process context.  Sleeps; a fatal signal ends it.
 * Return: 0 or a negative errno.
 */
int qcuda_region_pin_watched(struct qcuda_session *s, void *argument)
{
	struct qcuda_pin_watched *pin = argument;
	struct qcuda_region *r;
	int err = pin_check(&pin->pin);

	if (err)
		return err;
	if (pin->reserved || pin->word >= QCUDA_WATCH_WORDS)
		return -EINVAL;
	if (!qcuda_watch_allowed(pin->pin.addr, pin->pin.length))
		return -EFAULT;
	r = region_create(s, pin->pin.addr, pin->pin.length, true);
	if (IS_ERR(r))
		return PTR_ERR(r);
	pin->pin.region = r->id;
	r->watch.session = s;
	r->watch.region = r->id;
	r->watch.word = pin->word;
	err = qcuda_watch_start(&r->watch, r->vaddr, r->length);
	if (!err)
		err = region_pin_watched_pages(s, r);
	if (err) {
		region_destroy(s, r);
		return err;
	}
	/* Before it is READY, and others may unpin it. */
	qcuda_account_list(&r->watch, r->length >> PAGE_SHIFT);
	err = region_announce(s, r);
	/* It may have become stale before it could be retired. */
	if (!err)
		mod_delayed_work(qcuda_wq, &s->retire_work, 0);
	return err;
}

/*
 * Take a READY or RETIRED region out of the others' reach.  One that is being retired cannot be
 * had, but forgotten.
 */
static int region_take(struct qcuda_session *s, u32 id, struct qcuda_region **taken)
{
	struct qcuda_region *r;
	int err = 0;

	*taken = NULL;
	xa_lock(&s->regions);
	r = xa_load(&s->regions, id);
	if (r && (r->state == REGION_READY || r->state == REGION_RETIRED)) {
		r->state = REGION_BUSY;
		*taken = r;
	} else if (r && r->state == REGION_RETIRING) {
		r->state = REGION_FORGOTTEN;
	} else {
		err = -ENOENT;
	}
	xa_unlock(&s->regions);
	return err;
}

/* Have the device let go; *refused: it did not, and says so. */
static int region_delete(struct qcuda_session *s, struct qcuda_region *r, bool *refused)
{
	struct qcuda_request *req = r->del;
	int err;

	*refused = true;
	if (!r->length)		/* it was retired */
		return 0;
	r->del = NULL;
	if (!req)		/* it was refused before */
		req = region_request_del();
	if (!req)
		return -ENOMEM;
	req->message.region_del.region = cpu_to_le32(r->id);
	err = qcuda_request_call(s->queue, req);
	*refused = req->refused;
	qcuda_request_put(req);
	return err;
}

/* Leave a BUSY watched region to the work item. */
static void region_forget(struct qcuda_session *s, struct qcuda_region *r)
{
	/* The word may be another region's from now on. */
	region_stop_watch(r);
	xa_lock(&s->regions);
	r->state = REGION_FORGOTTEN;
	__xa_set_mark(&s->regions, r->id, QCUDA_REGION_STALE);
	xa_unlock(&s->regions);
	mod_delayed_work(qcuda_wq, &s->retire_work, 0);
}

/**
 * qcuda_region_unpin() - QCUDA_IOC_UNPIN
 * @s: the session
 * @argument: struct qcuda_unpin
 *
 * Context: Process context.  Sleeps; a fatal signal ends it.
 * Return: 0 or a negative errno.
 */
int qcuda_region_unpin(struct qcuda_session *s, void *argument)
{
	struct qcuda_unpin *unpin = argument;
	struct qcuda_region *r;
	bool refused;
	int err;

	if (unpin->flags & ~QCUDA_UNPIN_LATER)
		return -EINVAL;
	err = region_take(s, unpin->region, &r);
	if (err || !r)
		return err;
	if (unpin->flags && r->watched && r->length) {
		region_forget(s, r);
		return 0;
	}
	err = region_delete(s, r, &refused);
	if (!err) {
		region_destroy(s, r);
		return 0;
	}
	region_set_state(s, r, refused ? REGION_READY : REGION_LOST);
	/* The work item left it alone if it became stale meanwhile. */
	if (r->watched)
		mod_delayed_work(qcuda_wq, &s->retire_work, RETIRE_AGAIN);
	return err;
}

static bool region_can_retire(const struct qcuda_region *r)
{
	return r->state == REGION_FORGOTTEN || (r->state == REGION_READY && r->watched);
}

/* The next region that is stale and can be retired, or NULL */
static struct qcuda_region *region_take_stale(struct qcuda_session *s)
{
	struct qcuda_region *r, *found = NULL;
	unsigned long id;

	xa_for_each_marked(&s->regions, id, r, QCUDA_REGION_STALE) {
		xa_lock(&s->regions);
		/* Not READY: whoever has it sees to it, or the end of the session. */
		r = xa_load(&s->regions, id);
		if (r && region_can_retire(r)) {
			__xa_clear_mark(&s->regions, id, QCUDA_REGION_STALE);
			if (r->state == REGION_READY)
				r->state = REGION_RETIRING;
			found = r;
		}
		xa_unlock(&s->regions);
		if (found)
			break;
	}
	return found;
}

static void region_retire(struct qcuda_session *s, struct qcuda_region *r)
{
	bool refused, forgotten;
	int err;

	qcuda_account_unlist(&r->watch);
	err = region_delete(s, r, &refused);
	if (!err) {
		region_stop_watch(r);
		region_empty(s, r);
	}
	xa_lock(&s->regions);
	forgotten = r->state == REGION_FORGOTTEN;
	if (err && refused)
		__xa_set_mark(&s->regions, r->id, QCUDA_REGION_REFUSED);
	if (err && !refused)
		r->state = REGION_LOST;
	else if (!forgotten)
		r->state = err ? REGION_READY : REGION_RETIRED;
	xa_unlock(&s->regions);
	if (forgotten && !err)
		region_destroy(s, r);
}

/* What was refused is to be tried again. */
static void regions_renew(struct qcuda_session *s)
{
	struct qcuda_region *r;
	unsigned long id;

	xa_for_each_marked(&s->regions, id, r, QCUDA_REGION_REFUSED) {
		xa_lock(&s->regions);
		/* Of an id that is another's by now, neither is set. */
		if (xa_get_mark(&s->regions, id, QCUDA_REGION_REFUSED)) {
			__xa_clear_mark(&s->regions, id, QCUDA_REGION_REFUSED);
			__xa_set_mark(&s->regions, id, QCUDA_REGION_STALE);
		}
		xa_unlock(&s->regions);
	}
}

/**
 * qcuda_region_retire_work() - take back what processes have unmapped or forgotten
 * @work: a session's retire_work
 *
 * Context: Process context.  Sleeps.
 */
void qcuda_region_retire_work(struct work_struct *work)
{
	struct qcuda_session *s = container_of(work, struct qcuda_session, retire_work.work);
	struct qcuda_region *r;

	regions_renew(s);
	while ((r = region_take_stale(s)))
		region_retire(s, r);
	if (xa_marked(&s->regions, QCUDA_REGION_REFUSED))
		queue_delayed_work(qcuda_wq, &s->retire_work, RETIRE_AGAIN);
}

/**
 * qcuda_region_check() - is there such a region, and may a channel be in it?
 * @s: the session
 * @id: what the process calls it
 *
 * Return: 0 or -ENOENT.
 */
int qcuda_region_check(struct qcuda_session *s, u32 id)
{
	struct qcuda_region *r;
	int err;

	xa_lock(&s->regions);
	r = xa_load(&s->regions, id);
	err = r && r->state == REGION_READY && !r->watched ? 0 : -ENOENT;
	xa_unlock(&s->regions);
	return err;
}

/**
 * qcuda_region_release_all() - unpin everything a session has left
 * @s: a session without file, whose pages the device does not use any more
 *
 * Context: Process context.  May sleep.
 */
void qcuda_region_release_all(struct qcuda_session *s)
{
	struct qcuda_region *r;
	unsigned long id;

	/*
	 * What runs now may be stopping a watch, or freeing its region.  Queued again before the
	 * watches are off, it runs into a queue that refuses, and does neither.
	 */
	cancel_delayed_work_sync(&s->retire_work);
	xa_for_each(&s->regions, id, r)
		region_stop_watch(r);
	cancel_delayed_work_sync(&s->retire_work);
	xa_for_each(&s->regions, id, r)
		region_destroy(s, r);
	xa_destroy(&s->regions);
}
