/* SPDX-License-Identifier: MIT */
/* guest_account.c - how much may be pinned, and who gives some up for whom */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/driver/guest.h"

#define PARAMETER(name) "/sys/module/qcuda/parameters/" name
#define PIECE	(4 * MIB)

/* A session with watched pieces of memory: word i of its watch page is of the i-th */
struct watcher {
	int fd;
	const volatile uint32_t *words;
	uint32_t n;
};

static void watcher_open(struct watcher *w)
{
	w->fd = session_open();
	w->words = watch_page(w->fd);
	w->n = 0;
}

static void watcher_close(struct watcher *w)
{
	munmap((void *)w->words, PAGE);		/* it holds the session, too */
	close(w->fd);
}

/* Pin one piece more; 0 or an errno */
static int watcher_more(struct watcher *w)
{
	uint32_t region;

	if (pin_watched_try(w->fd, memory(PIECE), PIECE, w->n, &region))
		return errno;
	w->n++;
	return 0;
}

/* As many as it may have; @patience: how often it comes again when it is told to */
static void watcher_fill(struct watcher *w, int patience)
{
	int error;

	do {
		error = watcher_more(w);
		if (error == EAGAIN)
			sleep_ms(20);
	} while (!error || (error == EAGAIN && patience--));
	CHECK(error == ENOMEM);
}

/* How many it still has, which are the last that it got */
static uint32_t watcher_has(const struct watcher *w)
{
	uint32_t gone = 0;

	while (gone < w->n && w->words[gone])
		gone++;
	for (uint32_t i = gone; i < w->n; i++)
		CHECK(!w->words[i]);
	return w->n - gone;
}

static void test_what_is_pinned_is_counted(void)
{
	int fd = session_open();
	long before = file_number("/proc/self/status", "VmPin:");
	void *p = memory(MIB), *q = memory(MIB);
	uint32_t region, watched;

	region = pin(fd, p, MIB);
	CHECK(!pin_watched_try(fd, q, MIB, 0, &watched));
	CHECK(file_number("/proc/self/status", "VmPin:") == before + 2048);
	munmap(q, MIB);
	CHECK(pinned_becomes(MIB / PAGE, 2000));
	CHECK(file_number("/proc/self/status", "VmPin:") == before + 1024);
	CHECK(!unpin(fd, region) && !unpin(fd, watched));
	CHECK(file_number("/proc/self/status", "VmPin:") == before);
	/* What a child pins is the child's, also when the parent unpins it. */
	if (!fork()) {
		pin(fd, p, MIB);
		_exit(file_number("/proc/self/status", "VmPin:") == 1024 ? 0 : 1);
	}
	CHECK(wait((int[]){ 0 }) > 0);
	CHECK(file_number("/proc/self/status", "VmPin:") == before && !unpin(fd, 0));
	CHECK(file_number("/proc/self/status", "VmPin:") == before);
	close(fd);
}

static void child_with_little(int fd)
{
	const struct rlimit little = { MIB, MIB };
	uint32_t region;

	CHECK(!setrlimit(RLIMIT_MEMLOCK, &little) && !setresuid(1000, 1000, 1000));
	FAILS(pin_try(fd, memory(2 * MIB), 2 * MIB, &region), ENOMEM);
	FAILS(pin_watched_try(fd, memory(2 * MIB), 2 * MIB, 0, &region), ENOMEM);
	region = pin(fd, memory(MIB), MIB);
	FAILS(pin_try(fd, memory(PAGE), PAGE, &region), ENOMEM);
	CHECK(!unpin(fd, region));
	pin(fd, memory(MIB), MIB);
	_exit(0);
}

static void test_memlock(void)
{
	int fd = session_open(), status;
	pid_t child;

	file_write(PARAMETER("memlock"), "Y");
	child = fork();
	if (!child)
		child_with_little(fd);
	CHECK(waitpid(child, &status, 0) == child && !status);
	file_write(PARAMETER("memlock"), "N");
	close(fd);
}

static void test_session_limit(void)
{
	struct watcher one, other;

	watcher_open(&one);
	watcher_open(&other);
	file_write(PARAMETER("watch_session_limit_percent"), "4");
	watcher_fill(&one, 0);
	watcher_fill(&other, 0);
	CHECK(one.n > 2 && one.n == other.n && watcher_has(&one) == one.n);
	file_write(PARAMETER("watch_session_limit_percent"), "40");
	CHECK(!watcher_more(&one));
	watcher_close(&one);
	watcher_close(&other);
}

