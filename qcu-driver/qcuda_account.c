// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * qcuda_account.c - who has pinned how much, and who has to give some up
 *
 * DOC: Theory of operation
 *
 * Pinned pages can be neither swapped out nor moved.  All are counted, in all
 * sessions together and in their process's mm->pinned_vm (VmPin in
 * /proc/PID/status), as RDMA and io_uring do.
 *
 * What a program asks for is limited by a share of all memory.  It is held against
 * RLIMIT_MEMLOCK only if the module is told so (memlock): CUDA programs pin
 * hundreds of megabytes, which no CUDA driver holds against a limit that is
 * 8 MiB for everybody who has not been told otherwise.
 *
 * What is watched nobody has asked for: it makes copies faster.  So it is limited
 * further, for all sessions together and for each of them, in pages and in extents,
 * for each extent is a mapping of the worker, and a process on the host may have
 * 65530 of these (vm.max_map_count).  And it is given up for others: when the
 * kernel is short of memory (a shrinker), when a program asks for pinned memory
 * and there is no room, and when a session that has less than its share of what
 * is watched in all wants more, by those that have more than theirs.  Who has had
 * it for longest loses it first: whether it is used the driver cannot see, and
 * what is used is pinned again soon, and then last in the list.
 *
 * To give up a region is to have its watch expire (qcuda_watch.c): its process
 * sees the word and does not use it again, the work item has the host let go.
 * So the room is there some time later.  Who asks for pinned memory waits for it
 * for up to a second; who wants to watch some is told to come again (EAGAIN).
 */
#include <linux/capability.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched/mm.h>

#include "qcuda_compat.h"
#include "qcuda_internal.h"

static unsigned int pin_limit_percent = 80;
module_param(pin_limit_percent, uint, 0644);
MODULE_PARM_DESC(pin_limit_percent,
		 "share of all memory that may be pinned, all sessions together (80)");

static unsigned int watch_limit_percent = 50;
module_param(watch_limit_percent, uint, 0644);
MODULE_PARM_DESC(watch_limit_percent,
		 "share of all memory that may be pinned without the programs' asking for it (50)");

static unsigned int watch_session_limit_percent = 40;
module_param(watch_session_limit_percent, uint, 0644);
MODULE_PARM_DESC(watch_session_limit_percent, "the same, for one session (40)");

static bool memlock;
module_param(memlock, bool, 0644);
MODULE_PARM_DESC(memlock,
		 "hold what a process has pinned against its RLIMIT_MEMLOCK, unless it may lock memory (N)");

/* Of one session's watched regions; half of what a process of the host may map */
#define WATCH_EXTENTS	32768

/* Watched regions of a session: each has a word, but some are on their way out, and have none */
#define WATCHES_MAX	(4 * QCUDA_WATCH_WORDS)

/* How long somebody who asks for memory waits for what others give up, at most */
#define ROOM_PATIENCE	HZ

/* Protects all that follows, and what sessions and watches say is under it; in no interrupts */
static DEFINE_SPINLOCK(account_lock);
static unsigned long pinned_pages;	/* of all sessions of all devices */
static unsigned long watched_pages;	/* those in watched regions, which are among them */
static unsigned int n_sharers;		/* sessions that have any watched */
static LIST_HEAD(watches);		/* struct qcuda_watch that can be given up, oldest first */
static unsigned int n_watches;
static DECLARE_WAIT_QUEUE_HEAD(room);	/* woken when there is more room */
static struct shrinker *shrinker;

static unsigned long limit_of(const unsigned int *percent)
{
	return totalram_pages() / 100 * min(READ_ONCE(*percent), 100u);
}

/* Would @pages more be more than @limit? */
static bool exceeds(unsigned long used, unsigned long pages, unsigned long limit)
{
	return used > limit || pages > limit - used;
}

