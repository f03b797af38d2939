/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * Two counters of the session tell whether anybody has given the device work: commands that
 * were posted (session.posted, the ticket of the next) and calls that were answered and may
 * have left work behind (session.asked, counted before such a call returns to the program).
 * A thread that has waited for the default stream remembers what they were when it began to
 * wait: all that was posted by then had run first (wire/channel.h, ticket).  Should
 * another thread do anything meanwhile, the counters differ, and the next copy waits anew.
 *
 * It is the legacy default stream of one context: with several there is no quiet.
 */
#include "qcu-library/cuda/channel.h"
#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/quiet.h"
#include "qcu-library/cuda/session.h"
#include "qcu-library/cuda/stream.h"
#include "qcu-library/cuda/thread.h"

static __thread struct {
	bool known;
	uint64_t posted, asked;
	uint64_t mine;		/* thread.posts */
} last;

static uint64_t asked(void)
{
	/* Acquire: a thread that the program has ordered after another's call sees it counted. */
	return atomic_load_explicit(&session.asked, memory_order_acquire);
}

static uint64_t posted(void)
{
	return atomic_load_explicit(&session.posted, memory_order_acquire);
}

bool quiet(void)
{
	return last.known && last.posted == posted() && last.asked == asked() &&
	       !contexts_are_several();
}

void quiet_keep(void)
{
	uint64_t now = posted(), mine = thread_self()->posts;

	/* Unless another thread has posted something, too */
	if (now - last.posted == mine - last.mine) {
		last.posted = now;
		last.mine = mine;
	}
}

void quiet_begin(struct flight *flight)
{
	flight->asked = asked();
}

/* Does its end mean that the legacy default stream is empty? */
static bool waits_for_all(const struct flight *flight)
{
	switch (flight->id) {
	case CALL_cuCtxSynchronize:
	case CALL_read_inline:
	case CALL_read_region:
	case CALL_write_inline:
	case CALL_write_region:
		return true;
	case CALL_cuStreamSynchronize:
		return stream_is_legacy(&flight->argv[0]);
	default:
		return false;
	}
}

/* Those that programs make between copies and that give the device nothing to do */
static bool leaves_nothing(enum call_id id)
{
	return id == CALL_cuStreamSynchronize || id == CALL_cuStreamQuery ||
	       id == CALL_cuEventSynchronize || id == CALL_cuEventQuery ||
	       id == CALL_host_register;
}

void quiet_end(const struct flight *flight, CUresult rc)
{
	if (waits_for_all(flight)) {
		last.known = rc == CUDA_SUCCESS;
		last.posted = flight->ticket;
		last.asked = flight->asked;
		last.mine = thread_self()->posts;
	} else if (!leaves_nothing(flight->id)) {
		/* Release: see asked() */
		atomic_fetch_add_explicit(&session.asked, 1, memory_order_release);
	}
}