static void test_sessions_share(void)
{
	struct watcher one, other;
	uint32_t most;

	watcher_open(&one);
	watcher_open(&other);
	file_write(PARAMETER("watch_limit_percent"), "8");
	watcher_fill(&one, 0);
	most = one.n;
	CHECK(most > 6 && watcher_has(&one) == most);
	/* Those it got first are the ones that it gives up, down to a half. */
	watcher_fill(&other, 100);
	CHECK(other.n >= most / 2 - 1 && watcher_has(&other) == other.n);
	CHECK(watcher_has(&one) >= most / 2 - 1 && watcher_has(&one) < most);
	CHECK(pinned_becomes((watcher_has(&one) + other.n) * (PIECE / PAGE), 2000));
	file_write(PARAMETER("watch_limit_percent"), "50");
	watcher_close(&one);
	watcher_close(&other);
}

/* What a program asks for goes before what none has asked for. */
static void test_watched_memory_makes_room(void)
{
	struct watcher w;
	int fd = session_open();
	uint32_t most, region;

	watcher_open(&w);
	file_write(PARAMETER("pin_limit_percent"), "8");
	watcher_fill(&w, 0);
	most = w.n;
	CHECK(most > 6);
	region = pin(fd, memory(3 * PIECE), 3 * PIECE);
	CHECK(watcher_has(&w) <= most - 3 && watcher_has(&w) > most - 6);
	CHECK(!unpin(fd, region));
	FAILS(pin_try(fd, memory(200 * MIB), 200 * MIB, &region), ENOMEM);
	file_write(PARAMETER("pin_limit_percent"), "80");
	watcher_close(&w);
	close(fd);
}

/* The lowest byte of the stack, which may grow further */
static char *stack_floor(void)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start = 0;
	char line[256];

	CHECK(maps && !setrlimit(RLIMIT_STACK, &unlimited));
	while (fgets(line, sizeof(line), maps))
		if (strstr(line, "[stack]"))
			start = strtoul(line, NULL, 16);
	fclose(maps);
	CHECK(start);
	return (char *)start;
}

/* Who asks for memory that there is not gets no room, and nobody gives any up. */
static void test_nothing_makes_no_room(void)
{
	char *nothing = memory(3 * PIECE);
	struct watcher w;
	int fd = session_open();
	uint32_t region;

	watcher_open(&w);
	file_write(PARAMETER("pin_limit_percent"), "8");
	watcher_fill(&w, 0);
	munmap(nothing, 3 * PIECE);
	FAILS(pin_try(fd, nothing, 3 * PIECE, &region), EFAULT);
	FAILS(pin_watched_try(fd, nothing, 3 * PIECE, 0, &region), EFAULT);
	FAILS(pin_try(fd, nothing, 200 * MIB, &region), EFAULT);
	FAILS(pin_try(fd, stack_floor() - 3 * PIECE, 3 * PIECE, &region), EFAULT);
	CHECK(watcher_has(&w) == w.n);
	file_write(PARAMETER("pin_limit_percent"), "80");
	watcher_close(&w);
	close(fd);
}

/* As when memory is short */
static void test_watched_memory_and_the_shrinker(void)
{
	struct watcher w;

	watcher_open(&w);
	for (int i = 0; i < 5; i++)
		CHECK(!watcher_more(&w));
	file_write("/proc/sys/vm/drop_caches", "2");
	CHECK(pinned_becomes(0, 2000) && !watcher_has(&w));
	CHECK(!watcher_more(&w) && watcher_has(&w) == 1);
	watcher_close(&w);
}

/* Neighbours in two mappings by turns, so that hardly any in one of them are neighbours */
static char *scattered(size_t size)
{
	char *p = memory(size), *between = memory(size);

	madvise(p, size, MADV_NOHUGEPAGE);
	madvise(between, size, MADV_NOHUGEPAGE);
	for (size_t at = 0; at < size; at += PAGE)
		p[at] = between[at] = 1;
	return p;
}

static void test_scattered_memory(void)
{
	const size_t size = 48 * MIB;
	int fd = session_open();
	uint32_t region[3];

	for (uint32_t i = 0; i < 2; i++)
		CHECK(!pin_watched_try(fd, scattered(size), size, i, &region[i]));
	FAILS(pin_watched_try(fd, scattered(size), size, 2, &region[2]), ENOMEM);
	CHECK(pinned() == (long)(2 * size / PAGE));
	/* Others and what is asked for are no concern of it. */
	CHECK(!unpin(fd, pin(fd, scattered(size), size)));
	CHECK(!unpin(fd, region[0]));
	CHECK(!pin_watched_try(fd, scattered(size), size, 2, &region[2]));
	close(fd);
}

const struct driver_test account_tests[] = {
	TEST(what_is_pinned_is_counted),
	TEST(memlock),
	TEST(session_limit),
	TEST(sessions_share),
	TEST(watched_memory_makes_room),
	TEST(nothing_makes_no_room),
	TEST(watched_memory_and_the_shrinker),
	TEST(scattered_memory),
	{ NULL, NULL },
};