/* The functions down to charge_try() are called with the lock held. */
static void watch_unlist(struct qcuda_watch *w)
{
	if (list_empty(&w->listed))
		return;
	list_del_init(&w->listed);
	n_watches--;
	w->session->listed_pages -= w->pages;
}

static void watch_give_up(struct qcuda_watch *w)
{
	watch_unlist(w);
	qcuda_watch_expire(w);
}

/* Give up @pages, if there are so many, the oldest first, but leave @share to each session. */
static void give_up(unsigned long pages, unsigned long share)
{
	struct qcuda_watch *w, *next;
	unsigned long given = 0;

	list_for_each_entry_safe(w, next, &watches, listed) {
		if (given >= pages)
			break;
		if (w->session->listed_pages <= share)
			continue;
		given += w->pages;
		watch_give_up(w);
	}
}

static int charge_watched(struct qcuda_session *s, unsigned long pages)
{
	unsigned long limit = limit_of(&watch_limit_percent), share;

	if (s->n_watched == WATCHES_MAX ||
	    exceeds(s->watched_pages, pages, limit_of(&watch_session_limit_percent)))
		return -ENOMEM;
	if (!exceeds(watched_pages, pages, limit))
		return 0;
	share = limit / (n_sharers + !s->watched_pages);
	if (exceeds(s->watched_pages, pages, share))
		return -ENOMEM;
	give_up(watched_pages + pages - limit, share);
	return -EAGAIN;
}

/* -EAGAIN: there would be room, if nothing were watched */
static int charge_pinned(unsigned long pages, bool watched)
{
	unsigned long limit = limit_of(&pin_limit_percent);

	if (!exceeds(pinned_pages, pages, limit))
		return 0;
	return watched || exceeds(pinned_pages - watched_pages, pages, limit) ? -ENOMEM : -EAGAIN;
}

static int charge_mm(struct mm_struct *mm, unsigned long pages)
{
	unsigned long now = atomic64_add_return(pages, &mm->pinned_vm);

	if (!READ_ONCE(memlock) || now <= rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT ||
	    capable(CAP_IPC_LOCK))
		return 0;
	atomic64_sub(pages, &mm->pinned_vm);
	return -ENOMEM;
}

static int charge_try(struct qcuda_session *s, unsigned long pages, bool watched)
{
	int err;

	spin_lock(&account_lock);
	err = watched ? charge_watched(s, pages) : 0;
	if (!err)
		err = charge_pinned(pages, watched);
	if (!err) {
		pinned_pages += pages;
		if (watched) {
			watched_pages += pages;
			n_sharers += !s->watched_pages;
			s->watched_pages += pages;
			s->n_watched++;
		}
	}
	spin_unlock(&account_lock);
	return err;
}

/* There is no room for what a program asks for: let others give up what nobody asked for. */
static int charge_wait(struct qcuda_session *s, unsigned long pages)
{
	int err;
	long left;

	spin_lock(&account_lock);
	give_up(pages, 0);
	spin_unlock(&account_lock);
	left = wait_event_killable_timeout(room, (err = charge_try(s, pages, false)) != -EAGAIN,
					   ROOM_PATIENCE);
	if (left < 0 && err)
		return -EINTR;
	return err == -EAGAIN ? -ENOMEM : err;
}

/**
 * qcuda_account_charge() - may this process pin so much?
 * @s: the session
 * @pages: how many
 * @watched: in a watched region
 *
 * Context: Process context.  Waits for room, unless @watched; a fatal signal ends it.
 * Return: 0, and current->mm, to which a reference is taken, has pinned it, until
 * qcuda_account_uncharge(); -ENOMEM; -EAGAIN: others give some up; -EINTR.
 */
int qcuda_account_charge(struct qcuda_session *s, unsigned long pages, bool watched)
{
	struct mm_struct *mm = current->mm;
	int err = charge_mm(mm, pages);

	if (err)
		return err;
	err = charge_try(s, pages, watched);
	if (err == -EAGAIN && !watched)
		err = charge_wait(s, pages);
	if (err)
		atomic64_sub(pages, &mm->pinned_vm);
	else
		mmgrab(mm);
	return err;
}

