/* SPDX-License-Identifier: MIT */
/*
 * worker_keeps_addresses_of_regions.c - what was a region's address is only ever a region's
 *
 * A graph may still name it.  Regions come and go at random, in several threads, at addresses
 * that overlap those of former ones; between them everything else of the process gets memory,
 * which must lie elsewhere.
 */
/* links: qcu-device/worker/space.c */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "qcu-device/worker/control.h"
#include "qcu-device/worker/space.h"
#include "tests/unit/check.h"

#define PAGE	4096ull
#define AREA	0x7ea100000000ull	/* of this test; ThreadSanitizer allows it */
#define PAGES	512
#define ROUNDS	3000

void control_end(const char *why)
{
	printf("the session ends: %s\n", why);
	exit(1);
}

/* Does a mapping that asks for the page get it? */
static bool is_free(uint64_t address)
{
	void *p = mmap((void *)address, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED && !munmap(p, PAGE));
	return p == (void *)address;
}

static void *map(void *base, size_t length)
{
	void *p = mmap(base, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	CHECK(p == base);
	memset(p, 1, length);
	return p;
}

/* Is there nothing to read? */
static bool is_sealed(void *page)
{
	int ends[2];
	bool sealed;

	CHECK(!pipe(ends));
	sealed = write(ends[1], page, 1) < 0;
	close(ends[0]);
	close(ends[1]);
	return sealed;
}

static void former_regions_stay_reserved(void)
{
	const uint64_t at = AREA - (1ull << 30);
	void *base = space_take(at, 8 * PAGE), *other;

	CHECK(base == (void *)at && is_sealed(base));
	map(base, 8 * PAGE);
	space_give(base, 8 * PAGE);
	for (int i = 0; i < 8; i++)
		CHECK(!is_free(at + i * PAGE) && is_sealed((char *)base + i * PAGE));
	/* a part, then what is around that part, which is in the way */
	CHECK(space_take(at + 2 * PAGE, PAGE) == (char *)base + 2 * PAGE);
	other = space_take(at, 4 * PAGE);
	CHECK(other && other != base);
	space_give(other, 4 * PAGE);
	CHECK(!is_free(at + PAGE) && !is_free(at + 3 * PAGE));
	space_give((char *)base + 2 * PAGE, PAGE);
	/* more than there was, on both sides */
	CHECK(space_take(at - 3 * PAGE, 16 * PAGE) == (char *)base - 3 * PAGE);
	space_give((char *)base - 3 * PAGE, 16 * PAGE);
	CHECK(!is_free(at - 3 * PAGE) && !is_free(at + 12 * PAGE) && is_free(at + 13 * PAGE));
}

static void what_is_elses_is_left_alone(void)
{
	const uint64_t at = AREA - (2ull << 30);
	char *mine, *base = space_take(at, PAGE);

	CHECK(base == (char *)at);
	space_give(base, PAGE);
	mine = map((void *)(at + 2 * PAGE), PAGE);
	base = space_take(at, 4 * PAGE);
	CHECK(base && base != (char *)at && *mine == 1);
	/* what was reserved on the way there is free again, and the former region is not */
	CHECK(!is_free(at) && is_free(at + PAGE) && is_free(at + 3 * PAGE));
	space_give(base, 4 * PAGE);
}

static void nowhere_and_anywhere(void)
{
	void *a = space_take(0, 3 * PAGE), *b = space_take(0, 3 * PAGE), *c;

	CHECK(a && b && a != b);
	space_give(a, 3 * PAGE);
	space_give(b, 3 * PAGE);
	CHECK(!is_free((uintptr_t)a));
	c = space_take(PAGE, PAGE);
	CHECK(c && c != (void *)PAGE);
	c = space_take(-PAGE, PAGE);
	CHECK(c && c != (void *)-PAGE);
	CHECK(!space_take(AREA, 1ull << 62));
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char taken[PAGES];	/* by a thread; under lock */
static char former[PAGES];	/* at some time; under lock */

static void mark(uint64_t first, uint64_t n, char to)
{
	pthread_mutex_lock(&lock);
	for (uint64_t i = first; i < first + n; i++) {
		CHECK(taken[i] != to);
		taken[i] = to;
		former[i] = 1;
	}
	pthread_mutex_unlock(&lock);
}

static void *churn(void *seed)
{
	unsigned int state = (unsigned int)(uintptr_t)seed;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t n = 1 + rand_r(&state) % 16, first = rand_r(&state) % (PAGES - n);
		char *wish = (char *)AREA + first * PAGE, *base = space_take((uintptr_t)wish, n * PAGE);
		void *heap;

		CHECK(base);
		if (base == wish)
			mark(first, n, 1);
		map(base, n * PAGE);
		heap = mmap(wish, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		CHECK(heap != MAP_FAILED && !munmap(heap, PAGE));
		if (base == wish) {
			CHECK(heap != wish);
			mark(first, n, 0);
		}
		space_give(base, n * PAGE);
	}
	return NULL;
}

static void regions_come_and_go(void)
{
	pthread_t threads[4];

	for (uintptr_t i = 0; i < 4; i++)
		CHECK(!pthread_create(&threads[i], NULL, churn, (void *)(i + 1)));
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < PAGES; i++) {
		CHECK(!taken[i]);
		CHECK(is_free(AREA + i * PAGE) != former[i]);
	}
	CHECK(space_take(AREA, PAGES * PAGE) == (void *)AREA);
}

int main(void)
{
	former_regions_stay_reserved();
	what_is_elses_is_left_alone();
	nowhere_and_anywhere();
	regions_come_and_go();
	return 0;
}
