/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * Sharing and registering work by the page, programs register by the byte, and
 * two registrations may meet within a page.  So pages are pinned in pieces that
 * count their users: a new registration pins what no piece covers yet, and adds
 * itself to the users of those that are there.  A piece goes with its last user,
 * and is registered no longer than it has a registration among them: a graph may
 * keep pages for much longer.
 *
 * Registrations that meet must agree whether the device only reads: on a GPU, CUDA refuses the one
 * that comes second with CUDA_ERROR_INVALID_VALUE if it does not.
 */
#include <pthread.h>
#include <stdlib.h>

#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/interval.h"
#include "qcu-library/cuda/pins.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"

struct pin {
	struct interval pages;
	uint32_t region;
	uint32_t users, registrations;	/* these are users, too */
	bool registered;	/* with CUDA, and not only shared with the host */
	bool read_only;		/* if registered: by the device */
	uint64_t device;	/* address for the device of the first page, if registered */
};

/* Guards the tree and what is in it; held over pinning and unpinning. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *tree;

static struct interval pages_of(uint64_t start, uint64_t bytes)
{
	const uint64_t mask = ~(uint64_t)(PAGE_BYTES - 1);

	return (struct interval){ start & mask, (start + bytes + PAGE_BYTES - 1) & mask };
}

static struct wire_span whole(const struct pin *pin)
{
	return (struct wire_span){ .region = pin->region,
				   .bytes = pin->pages.end - pin->pages.start };
}

static void let_go(const struct pin *pin)
{
	int error = session.transport->ops->region_unshare(session.transport, pin->region, false);

	if (error)
		session_failed(error);
}

/* Share pages of which none is shared.  Called with the lock held. */
static CUresult pin_pages(uint64_t start, uint64_t end)
{
	struct pin *pin = calloc(1, sizeof(*pin));
	CUresult rc;
	int error;

	if (!pin)
		return CUDA_ERROR_OUT_OF_MEMORY;
	pin->pages = (struct interval){ start, end };
	error = session_share(POINTER(start), end - start, false, &pin->region);
	if (error) {
		rc = session_failed(error);
		goto err_free;
	}
	rc = CUDA_ERROR_OUT_OF_MEMORY;
	if (!tsearch(pin, &tree, interval_compare))
		goto err_share;
	return CUDA_SUCCESS;

err_share:
	let_go(pin);
err_free:
	free(pin);
	return rc;
}

/* What has no registration any more; @unregister: CUDA does not know.  Called with the lock held. */
static CUresult end_registration(struct pin *pin, bool unregister)
{
	const bool ends = pin->registered && !pin->registrations;

	pin->registered &= !ends;
	return ends && unregister ? send_host_unregister(whole(pin)) : CUDA_SUCCESS;
}

/* @rc: what the end of its registration has said */
static void unpin(struct pin *pin, CUresult rc)
{
	if (!context_ends(rc))	/* as hostmem_free() */
		let_go(pin);
	tdelete(pin, &tree, interval_compare);
	free(pin);
}

/* End what nobody has any more: registrations and pieces in [start, end).  Called with the lock held. */
static CUresult sweep(uint64_t start, uint64_t end, bool unregister)
{
	CUresult rc = CUDA_SUCCESS, one;
	struct pin *pin;

	while ((pin = interval_first(&tree, start, end))) {
		start = pin->pages.end;
		one = end_registration(pin, unregister);
		if (!pin->users)
			unpin(pin, one);
		if (rc == CUDA_SUCCESS)
			rc = one;
	}
	return rc;
}

/* Share what of the pages no piece covers.  Called with the lock held. */
static CUresult fill_gaps(struct interval pages)
{
	CUresult rc = CUDA_SUCCESS;
	uint64_t at = pages.start;

	while (rc == CUDA_SUCCESS && at < pages.end) {
		struct pin *next = interval_first(&tree, at, pages.end);
		uint64_t gap_end = next ? next->pages.start : pages.end;

		if (gap_end > at)
			rc = pin_pages(at, gap_end);
		at = next ? next->pages.end : pages.end;
	}
	return rc;
}

/* Called with the lock held. */
static void add_users(struct interval pages, int add, bool registered)
{
	struct pin *pin;

	while ((pin = interval_first(&tree, pages.start, pages.end))) {
		pin->users += add;
		pin->registrations += registered ? add : 0;
		pages.start = pin->pages.end;
	}
}

/* Called with the lock held. */
static CUresult register_pin(struct pin *pin, unsigned int flags)
{
	const bool read_only = flags & CU_MEMHOSTREGISTER_READ_ONLY;
	CUdeviceptr device;
	CUresult rc;

	if (pin->registered)
		return pin->read_only == read_only ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
	rc = send_host_register(whole(pin), flags, &device);
	pin->registered = rc == CUDA_SUCCESS;
	pin->read_only = read_only;
	if (pin->registered)
		pin->device = device;
	return rc;
}

/* Called with the lock held. */
static CUresult register_all(struct interval pages, unsigned int flags)
{
	CUresult rc = CUDA_SUCCESS;
	struct pin *pin;

	while (rc == CUDA_SUCCESS && (pin = interval_first(&tree, pages.start, pages.end))) {
		pages.start = pin->pages.end;
		rc = register_pin(pin, flags);
	}
	return rc;
}

static CUresult take(uint64_t start, uint64_t bytes, bool registered, unsigned int flags,
		     struct pinned *pinned)
{
	struct interval pages = pages_of(start, bytes);
	struct pin *pin;
	CUresult rc;

	pthread_mutex_lock(&lock);
	rc = fill_gaps(pages);
	if (rc == CUDA_SUCCESS && registered)
		rc = register_all(pages, flags);
	if (rc == CUDA_SUCCESS) {
		add_users(pages, 1, registered);
		pin = interval_find(&tree, start, start + 1);
		pinned->whole = pin->pages.end >= pages.end;
		pinned->region = pin->region;
		pinned->offset = start - pin->pages.start;
		pinned->device = pin->device + pinned->offset;
	} else {
		sweep(pages.start, pages.end, true);
	}
	pthread_mutex_unlock(&lock);
	return rc;
}

CUresult pins_take(uint64_t start, uint64_t bytes, unsigned int flags, struct pinned *pinned)
{
	return take(start, bytes, true, flags, pinned);
}

CUresult pins_share(uint64_t start, uint64_t bytes, struct pinned *pinned)
{
	return take(start, bytes, false, 0, pinned);
}

static CUresult drop(uint64_t start, uint64_t bytes, bool registered, bool unregister)
{
	struct interval pages = pages_of(start, bytes);
	CUresult rc;

	pthread_mutex_lock(&lock);
	add_users(pages, -1, registered);
	rc = sweep(pages.start, pages.end, unregister);
	pthread_mutex_unlock(&lock);
	return rc;
}

CUresult pins_drop(uint64_t start, uint64_t bytes, bool unregister)
{
	return drop(start, bytes, true, unregister);
}

void pins_unshare(uint64_t start, uint64_t bytes)
{
	drop(start, bytes, false, true);
}