/**
 * qcuda_account_uncharge() - what was charged is no longer pinned
 * @s: the session
 * @mm: whose it was; the reference is dropped
 * @pages: how many
 * @w: the region's watch, not in the list, if it has one
 *
 * Context: Process context.
 */
void qcuda_account_uncharge(struct qcuda_session *s, struct mm_struct *mm, unsigned long pages,
			    struct qcuda_watch *w)
{
	spin_lock(&account_lock);
	pinned_pages -= pages;
	if (w) {
		watched_pages -= pages;
		s->watched_pages -= pages;
		s->n_watched--;
		n_sharers -= !s->watched_pages;
		s->watched_extents -= w->extents;
		w->extents = 0;
	}
	spin_unlock(&account_lock);
	wake_up_all(&room);
	atomic64_sub(pages, &mm->pinned_vm);
	mmdrop(mm);
}

/**
 * qcuda_account_extent() - one extent more of a watched region
 * @s: the session
 * @w: its watch
 *
 * Context: Process context.
 * Return: 0, or -ENOMEM: the session has too many.
 */
int qcuda_account_extent(struct qcuda_session *s, struct qcuda_watch *w)
{
	int err = -ENOMEM;

	spin_lock(&account_lock);
	if (s->watched_extents < WATCH_EXTENTS) {
		s->watched_extents++;
		w->extents++;
		err = 0;
	}
	spin_unlock(&account_lock);
	return err;
}

/**
 * qcuda_account_extents_gone() - what was pinned of a watched region is to be pinned anew
 * @s: the session
 * @w: its watch
 */
void qcuda_account_extents_gone(struct qcuda_session *s, struct qcuda_watch *w)
{
	spin_lock(&account_lock);
	s->watched_extents -= w->extents;
	w->extents = 0;
	spin_unlock(&account_lock);
}

/**
 * qcuda_account_list() - from now on it may be given up
 * @w: a watch that is on
 * @pages: of its region
 *
 * Context: Process context.
 */
void qcuda_account_list(struct qcuda_watch *w, unsigned long pages)
{
	spin_lock(&account_lock);
	w->pages = pages;
	list_add_tail(&w->listed, &watches);
	n_watches++;
	w->session->listed_pages += pages;
	spin_unlock(&account_lock);
}

/**
 * qcuda_account_unlist() - it is being let go of, or is about to be: nobody need ask for it
 * @w: a watch, in the list or not
 *
 * Context: Process context.  When this returns nobody else looks at the watch.
 */
void qcuda_account_unlist(struct qcuda_watch *w)
{
	spin_lock(&account_lock);
	watch_unlist(w);
	spin_unlock(&account_lock);
}

static unsigned long account_count(struct shrinker *unused, struct shrink_control *sc)
{
	return READ_ONCE(n_watches) ?: SHRINK_EMPTY;
}

static unsigned long account_scan(struct shrinker *unused, struct shrink_control *sc)
{
	unsigned long n = 0;

	spin_lock(&account_lock);
	for (; n < sc->nr_to_scan && !list_empty(&watches); n++)
		watch_give_up(list_first_entry(&watches, struct qcuda_watch, listed));
	spin_unlock(&account_lock);
	return n ?: SHRINK_STOP;
}

/**
 * qcuda_account_init() - before the first session
 *
 * Context: Process context.  May sleep.
 * Return: 0 or a negative errno.
 */
int qcuda_account_init(void)
{
	shrinker = qcuda_shrinker_create(account_count, account_scan);
	return PTR_ERR_OR_ZERO(shrinker);
}

/** qcuda_account_exit() - after the last session */
void qcuda_account_exit(void)
{
	qcuda_shrinker_destroy(shrinker);
}
