// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * qcuda_watch.c - pinned memory that its process may unmap at any time
 *
 * DOC: Theory of operation
 *
 * The library pins memory that a program copies from or to without the program's
 * knowing.  When the program then unmaps it, maps something else there, or does
 * anything by which an address may come to mean another page, the pin is of no use
 * any more, and worse: a copy through it would go to a page that the program does
 * not see.
 *
 * So an interval notifier watches the range.  The kernel calls it before it changes
 * the page tables.  It writes 1 into the region's word of the session's watch page,
 * which the process has mapped and looks at before each use, and marks the region
 * as stale, for qcuda_region.c to take it back.  All changes count, also those
 * that leave the pages where they are: a region too few is only slower.  So a
 * watch may also expire when the memory is needed (qcuda_account.c).
 *
 * Pinning itself may change the page tables (a write fault breaks copy-on-write),
 * so it goes by the notifier's sequence: pin, and once more if something changed.
 */
#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/userfaultfd_k.h>

#include "qcuda_compat.h"
#include "qcuda_internal.h"

/* Under the regions' lock */
static void watch_set_stale(struct qcuda_watch *w)
{
	struct qcuda_session *s = w->session;

	qcuda_watch_set(s, w->word, 1);
	__xa_set_mark(&s->regions, w->region, QCUDA_REGION_STALE);
	mod_delayed_work(qcuda_wq, &s->retire_work, 0);
}

/**
 * qcuda_watch_expire() - what is watched is needed for something else: as if it had changed
 * @w: a watch that is on, and whose region is not being let go of
 *
 * Context: Any process context, memory reclaim too.  Does not sleep.
 */
void qcuda_watch_expire(struct qcuda_watch *w)
{
	xa_lock(&w->session->regions);
	watch_set_stale(w);
	xa_unlock(&w->session->regions);
}

static bool watch_invalidate(struct mmu_interval_notifier *notifier,
			     const struct mmu_notifier_range *range, unsigned long seq)
{
	struct qcuda_watch *w = container_of(notifier, struct qcuda_watch, notifier);

	xa_lock(&w->session->regions);
	mmu_interval_set_seq(notifier, seq);
	watch_set_stale(w);
	xa_unlock(&w->session->regions);
	return true;
}

static const struct mmu_interval_notifier_ops watch_ops = {
	.invalidate = watch_invalidate,
};

/**
 * qcuda_watch_start() - watch memory of this process
 * @w: with session, region and word filled in
 * @addr: page aligned
 * @length: page aligned
 *
 * Context: Process context.  May sleep.
 * Return: 0 or a negative errno.
 */
int qcuda_watch_start(struct qcuda_watch *w, u64 addr, u64 length)
{
	int err = mmu_interval_notifier_insert(&w->notifier, current->mm, addr, length, &watch_ops);

	w->on = !err;
	return err;
}

/**
 * qcuda_watch_stop() - when this returns the notifier does not run any more
 * @w: a watch, started or not
 *
 * Context: Process context.  May sleep.  mmap_lock is not held.
 */
void qcuda_watch_stop(struct qcuda_watch *w)
{
	if (w->on)
		mmu_interval_notifier_remove(&w->notifier);
	w->on = false;
}

/**
 * qcuda_watch_begin() - what is pinned from here on is of the page tables as they are
 * @w: a started watch
 *
 * Context: Process context.  May sleep: a change under way is waited for.
 */
void qcuda_watch_begin(struct qcuda_watch *w)
{
	w->seq = mmu_interval_read_begin(&w->notifier);
	/* What comes in between is undone here, but not in the notifier's sequence. */
	xa_lock(&w->session->regions);
	qcuda_watch_set(w->session, w->word, 0);
	__xa_clear_mark(&w->session->regions, w->region, QCUDA_REGION_STALE);
	xa_unlock(&w->session->regions);
}

/**
 * qcuda_watch_holds() - has nothing changed since qcuda_watch_begin()?
 * @w: a started watch
 *
 * If not, the word says so from now on.
 */
bool qcuda_watch_holds(struct qcuda_watch *w)
{
	bool holds;

	xa_lock(&w->session->regions);
	holds = !mmu_interval_read_retry(&w->notifier, w->seq);
	if (!holds)
		qcuda_watch_set(w->session, w->word, 1);
	xa_unlock(&w->session->regions);
	return holds;
}

static bool is_own(struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_WRITE && (vma_is_anonymous(vma) || is_vm_hugetlb_page(vma)) &&
	       !userfaultfd_armed(vma);
}

/**
 * qcuda_watch_allowed() - is the memory of a kind that may be pinned unasked?
 * @addr: page aligned
 * @length: page aligned
 *
 * Memory of its own that the process may write.  To pin a file's pages for writing
 * would copy them, and to pin them for reading would give the host's GPU pages
 * that the process must not write.  Where the process itself handles the faults, a
 * thread of it might have to wait for the one that pins here.
 *
 * Context: Process context.  May sleep.
 */
bool qcuda_watch_allowed(u64 addr, u64 length)
{
	return qcuda_pages_all(addr, length, is_own);
}

/**
 * qcuda_watch_mmap() - map the watch page, for reading
 * @s: the session
 * @vma: one page
 *
 * Context: Process context, mmap_lock is held for writing.
 * Return: 0 or a negative errno.
 */
int qcuda_watch_mmap(struct qcuda_session *s, struct vm_area_struct *vma)
{
	if (vma->vm_pgoff || vma_pages(vma) != 1 || vma->vm_flags & (VM_WRITE | VM_EXEC))
		return -EINVAL;
	qcuda_vm_flags(vma, VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP, VM_MAYWRITE | VM_MAYEXEC);
	return vm_insert_page(vma, vma->vm_start, s->watch_page);
}
