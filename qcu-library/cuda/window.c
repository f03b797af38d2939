/* SPDX-License-Identifier: MIT */
/*
 * window.c - pageable memory that the host copies from and to in place
 *
 * DOC: Theory of operation
 *
 * To stage pageable memory, this process moves the bytes, and in a VM without KVM it
 * is an emulated CPU that does.  A window is a part of the program's memory that has
 * been pinned for the host as the program copied it, though the program did not ask
 * for it.  The host then copies it as it does pinned memory, also the next time.
 *
 * The program may unmap the memory, or map something else there, without telling
 * this library.  The driver watches (qcu-driver/qcuda_watch.c): before the kernel
 * changes anything it writes 1 into the window's word.  Who looks at the word after
 * the change sees it, so a stale window is never used again; it is closed, and the
 * memory gets a new one when it is worth it.  A change while a copy is under way is
 * the program's race with itself, or leaves the pages in place (fork).  The driver
 * takes the pages of a stale window back by itself; a copy that finds them gone gets
 * CUDA_ERROR_NOT_FOUND and is staged.
 *
 * Nobody waits for a window to be closed.  A registered one is taken from CUDA first, which
 * waits for the GPU, maybe for a kernel that ends when this very thread says so after
 * its copy.  The driver does the waiting (QCUDA_UNPIN_LATER); what cannot have a window
 * meanwhile, for want of memory, is staged.
 *
 * Windows do not overlap.  A copy goes from window to window, and what lies between
 * them gets a window or goes another way.  There are as many as the watch page has
 * words, and at most a quarter of the memory is in them; the one that was not used
 * for longest makes room.  Small memory gets a window when it is copied a second
 * time, and takes none from others that are in use.  Where windows soon go stale, as
 * of memory that is allocated for a copy and then freed, what is not very large has to
 * be copied more and more often before it gets one again.  Memory that the driver refuses
 * (files, read-only, no more to be had) is not tried again for a while.
 */
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/interval.h"
#include "qcu-library/cuda/options.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"
#include "qcu-library/cuda/window.h"
#include "wire/qcuda_uapi.h"

#define BYTES_MIN	((size_t)8 << 10)	/* of a copy through a window */
#define AT_ONCE		((size_t)1 << 20)	/* that gets it at the first copy */
#define ALWAYS		((size_t)4 << 20)	/* and is better pinned than staged for one copy, too */
#define BYTES_MAX	((size_t)64 << 20)	/* of one window */
#define N_SEEN		256
#define AGE_MIN		(8 * QCUDA_WATCH_WORDS)	/* of a window that makes room for a small one */
#define N_REFUSED	32	/* copies that do not try again */
#define USES_WORTH_IT	8	/* of a window: to pin memory takes longer than to stage what is small */
#define STAGED_MAX	64	/* copies before there is a window again */

/**
 * struct window - all fields are under @lock
 * @users: copies under way
 * @used: when the last began, by @copies
 * @uses: how many there have been
 * @registered: the context epoch in which it was registered with CUDA, 0: never
 * @registering: some thread is at it, or it failed
 * @open: the host knows it
 * @stale: not in the tree any more; closed with its last user
 */
struct window {
	struct interval pages;
	uint32_t region;
	uint32_t users;
	uint64_t used;
	uint64_t uses;
	uint64_t registered;
	bool registering;
	bool open;
	bool stale;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct window windows[QCUDA_WATCH_WORDS];	/* by the index of their words */
static void *tree;		/* of those that are open and not stale */
static uint64_t total;		/* bytes in all that are open */
static uint64_t copies;		/* counts copies */

/* Memory that was copied and got no window, or a stale one, by address; under @lock */
static struct seen {
	uint64_t start;
	unsigned int times;
	unsigned int staged;	/* so many copies are, where windows were of little use */
	unsigned int refused;	/* so many copies are not to try */
} seen[N_SEEN];

static uint32_t word_of(const struct window *window)
{
	return window - windows;
}

static size_t bytes_of(const struct window *window)
{
	return window->pages.end - window->pages.start;
}

static struct wire_span span_of(const struct window *window, uint64_t address, size_t bytes)
{
	return (struct wire_span){ .region = window->region,
				   .flags = WIRE_SPAN_LOOSE | WIRE_SPAN_WAIT,
				   .offset = address - window->pages.start, .bytes = bytes };
}

/* The functions down to open_window() are called with the lock held. */
static void close_window(struct window *window)
{
	int error = session.transport->ops->region_forget_watched(session.transport,
								  window->region);

	if (error && error != -ENOENT)
		session_failed(error);
	total -= bytes_of(window);
	window->open = false;
}

/* No copy is to find it any more. */
static void forget(struct window *window)
{
	tdelete(window, &tree, interval_compare);
	window->stale = true;
	if (!window->users)
		close_window(window);
}

static struct seen *seen_at(uint64_t start)
{
	struct seen *known = &seen[start / PAGE_BYTES % N_SEEN];

	if (known->start != start)
		*known = (struct seen){ .start = start };
	return known;
}

/* The memory has changed: is it worth less to pin what comes there next? */
static void learn(const struct window *window)
{
	struct seen *known = seen_at(window->pages.start);

	if (option_set(NO_LEARN))
		return;
	if (window->uses >= USES_WORTH_IT)
		known->staged = 0;
	else if (known->staged < STAGED_MAX)
		known->staged = known->staged ? 2 * known->staged : 2;
	known->times = 0;
}

/* The window in [start, end) that is leftmost, stale ones being forgotten */
static struct window *first_fresh(uint64_t start, uint64_t end)
{
	struct window *window;

