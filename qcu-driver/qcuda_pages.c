// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * qcuda_pages.c - pinned pages, and where they are
 *
 * DOC: Theory of operation
 *
 * Pages are pinned for long, and written down as extents of guest-physical memory.  The extents
 * are all that is kept: they are sent to the worker as they are, and by them the pages are found
 * when they are unpinned.  They are kept in batches, one for each message.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "qcuda_internal.h"

/* Pages looked up at a time (their pointers fill a page), and unpinned at a time */
#define PAGES_PER_LOOKUP (PAGE_SIZE / sizeof(struct page *))
#define PAGES_PER_UNPIN	 8192

/* The largest batch is one allocation of 32 KiB; when memory is fragmented, a page. */
#define EXTENTS_IN(bytes) \
	((unsigned int)(((bytes) - sizeof(struct qcuda_extent_batch)) / sizeof(struct qcuda_extent)))
#define EXTENTS_PER_BATCH	EXTENTS_IN(SZ_32K)
#define EXTENTS_PER_PAGE	EXTENTS_IN(PAGE_SIZE)
static_assert(EXTENTS_PER_BATCH <= QCUDA_EXTENTS_PER_MSG);

/* struct pinning - what qcuda_pages_pin() was asked for */
struct pinning {
	struct qcuda_session *session;
	struct list_head *batches;
	struct qcuda_watch *watch;
};

static struct qcuda_extent_batch *batch_add(struct list_head *batches, unsigned long pages_left)
{
	unsigned int capacity = min_t(unsigned long, pages_left, EXTENTS_PER_BATCH);
	struct qcuda_extent_batch *batch;

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
	list_add_tail(&batch->node, batches);
	return batch;
}

/*
 * Of a file whose file system wants to know of writes?  It would not learn of what the GPU writes.
 * Linux refuses to pin such pages so from 6.5 on, also those of ramfs, which shares with the others
 * that it is told, and writes nothing back.
 */
static bool page_is_of_file(struct page *page)
{
	struct folio *folio = page_folio(page);

	return folio_mapping(folio) && !folio_test_anon(folio) && !folio_test_swapbacked(folio) &&
	       !PageHuge(page);
}

/* Note one more pinned page; @pages_left (this one included) bounds what can follow. */
static int pages_add(const struct pinning *p, struct page *page, unsigned long pages_left)
{
	struct qcuda_extent_batch *batch = NULL;
	u64 gpa = page_to_phys(page);
	struct qcuda_extent *last;

	if (!list_empty(p->batches)) {
		batch = list_last_entry(p->batches, struct qcuda_extent_batch, node);
		last = &batch->extents[batch->n - 1];
		if (le64_to_cpu(last->gpa) + le64_to_cpu(last->length) == gpa) {
			le64_add_cpu(&last->length, PAGE_SIZE);
			return 0;
		}
	}
	if (p->watch && qcuda_account_extent(p->session, p->watch))
		return -ENOMEM;
	if (!batch || batch->n == batch->capacity)
		batch = batch_add(p->batches, pages_left);
	if (!batch)
		return -ENOMEM;
	batch->extents[batch->n].gpa = cpu_to_le64(gpa);
	batch->extents[batch->n].length = cpu_to_le64(PAGE_SIZE);
	batch->n++;
	return 0;
}

/* Pin and note up to PAGES_PER_LOOKUP pages; the number of pages, or a negative errno. */
static long pages_pin_some(const struct pinning *p, unsigned long addr, unsigned long pages_left,
			   struct page **pages)
{
	int n = min_t(unsigned long, pages_left, PAGES_PER_LOOKUP);
	int i, err;

	n = pin_user_pages_fast(addr, n, FOLL_WRITE | FOLL_LONGTERM, pages);
	if (n <= 0)
		return n ? n : -EFAULT;
	for (i = 0; i < n; i++) {
		err = page_is_of_file(pages[i]) ? -EFAULT : pages_add(p, pages[i], pages_left - i);
		if (err) {
			unpin_user_pages(pages + i, n - i);
			return err;
		}
	}
	return n;
}

/**
 * qcuda_pages_all() - is memory of the calling process all in mappings that are good?
 * @addr, @length: which; whole pages
 * @good: says it of a mapping; called with mmap_lock held for reading
 *
 * Context: Process context.  May sleep.
 * Return: false also if there is a page that is in no mapping.
 */
bool qcuda_pages_all(u64 addr, u64 length, bool (*good)(struct vm_area_struct *vma))
{
	struct mm_struct *mm = current->mm;
	u64 at = addr, end = addr + length;
	struct vm_area_struct *vma;

	mmap_read_lock(mm);
	while (at < end) {
		vma = find_vma(mm, at);
		if (!vma || vma->vm_start > at || !good(vma))
			break;
		at = vma->vm_end;
	}
	mmap_read_unlock(mm);
	return at >= end;
}

static bool can_be_pinned(struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_WRITE && !(vma->vm_flags & (VM_IO | VM_PFNMAP));
}

/**
 * qcuda_pages_there() - does the calling process have such memory?
 * @addr, @length: which; whole pages
 *
 * It need not be populated, and may be gone by the time it is pinned.  What a stack may grow to is
 * not there: to pin it does not make it grow (Linux 6.5, and Debian 12's 6.1).
 *
 * Context: Process context.  May sleep.
 * Return: false if it cannot be pinned.
 */
bool qcuda_pages_there(u64 addr, u64 length)
{
	return qcuda_pages_all(addr, length, can_be_pinned);
}

/**
 * qcuda_pages_pin() - pin memory of the calling process
 * @s: the session that it is for
 * @batches: its extents are added here, also if it fails half way
 * @addr, @length: which; whole pages
 * @watch: of the region, if that is watched: the extents are charged; else NULL
 *
 * Context: Process context.  Sleeps; a fatal signal ends it.
 * Return: 0 or a negative errno.
 */
int qcuda_pages_pin(struct qcuda_session *s, struct list_head *batches, u64 addr, u64 length,
		    struct qcuda_watch *watch)
{
	const struct pinning pinning = { s, batches, watch };
	unsigned long left = length >> PAGE_SHIFT;
	struct page **pages = (struct page **)__get_free_page(GFP_KERNEL);
	long n = 0;

	if (!pages)
		return -ENOMEM;
	while (left) {
		n = fatal_signal_pending(current) ? -EINTR :
						    pages_pin_some(&pinning, addr, left, pages);
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

/**
 * qcuda_pages_unpin() - unpin whatever was pinned
 * @batches: empty afterwards
 *
 * Context: Process context.  May sleep.
 */
void qcuda_pages_unpin(struct list_head *batches)
{
	struct qcuda_extent_batch *batch, *next;
	unsigned int i;

	list_for_each_entry_safe(batch, next, batches, node) {
		for (i = 0; i < batch->n; i++)
			extent_unpin(&batch->extents[i]);
		list_del(&batch->node);
		kfree(batch);
	}
}
