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
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "qcuda_internal.h"

static unsigned int pin_limit_percent = 80;
module_param(pin_limit_percent, uint, 0644);
MODULE_PARM_DESC(pin_limit_percent,
		 "share of all memory that may be pinned, all sessions together (80)");

/* Pages pinned by all sessions of all devices */
static atomic_long_t pinned_pages;

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
};

/**
 * struct qcuda_region - pinned memory that the worker knows
 * @id: in the session's xarray
 * @state: under the xarray's lock
 * @vaddr: where the process sees it
 * @length: in bytes
 * @batches: struct extent_batch, in order
 */
struct qcuda_region {
	u32 id;
	enum region_state state;
	u64 vaddr;
	u64 length;
	struct list_head batches;
};

static int pages_charge(unsigned long pages)
{
	unsigned long limit = totalram_pages() / 100 * min(READ_ONCE(pin_limit_percent), 100u);

	if (pages <= limit && atomic_long_add_return(pages, &pinned_pages) <= limit)
		return 0;
	if (pages <= limit)
		atomic_long_sub(pages, &pinned_pages);
	return -ENOMEM;
}

static void pages_uncharge(unsigned long pages)
{
	atomic_long_sub(pages, &pinned_pages);
}

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
static int region_add_page(struct qcuda_region *r, struct page *page, unsigned long pages_left)
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
static long region_pin_some(struct qcuda_region *r, unsigned long addr, unsigned long pages_left,
			    struct page **pages)
{
	int n = min_t(unsigned long, pages_left, PAGES_PER_LOOKUP);
	int i, err;

	n = pin_user_pages_fast(addr, n, FOLL_WRITE | FOLL_LONGTERM, pages);
	if (n <= 0)
		return n ? n : -EFAULT;
	for (i = 0; i < n; i++) {
		err = region_add_page(r, pages[i], pages_left - i);
		if (err) {
			unpin_user_pages(pages + i, n - i);
			return err;
		}
	}
	return n;
}

static int region_pin_pages(struct qcuda_region *r)
{
	unsigned long addr = r->vaddr, left = r->length >> PAGE_SHIFT;
	struct page **pages = (struct page **)__get_free_page(GFP_KERNEL);
	long n = 0;

	if (!pages)
		return -ENOMEM;
	while (left) {
		n = fatal_signal_pending(current) ? -EINTR : region_pin_some(r, addr, left, pages);
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

/* Unpin whatever was pinned and forget the region; it is in no table any more. */
static void region_destroy(struct qcuda_region *r)
{
	struct extent_batch *batch, *next;
	unsigned int i;

	list_for_each_entry_safe(batch, next, &r->batches, node) {
		for (i = 0; i < batch->n; i++)
			extent_unpin(&batch->extents[i]);
		kfree(batch);
	}
	pages_uncharge(r->length >> PAGE_SHIFT);
	kfree(r);
}

/* A region with an id and nothing pinned */
static struct qcuda_region *region_create(struct qcuda_session *s, u64 vaddr, u64 length)
{
	struct qcuda_region *r;
	int err;

	err = pages_charge(length >> PAGE_SHIFT);
	if (err)
		return ERR_PTR(err);
	r = kzalloc(sizeof(*r), GFP_KERNEL_ACCOUNT);
	if (!r) {
		err = -ENOMEM;
		goto err_uncharge;
	}
	INIT_LIST_HEAD(&r->batches);
	r->state = REGION_BUSY;
	r->vaddr = vaddr;
	r->length = length;
	err = xa_alloc(&s->regions, &r->id, r, XA_LIMIT(0, QCUDA_MAX_REGIONS - 1),
		       GFP_KERNEL_ACCOUNT);
	if (!err)
		return r;
	if (err == -EBUSY)
		err = -ENOSPC;
	kfree(r);
err_uncharge:
	pages_uncharge(length >> PAGE_SHIFT);
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
	add->vaddr = cpu_to_le64(r->vaddr);
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
		xa_erase(&s->regions, r->id);
		region_destroy(r);
	} else {
		region_set_state(s, r, REGION_LOST);
	}
	return err;
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
	u64 end;
	int err;

	if (pin->reserved || !pin->length || !PAGE_ALIGNED(pin->addr | pin->length) ||
	    check_add_overflow(pin->addr, pin->length, &end))
		return -EINVAL;
	r = region_create(s, pin->addr, pin->length);
	if (IS_ERR(r))
		return PTR_ERR(r);
	pin->region = r->id;
	err = region_pin_pages(r);
	if (err) {
		xa_erase(&s->regions, r->id);
		region_destroy(r);
		return err;
	}
	return region_announce(s, r);
}

/* Take a READY region out of the others' reach. */
static struct qcuda_region *region_take(struct qcuda_session *s, u32 id)
{
	struct qcuda_region *r;

	xa_lock(&s->regions);
	r = xa_load(&s->regions, id);
	if (r && r->state == REGION_READY)
		r->state = REGION_BUSY;
	else
		r = NULL;
	xa_unlock(&s->regions);
	return r;
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
	struct qcuda_request *req;
	struct qcuda_region *r;
	int err;

	if (unpin->reserved)
		return -EINVAL;
	req = qcuda_request_create(QCUDA_REGION_DEL, sizeof(req->message.region_del));
	if (!req)
		return -ENOMEM;
	r = region_take(s, unpin->region);
	if (!r) {
		qcuda_request_put(req);
		return -ENOENT;
	}
	req->message.region_del.region = cpu_to_le32(r->id);
	err = qcuda_request_call(s->queue, req);
	if (!err) {
		xa_erase(&s->regions, r->id);
		region_destroy(r);
	} else {
		region_set_state(s, r, req->refused ? REGION_READY : REGION_LOST);
	}
	qcuda_request_put(req);
	return err;
}

/**
 * qcuda_region_check() - is there such a region?
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
	err = r && r->state == REGION_READY ? 0 : -ENOENT;
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

	xa_for_each(&s->regions, id, r) {
		xa_erase(&s->regions, id);
		region_destroy(r);
	}
	xa_destroy(&s->regions);
}
