/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "qcu-device/worker/control.h"
#include "qcu-device/worker/space.h"

/* Above guest memory (guest_memory.c), below where Linux puts programs and what they map */
#define ANYWHERE	0x400000000000ull
#define ANYWHERE_END	0x500000000000ull

/* Never lower, even as root: a null pointer must not point into a guest's memory. */
#define LOWEST		(1ull << 20)

#define RESERVED	(MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

/* struct range - from @start up to and without @end */
struct range {
	uint64_t start, end;
};

/* Under @lock: former regions, sorted, apart from each other; and @next for anywhere() */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct range *former;
static size_t n_former, max_former;
static uint64_t next = ANYWHERE;

/* The first that ends behind @address */
static size_t find(uint64_t address)
{
	size_t low = 0, high = n_former;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (former[middle].end > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Put @n ranges in place of former[@first..@last) */
static bool replace(size_t first, size_t last, const struct range *ranges, size_t n)
{
	size_t count = n_former - (last - first) + n;

	if (count > max_former) {
		size_t max = 2 * count;
		struct range *more = realloc(former, max * sizeof(*more));

		if (!more)
			return false;
		former = more;
		max_former = max;
	}
	memmove(&former[first + n], &former[last], (n_former - last) * sizeof(*former));
	if (n)
		memcpy(&former[first], ranges, n * sizeof(*ranges));
	n_former = count;
	return true;
}

/* False if anything is there.  By a wish, not MAP_FIXED_NOREPLACE: sanitizers refuse some. */
static bool reserve(uint64_t start, uint64_t end)
{
	void *base = mmap((void *)start, end - start, PROT_NONE, RESERVED, -1, 0);

	if (base == (void *)start)
		return true;
	if (base != MAP_FAILED)
		munmap(base, end - start);
	return false;
}

/* Where a gap ends that begins at @at: at the former region @i, or with the range */
static uint64_t gap_end(size_t i, uint64_t end)
{
	return i < n_former && former[i].start < end ? former[i].start : end;
}

/* Undo fill_gaps() up to @stop. */
static void empty_gaps(struct range range, uint64_t stop)
{
	uint64_t at = range.start;

	for (size_t i = find(at); at < stop; at = former[i++].end) {
		uint64_t end = gap_end(i, range.end);

		if (end > at)
			munmap((void *)at, end - at);
		if (end >= stop)
			break;
	}
}

/* Reserve what is no former region's; false if it is somebody else's. */
static bool fill_gaps(struct range range)
{
	uint64_t at = range.start;

	for (size_t i = find(at); at < range.end; at = former[i++].end) {
		uint64_t end = gap_end(i, range.end);

		if (end > at && !reserve(at, end)) {
			empty_gaps(range, at);
			return false;
		}
		if (end == range.end)
			break;
	}
	return true;
}

/* The range is a region's again: what is left of former regions lies before and behind. */
static bool forget(struct range range)
{
	size_t first = find(range.start), last = first, n = 0;
	struct range left[2];

	while (last < n_former && former[last].start < range.end)
		last++;
	if (first == last)
		return true;
	if (former[first].start < range.start)
		left[n++] = (struct range){ former[first].start, range.start };
	if (former[last - 1].end > range.end)
		left[n++] = (struct range){ range.end, former[last - 1].end };
	return replace(first, last, left, n);
}

static bool take_at(struct range range)
{
	if (!fill_gaps(range))
		return false;
	if (forget(range))
		return true;
	empty_gaps(range, range.end);
	return false;
}

/* Where regions without an address are wished for: out of the way of those with one */
static uint64_t anywhere(size_t length)
{
	uint64_t at;

	if (length > ANYWHERE_END - ANYWHERE)
		return 0;
	if (length > ANYWHERE_END - next)
		next = ANYWHERE;
	at = next;
	next += length;
	return at;
}

void *space_take(uint64_t wish, size_t length)
{
	uint64_t at, end;
	void *base;
	bool done;

	pthread_mutex_lock(&lock);
	at = wish ? wish : anywhere(length);
	done = at >= LOWEST && !__builtin_add_overflow(at, length, &end) &&
	       take_at((struct range){ at, end });
	pthread_mutex_unlock(&lock);
	if (done)
		return (void *)at;
	base = mmap(NULL, length, PROT_NONE, RESERVED, -1, 0);
	return base == MAP_FAILED ? NULL : base;
}

void *space_map(size_t length)
{
	void *base = space_take(0, length);

	if (base && mprotect(base, length, PROT_READ | PROT_WRITE)) {
		space_give(base, length);
		return NULL;
	}
	return base;
}

/* Remember, as one with its neighbours.  Called with the lock held. */
static bool remember(struct range range)
{
	size_t first = find(range.start), last = first;

	if (first && former[first - 1].end == range.start)
		range.start = former[--first].start;
	if (last < n_former && former[last].start == range.end)
		range.end = former[last++].end;
	return replace(first, last, &range, 1);
}

void space_give(void *base, size_t length)
{
	struct range range = { (uintptr_t)base, (uintptr_t)base + length };
	bool kept;

	pthread_mutex_lock(&lock);
	kept = mmap(base, length, PROT_NONE, RESERVED | MAP_FIXED, -1, 0) != MAP_FAILED &&
	       remember(range);
	pthread_mutex_unlock(&lock);
	if (!kept)
		control_end("no memory to keep the address of a region");
}
