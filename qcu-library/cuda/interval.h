/* SPDX-License-Identifier: MIT */
/*
 * interval.h - trees of address intervals that do not overlap
 *
 * tsearch() keeps a balanced tree; with "equal" meaning "overlap", looking for an
 * interval finds one that overlaps it.  A struct that is to be in such a tree
 * begins with a struct interval.
 */
#ifndef QCU_LIBRARY_INTERVAL_H
#define QCU_LIBRARY_INTERVAL_H

#include <search.h>
#include <stddef.h>
#include <stdint.h>

/** struct interval - [@start, @end), not empty */
struct interval {
	uint64_t start, end;
};

static inline int interval_compare(const void *pa, const void *pb)
{
	const struct interval *a = pa, *b = pb;

	if (a->end <= b->start)
		return -1;
	return a->start >= b->end;
}

/** interval_find() - what in @tree overlaps [@start, @end), or NULL */
static inline void *interval_find(void *const *tree, uint64_t start, uint64_t end)
{
	const struct interval key = { start, end };
	void **node = tfind(&key, tree, interval_compare);

	return node ? *node : NULL;
}

/** interval_first() - the leftmost of those that overlap, or NULL */
static inline void *interval_first(void *const *tree, uint64_t start, uint64_t end)
{
	struct interval *found = NULL, *better;

	for (; start < end && (better = interval_find(tree, start, end)); end = found->start)
		found = better;
	return found;
}

#endif
