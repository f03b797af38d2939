/* SPDX-License-Identifier: MIT */
/*
 * guest_chaos.c - threads and processes that do everything to the same session at once
 *
 * Nothing is expected of a call but that it comes back; of the whole, that no page stays pinned,
 * and that the kernel, which looks at its heap (tests/driver/run), has nothing to say.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/driver/guest.h"

#define THREADS	6
#define SLOTS	8
#define SLOT	(16 * PAGE)
#define IDS	24	/* regions that are named at random */
#define ROUNDS	12
#define ROUND_MS 250

static char *slots;
static atomic_int session = -1;
static atomic_bool over;
static atomic_int pins, watches, unpins;	/* that went well */

static void *piece(unsigned int *seed, size_t *size)
{
	size_t first = rand_r(seed) % (SLOT / PAGE);

	*size = (1 + rand_r(seed) % (SLOT / PAGE - first)) * PAGE;
	return slots + rand_r(seed) % SLOTS * SLOT + first * PAGE;
}

static void change(unsigned int *seed)
{
	size_t size;
	char *p = piece(seed, &size);

	switch (rand_r(seed) % 5) {
	case 0:
		munmap(p, size);
		break;
	case 1:
		madvise(p, size, MADV_DONTNEED);
		break;
	case 2:
		mprotect(p, size, PROT_READ);
		break;
	default:
		mmap(p, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	}
}

static void unpin_some(int fd, unsigned int *seed)
{
	struct qcuda_unpin unpin = { .region = rand_r(seed) % IDS,
				     .flags = rand_r(seed) % 2 ? QCUDA_UNPIN_LATER : 0 };

	unpins += !ioctl(fd, QCUDA_IOC_UNPIN, &unpin);
}

static void channel_some(int fd, unsigned int *seed)
{
	uint32_t id = rand_r(seed) % 4;

	switch (rand_r(seed) % 3) {
	case 0:
		channel_start(fd, rand_r(seed) % IDS, RING, &id);
		break;
	case 1:
		channel_call(fd, QCUDA_IOC_CHANNEL_STOP, id);
		break;
	default:
		channel_call(fd, QCUDA_IOC_DOORBELL, id);
	}
}

static void map_some(int fd, unsigned int *seed)
{
	void *p = mmap(NULL, PAGE, rand_r(seed) % 4 ? PROT_READ : PROT_READ | PROT_WRITE,
		       rand_r(seed) % 2 ? MAP_SHARED : MAP_PRIVATE, fd, rand_r(seed) % 8 ? 0 : PAGE);

	/* In a hole that change() has left, it may be another mapping by now. */
	if (p != MAP_FAILED)
		munmap(p, PAGE);
}

static void do_something(int fd, unsigned int *seed)
{
	uint32_t region;
	size_t size;
	void *p = piece(seed, &size);

	switch (rand_r(seed) % 10) {
	case 0:
	case 1:
		pins += !pin_try(fd, p, size, &region);
		break;
	case 2:
	case 3:
	case 4:
		watches += !pin_watched_try(fd, p, size, rand_r(seed) % 16, &region);
		break;
	case 5:
	case 6:
		unpin_some(fd, seed);
		break;
	case 7:
		channel_some(fd, seed);
		break;
	case 8:
		map_some(fd, seed);
		break;
	default:
		change(seed);
	}
}

static void *chaos(void *arg)
{
	unsigned int seed = (uintptr_t)arg;

	while (!over)
		do_something(session, &seed);
	return NULL;
}

/* What goes on around them: a short memory, limits, forks, a process that is killed half way */
static void disturb(unsigned int *seed)
{
	pid_t child;

	switch (rand_r(seed) % 4) {
	case 0:
		file_write("/proc/sys/vm/drop_caches", "2");
		break;
	case 1:
		file_write("/sys/module/qcuda/parameters/watch_session_limit_percent", "%d",
			   rand_r(seed) % 2 ? 0 : 40);
		break;
	default:
		child = fork();
		CHECK(child >= 0);
		if (!child)
			for (*seed += getpid();;)
				do_something(session, seed);
		sleep_ms(10);
		kill(child, SIGKILL);
		CHECK(waitpid(child, NULL, 0) == child);
	}
}

static void test_everything_at_once(void)
{
	unsigned int seed = random();
	pthread_t threads[THREADS];
	int next;

	slots = memory(SLOTS * SLOT);
	session = session_open();
	for (uintptr_t i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, chaos, (void *)(seed + i)));
	for (int round = 0; round < ROUNDS; round++) {
		for (double end = now() + ROUND_MS / 1000.0; now() < end;)
			disturb(&seed);
		next = session_open();
		/* Under the threads' hands: some have it still in their calls */
		CHECK(dup3(next, session, O_CLOEXEC) == session);
		close(next);
	}
	over = true;
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	file_write("/sys/module/qcuda/parameters/watch_session_limit_percent", "40");
	close(session);
	CHECK(pinned_becomes(0, 6000));
	CHECK(file_number("/proc/self/status", "VmPin:") == 0);
	CHECK(pins && watches && unpins);
	printf("%d pins, %d watched, %d unpinned\n", pins, watches, unpins);
	close(session_open());
}

const struct driver_test chaos_tests[] = {
	TEST(everything_at_once),
	{ NULL, NULL },
};