	/* The word was written before the call that changed the memory came back. */
	while ((window = interval_first(&tree, start, end)) &&
	       session.transport->watch[word_of(window)]) {
		learn(window);
		forget(window);
	}
	return window;
}

/* Close the one that was not used for longest, if that was @age copies ago. */
static bool make_room(uint64_t age)
{
	struct window *oldest = NULL;

	for (uint32_t i = 0; i < QCUDA_WATCH_WORDS; i++) {
		struct window *window = &windows[i];

		if (window->open && !window->users && (!oldest || window->used < oldest->used))
			oldest = window;
	}
	if (!oldest || copies - oldest->used < age)
		return false;
	forget(oldest);
	return true;
}

static struct window *free_window(uint64_t age)
{
	do {
		for (uint32_t i = 0; i < QCUDA_WATCH_WORDS; i++)
			if (!windows[i].open)
				return &windows[i];
	} while (make_room(age));
	return NULL;
}

static uint64_t total_max(void)
{
	return (uint64_t)sysconf(_SC_PHYS_PAGES) * PAGE_BYTES / 4;
}

static bool worth_it(uint64_t start, size_t bytes)
{
	struct seen *known = seen_at(start);

	if (known->refused) {
		known->refused--;
		return false;
	}
	if (bytes >= ALWAYS)
		return true;
	return known->times++ >= (known->staged ? known->staged : bytes < AT_ONCE);
}

/* -EAGAIN: not now, but perhaps the next time */
static int share(struct window *window, uint64_t age)
{
	struct transport *transport = session.transport;
	int error = transport->ops->region_share_watched(transport,
							 POINTER(window->pages.start),
							 bytes_of(window), word_of(window),
							 &window->region);

	if ((error == -ENOMEM || error == -ENOSPC) && make_room(age))
		return -EAGAIN;
	return error;
}

static void refused(uint64_t start, int error)
{
	if (error == -EPIPE || error == -ENODEV)
		session_failed(error);
	if (error != -EAGAIN)
		seen_at(start)->refused = N_REFUSED;
}

static struct window *open_window(uint64_t start, uint64_t end)
{
	/* With more small ones than windows, some have windows for good rather than all in turn. */
	uint64_t age = end - start < AT_ONCE ? AGE_MIN : 0;
	struct window *window;
	int error;

	while (total + (end - start) > total_max())
		if (!make_room(age))
			return NULL;
	window = free_window(age);
	if (!window)
		return NULL;
	*window = (struct window){ .pages = { start, end } };
	error = share(window, age);
	if (error) {
		refused(start, error);
		return NULL;
	}
	window->open = true;
	total += end - start;
	if (!tsearch(window, &tree, interval_compare)) {
		close_window(window);
		return NULL;
	}
	return window;
}

/* The window with @address in it, perhaps a new one.  *bytes: up to where this is the answer */
static struct window *find_or_open(uint64_t address, size_t *bytes)
{
	const uint64_t mask = ~(uint64_t)(PAGE_BYTES - 1);
	uint64_t start = address & mask, end = start + BYTES_MAX;
	struct window *window;

	if (*bytes < end - address)
		end = (address + *bytes + PAGE_BYTES - 1) & mask;
	window = first_fresh(start, end);
	if (window && window->pages.start > start) {
		end = window->pages.start;
		window = NULL;
	} else if (window) {
		end = window->pages.end;
	}
	if (!window && worth_it(start, end - start))
		window = open_window(start, end);
	if (*bytes > end - address)
		*bytes = end - address;
	return window;
}

static bool must_register(const struct window *window)
{
	return window->uses >= option_register_at() && !window->registering &&
	       window->registered != context_epoch();
}

/* With CUDA, where the host's context is.  Should it fail, copies are only slower. */
static bool register_window(struct window *window)
{
	struct wire_span span = span_of(window, window->pages.start, bytes_of(window));
	uint64_t epoch = context_epoch();
	CUdeviceptr device;
	CUresult rc;

	if (window->registered)
		send_host_unregister(span);
	rc = send_host_register(span, CU_MEMHOSTREGISTER_PORTABLE, &device);
	if (rc != CUDA_SUCCESS)
		return false;
	pthread_mutex_lock(&lock);
	window->registered = epoch;
	window->registering = false;
	pthread_mutex_unlock(&lock);
	return true;
}

struct window *window_get(uint64_t address, size_t *bytes, struct wire_span *span)
{
	struct window *window;
	bool must = false;

	if (!session.transport->watch || *bytes < BYTES_MIN || option_set(NO_WINDOWS))
		return NULL;
	pthread_mutex_lock(&lock);
	window = find_or_open(address, bytes);
	if (window) {
		window->users++;
		window->uses++;
		window->used = ++copies;
		must = must_register(window);
		window->registering |= must;
		*span = span_of(window, address, *bytes);
		if (window->registered != context_epoch())
			span->flags |= WIRE_SPAN_PAGEABLE;
	}
	pthread_mutex_unlock(&lock);
	if (must && register_window(window))
		span->flags &= ~WIRE_SPAN_PAGEABLE;
	return window;
}

void window_put(struct window *window)
{
	pthread_mutex_lock(&lock);
	if (!--window->users && window->stale)
		close_window(window);
	pthread_mutex_unlock(&lock);
}

bool window_close_idle(void)
{
	bool any = false;

	pthread_mutex_lock(&lock);
	while (make_room(0))
		any = true;
	pthread_mutex_unlock(&lock);
	return any;
}
