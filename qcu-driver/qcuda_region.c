// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * qcuda_region.c - memory of a process that the host may use
 *
 * DOC: Theory of operation
 *
 * PIN takes a long-term pin on the pages, writes down where they are as extents
 * of guest-physical memory, and tells the worker.  The extents are all that is
 * kept: they are sent to the worker as they are, and UNPIN finds the pages by
 * them.  They are kept in batches, one for each message.
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
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "qcuda_internal.h"

/* Pages looked up at a time (their pointers fill a page), and unpinned at a time */
#define PAGES_PER_LOOKUP (PAGE_SIZE / sizeof(struct page *))
#define PAGES_PER_UNPIN	 8192

struct extent_batch {
	struct list_head node;
	unsigned int n;
	unsigned int capacity;
	struct qcuda_extent extents[];
};

/* The largest batch is one allocation of 32 KiB; when memory is fragmented, a page. */
#define EXTENTS_IN(bytes) \
	((unsigned int)(((bytes) - sizeof(struct extent_batch)) / sizeof(struct qcuda_extent)))
#define EXTENTS_PER_BATCH	EXTENTS_IN(SZ_32K)
#define EXTENTS_PER_PAGE	EXTENTS_IN(PAGE_SIZE)
static_assert(EXTENTS_PER_BATCH <= QCUDA_EXTENTS_PER_MSG);

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
 * @batches: struct extent_batch, in order
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

static struct extent_batch *batch_add(struct qcuda_region *r, unsigned long pages_left)
{
	unsigned int capacity = min_t(unsigned long, pages_left, EXTENTS_PER_BATCH);
	struct extent_batch *batch;

	batch = kmalloc(struct_size(batch, extents, capacity),
			GFP_KERNEL_ACCOUNT | __GFP_NORETRY | __GFP_NOWARN);
	if (!batch) {
		capacity = min(capacity, EXTENTS_PER_PAGE);
		batch = kmalloc(struct_size(batch, extents, capacity), GFP_KERNEL_ACCOUNT);
	}
	if (!batch)
		return NULL;
	batch->n = 0;
	batch->capacity = capacity;
	list_add_tail(&batch->node, &r->batches);
	return batch;
}

/* Note one more pinned page; @pages_left (this one included) bounds what can follow. */
static int region_add_page(struct qcuda_session *s, struct qcuda_region *r, struct page *page,
			   unsigned long pages_left)
{
	struct extent_batch *batch = NULL;
	u64 gpa = page_to_phys(page);
	struct qcuda_extent *last;

	if (!list_empty(&r->batches)) {
		batch = list_last_entry(&r->batches, struct extent_batch, node);
		last = &batch->extents[batch->n - 1];
		if (le64_to_cpu(last->gpa) + le64_to_cpu(last->length) == gpa) {
			le64_add_cpu(&last->length, PAGE_SIZE);
			return 0;
		}
	}
	if (r->watched && qcuda_account_extent(s, &r->watch))
		return -ENOMEM;
	if (!batch || batch->n == batch->capacity)
		batch = batch_add(r, pages_left);
	if (!batch)
		return -ENOMEM;
	batch->extents[batch->n].gpa = cpu_to_le64(gpa);
	batch->extents[batch->n].length = cpu_to_le64(PAGE_SIZE);
	batch->n++;
	return 0;
}

/* Pin and note up to PAGES_PER_LOOKUP pages; the number of pages, or a negative errno. */
static long region_pin_some(struct qcuda_session *s, struct qcuda_region *r, unsigned long addr,
			    unsigned long pages_left, struct page **pages)
{
	int n = min_t(unsigned long, pages_left, PAGES_PER_LOOKUP);
	int i, err;

	n = pin_user_pages_fast(addr, n, FOLL_WRITE | FOLL_LONGTERM, pages);
	if (n <= 0)
		return n ? n : -EFAULT;
	for (i = 0; i < n; i++) {
		err = region_add_page(s, r, pages[i], pages_left - i);
		if (err) {
			unpin_user_pages(pages + i, n - i);
			return err;
		}
	}
	return n;
}

static int region_pin_pages(struct qcuda_session *s, struct qcuda_region *r)
{
	unsigned long addr = r->vaddr, left = r->length >> PAGE_SHIFT;
	struct page **pages = (struct page **)__get_free_page(GFP_KERNEL);
	long n = 0;

	if (!pages)
		return -ENOMEM;
	while (left) {
		n = fatal_signal_pending(current) ? -EINTR : region_pin_some(s, r, addr, left, pages);
		if (n < 0)
			break;
		left -= n;
		addr += n << PAGE_SHIFT;
		cond_resched();
	}
	free_page((unsigned long)pages);
	return n < 0 ? n : 0;
}

static void extent_unpin(const struct qcuda_extent *extent)
{
	struct page *page = pfn_to_page(PHYS_PFN(le64_to_cpu(extent->gpa)));
	unsigned long left = le64_to_cpu(extent->length) >> PAGE_SHIFT;
	unsigned long n;

	for (; left; left -= n, page += n) {
		n = min_t(unsigned long, left, PAGES_PER_UNPIN);
		unpin_user_page_range_dirty_lock(page, n, true);
		cond_resched();
	}
}

/* Unpin whatever was pinned. */
static void region_unpin_pages(struct qcuda_region *r)
{
	struct extent_batch *batch, *next;
	unsigned int i;

	list_for_each_entry_safe(batch, next, &r->batches, node) {
		for (i = 0; i < batch->n; i++)
			extent_unpin(&batch->extents[i]);
		list_del(&batch->node);
		kfree(batch);
	}
}

/* The device has let go of it. */
static void region_empty(struct qcuda_session *s, struct qcuda_region *r)
{
	region_unpin_pages(r);
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
			     const struct extent_batch *batch, bool *refused)
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
	struct extent_batch *batch;
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
		region_unpin_pages(r);
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
