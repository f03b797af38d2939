/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qcu-device/common/guest_memory.h"

#define PAGE_MASK 4095ull

/*
 * Guest memory is wished for from somewhere here on, 32 to 56 TiB up, gpa added: far
 * below where Linux puts programs, libraries and stacks, so that the worker's own
 * view of guest memory takes no address at which a guest process may have a buffer.
 * Where exactly, nobody outside knows: who found a way to have some address of a worker
 * read or written must not know one by which all of a VM can be had.
 */
#define WISH_MIN	0x200000000000ull
#define WISH_SPAN	0x180000000000ull
#define WISH_GRAIN	0x40000000ull	/* pages of any size fit */

static uint64_t wish(uint64_t gpa)
{
	static uint64_t base;	/* one thread adds ranges */
	uint64_t random;

	if (!base) {
		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			random = 0;
		base = WISH_MIN + random % (WISH_SPAN / WISH_GRAIN) * WISH_GRAIN;
	}
	return base + gpa;
}

static bool range_is_sane(const struct guest_range *range)
{
	uint64_t end;
	struct stat st;

	if (!range->size || ((range->gpa | range->size | range->offset) & PAGE_MASK))
		return false;
	if (__builtin_add_overflow(range->gpa, range->size, &end) ||
	    __builtin_add_overflow(range->user, range->size, &end) ||
	    __builtin_add_overflow(range->offset, range->size, &end))
		return false;
	/* Bytes past the end of the file would be SIGBUS, not zero. */
	return !fstat(range->fd, &st) && S_ISREG(st.st_mode) && (uint64_t)st.st_size >= end;
}

static bool ranges_overlap(const struct guest_range *a, const struct guest_range *b)
{
	return a->gpa < b->gpa + b->size && b->gpa < a->gpa + a->size;
}

int guest_memory_add(struct guest_memory *memory, const struct guest_range *wanted)
{
	struct guest_range *range;
	void *host;

	if (!range_is_sane(wanted))
		return -EINVAL;
	for (unsigned i = 0; i < memory->n; i++) {
		if (ranges_overlap(wanted, &memory->range[i]))
			return -EINVAL;
	}
	if (memory->n == GUEST_MEMORY_RANGES)
		return -ENOSPC;
	host = mmap((void *)wish(wanted->gpa), wanted->size,
		    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, wanted->fd, wanted->offset);
	if (host == MAP_FAILED)
		return -errno;
	/* Never dump the guest's memory; a failure to say so is harmless. */
	(void)madvise(host, wanted->size, MADV_DONTDUMP);
	range = &memory->range[memory->n++];
	*range = *wanted;
	range->host = host;
	return 0;
}

static void range_finish(struct guest_range *range)
{
	munmap(range->host, range->size);
	close(range->fd);
}

bool guest_memory_remove(struct guest_memory *memory, uint64_t gpa, uint64_t size)
{
	for (unsigned i = 0; i < memory->n; i++) {
		if (memory->range[i].gpa != gpa || memory->range[i].size != size)
			continue;
		range_finish(&memory->range[i]);
		memory->range[i] = memory->range[--memory->n];
		return true;
	}
	return false;
}

void guest_memory_finish(struct guest_memory *memory)
{
	while (memory->n)
		range_finish(&memory->range[--memory->n]);
}

const struct guest_range *guest_memory_find(const struct guest_memory *memory, uint64_t gpa)
{
	for (unsigned i = 0; i < memory->n; i++) {
		const struct guest_range *range = &memory->range[i];

		/* Below @gpa the difference wraps to something huge. */
		if (gpa - range->gpa < range->size)
			return range;
	}
	return NULL;
}

void *guest_memory_at(const struct guest_memory *memory, uint64_t gpa, uint64_t size)
{
	const struct guest_range *range = guest_memory_find(memory, gpa);

	if (!range || size > range->size - (gpa - range->gpa))
		return NULL;
	return range->host + (gpa - range->gpa);
}

bool guest_memory_from_user(const struct guest_memory *memory, uint64_t user, uint64_t *gpa)
{
	for (unsigned i = 0; i < memory->n; i++) {
		const struct guest_range *range = &memory->range[i];

		if (user - range->user >= range->size)
			continue;
		*gpa = range->gpa + (user - range->user);
		return true;
	}
	return false;
}

/* The longest run at @gpa that lies in one range, at most @size; NULL if none. */
static void *run_at(const struct guest_memory *memory, uint64_t gpa, size_t size, size_t *run)
{
	const struct guest_range *range = guest_memory_find(memory, gpa);
	uint64_t left;

	if (!range)
		return NULL;
	left = range->size - (gpa - range->gpa);
	*run = size < left ? size : left;
	return range->host + (gpa - range->gpa);
}

bool guest_memory_read(const struct guest_memory *memory, uint64_t gpa, void *data, size_t size)
{
	while (size) {
		size_t run;
		const void *host = run_at(memory, gpa, size, &run);

		if (!host)
			return false;
		memcpy(data, host, run);
		data = (uint8_t *)data + run;
		gpa += run;
		size -= run;
	}
	return true;
}

bool guest_memory_write(const struct guest_memory *memory, uint64_t gpa, const void *data,
			size_t size)
{
	while (size) {
		size_t run;
		void *host = run_at(memory, gpa, size, &run);

		if (!host)
			return false;
		memcpy(host, data, run);
		data = (const uint8_t *)data + run;
		gpa += run;
		size -= run;
	}
	return true;
}
