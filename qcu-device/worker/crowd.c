/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "qcu-device/common/log.h"
#include "qcu-device/worker/crowd.h"

#define LOOK_NS		50000000	/* long beside a turn of the kernel's scheduler */
#define KEEP_NS		1000000000ll	/* a crowd is believed to stay for so long */
#define KEEP_GROWTH	8		/* or so many times that, if it came back each time */
#define WAITED_PART	8		/* of the time: what else runs on a machine at rest takes less */

_Atomic uint32_t crowd_changes;

static bool watches;

/* Hints; nothing is ordered by them. */
static _Atomic int64_t until, keep_ns = KEEP_NS;

void crowd_init(bool watch)
{
	watches = watch;
}

/* How long this thread has waited for a CPU since it began, ns; -1: this kernel does not say */
static int64_t waited_ns(void)
{
	int fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
	char line[80];
	ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);
	long long waited;

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return -1;
	line[n] = 0;
	return sscanf(line, "%*u %lld", &waited) == 1 ? waited : -1;
}

/*
 * In a crowd everybody sleeps, so nobody waits for long, and the crowd seems to be over:
 * whether it is shows when they poll again.
 */
static void see_crowd(int64_t now)
{
	int64_t ended = atomic_load(&until), keep = atomic_load(&keep_ns);

	if (now > ended)
		keep = now - ended > keep ? KEEP_NS :
		       keep < KEEP_GROWTH * KEEP_NS ? 2 * keep : keep;
	atomic_store(&keep_ns, keep);
	atomic_store(&until, now + keep);
}

void crowd_note(int64_t now, int64_t elapsed, int64_t waited)
{
	uint32_t changes = atomic_load(&crowd_changes);

	if (waited > elapsed / WAITED_PART)
		see_crowd(now);
	if (crowd_is(changes) == (now < atomic_load(&until)))
		return;
	/* Who is too late has seen the same as who was not. */
	if (atomic_compare_exchange_strong(&crowd_changes, &changes, changes + 1))
		log_info(crowd_is(changes) ? "the CPUs suffice again" :
					     "fewer CPUs than threads that want one: sleep while waiting");
}

void crowd_retell(void)
{
	atomic_fetch_add(&crowd_changes, 2);
}

void crowd_look(int64_t now)
{
	static _Thread_local int64_t looked, waited;
	int64_t elapsed = now - looked, before = waited;

	if (!watches || elapsed < LOOK_NS)
		return;
	looked = now;
	waited = waited_ns();
	/* The first time there is nothing to compare with. */
	if (elapsed < now && before >= 0 && waited >= 0)
		crowd_note(now, elapsed, waited - before);
}
