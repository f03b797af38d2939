/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * Device memory lives on the host, at addresses that the host's driver chose; a
 * program sees the same numbers.  With unified addressing cuMemcpy() and
 * cuPointerGetAttribute() tell by the number alone what a pointer is, so this
 * process must never have memory of its own where the device has some: when the
 * host hands out device memory, the same addresses are mapped here with
 * PROT_NONE.  A program that follows a device pointer on the CPU faults, as it
 * does with NVIDIA's driver.
 *
 * An address of the device stays reserved for the life of the process: the
 * host's driver will use it again, it costs no memory, and a pointer to freed
 * device memory goes on being no host pointer.  Reserving in pieces of GRAIN
 * keeps the mappings few.
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "qcu-library/cuda/interval.h"
#include "qcu-library/cuda/reserve.h"

#define GRAIN	((uint64_t)2 << 20)

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE	0x100000
#endif

/* Guards the tree of what is reserved. */
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static void *tree;

bool reserved(uint64_t address)
{
	bool is;

	pthread_rwlock_rdlock(&lock);
	is = address != UINT64_MAX && interval_find(&tree, address, address + 1);
	pthread_rwlock_unlock(&lock);
	return is;
}

/* Map and remember [start, end), of which nothing is reserved. */
static bool take(uint64_t start, uint64_t end)
{
	struct interval *interval = malloc(sizeof(*interval));
	void *p;

	if (!interval)
		return false;
	*interval = (struct interval){ start, end };
	p = mmap(POINTER(start), end - start, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
	if (p == POINTER(start) && tsearch(interval, &tree, interval_compare))
		return true;
	/* Linux before 4.17 takes the address as a hint only. */
	if (p != MAP_FAILED)
		munmap(p, end - start);
	free(interval);
	return false;
}

/* Reserve a gap, with the whole grains around it if those are free, too. */
static bool take_gap(uint64_t start, uint64_t end)
{
	uint64_t first = start & ~(GRAIN - 1), last = (end + GRAIN - 1) & ~(GRAIN - 1);

	if (!interval_find(&tree, first, last) && take(first, last))
		return true;
	return take(start & ~(uint64_t)(PAGE_BYTES - 1),
		    (end + PAGE_BYTES - 1) & ~(uint64_t)(PAGE_BYTES - 1));
}

bool reserve(uint64_t start, uint64_t bytes)
{
	uint64_t end;
	bool all = true;

	if (!bytes || __builtin_add_overflow(start, bytes, &end) || end > UINT64_MAX - GRAIN)
		return !bytes;
	pthread_rwlock_wrlock(&lock);
	while (all && start < end) {
		struct interval *next = interval_first(&tree, start, end);

		if (!next || next->start > start)
			all = take_gap(start, next ? next->start : end);
		start = next ? next->end : end;
	}
	pthread_rwlock_unlock(&lock);
	return all;
}
