/* SPDX-License-Identifier: MIT */
/*
 * image_memory.c - the private copies of module images
 *
 * New memory is what a copy costs: to find, clear and map 25,600 pages for 100 MiB takes several times
 * as long as to copy the bytes.  So a large copy is anonymous memory of huge pages where the kernel
 * has them, and not a file, which has none unless the administrator says so.
 *
 * A region of a guest may be larger than its memory, pages being in it many times, and what is sent piece by
 * piece has no region; so the copies have a bound of their own.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "qcu-device/common/link.h"
#include "qcu-device/worker/image_memory.h"
#include "qcu-library/cuda/crew.h"

#define IMAGES_MAX	(4ull << 30)	/* bytes of all copies that there are at a time */
#define PAGE		((size_t)4096)
#define HUGE_PAGE	((size_t)2 << 20)

static _Atomic uint64_t held;	/* bytes of the copies */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int threads;		/* written under once */

static void count_threads(void)
{
	cpu_set_t set;

	threads = crew_size(sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set));
}

/* Have a copy of @bytes, if there is room for it. */
static bool hold(uint64_t bytes)
{
	uint64_t before = held;

	do {
		if (bytes > IMAGES_MAX || before > IMAGES_MAX - bytes)
			return false;
	} while (!atomic_compare_exchange_weak(&held, &before, before + bytes));
	return true;
}

static size_t whole(size_t bytes, size_t unit)
{
	return (bytes + unit - 1) & -unit;
}

/* Zeroes; @bytes: whole huge pages */
static uint8_t *map_huge(size_t bytes)
{
	size_t length = bytes + HUGE_PAGE, before;
	uint8_t *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	before = -(uintptr_t)memory & (HUGE_PAGE - 1);
	if (before)
		munmap(memory, before);
	munmap(memory + before + bytes, HUGE_PAGE - before);
	/* Without huge pages it only takes longer. */
	madvise(memory + before, bytes, MADV_HUGEPAGE);
	return memory + before;
}

static bool allocate(struct image_memory *memory, size_t bytes)
{
	if (bytes < HUGE_PAGE / 2) {
		memory->at = calloc(1, bytes);
	} else {
		memory->mapped = whole(bytes, HUGE_PAGE);
		memory->at = map_huge(memory->mapped);
	}
	return memory->at;
}

struct image_memory *image_memory_new(uint64_t bytes)
{
	struct image_memory *memory;

	if (!hold(bytes))
		return NULL;
	memory = calloc(1, sizeof(*memory));
	if (!memory || !allocate(memory, bytes + LINK_IMAGE_TAIL)) {
		free(memory);
		held -= bytes;
		return NULL;
	}
	memory->users = 1;
	memory->held = bytes;
	return memory;
}

struct image_memory *image_memory_of_file(int fd, uint64_t bytes)
{
	struct image_memory *memory = calloc(1, sizeof(*memory));
	void *at;

	if (!memory)
		return NULL;
	memory->users = 1;
	memory->mapped = bytes + LINK_IMAGE_TAIL;
	at = mmap(NULL, memory->mapped, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED) {
		free(memory);
		return NULL;
	}
	memory->at = at;
	return memory;
}

void image_memory_fill(struct image_memory *memory, uint64_t offset, const void *from, size_t bytes)
{
	pthread_once(&once, count_threads);
	crew_copy(memory->at + offset, from, bytes, threads);
}

void image_memory_share(struct image_memory *memory, int fd, uint64_t bytes)
{
	size_t length = whole(bytes + LINK_IMAGE_TAIL, PAGE);

	if (memory->mapped < length ||
	    mmap(memory->at, length, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED)
		return;
	munmap(memory->at + length, memory->mapped - length);
	memory->mapped = length;
}

void image_memory_hold(struct image_memory *memory)
{
	memory->users++;
}

void image_memory_put(struct image_memory *memory)
{
	if (--memory->users)
		return;
	held -= memory->held;
	if (memory->mapped)
		munmap(memory->at, memory->mapped);
	else
		free(memory->at);
	free(memory);
}
