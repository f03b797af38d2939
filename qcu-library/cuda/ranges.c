/* SPDX-License-Identifier: MIT */
/*
 * ranges.c - the address map, a balanced tree (tsearch is one)
 *
 * Ranges in the tree do not overlap, so "equal" can mean "overlap": looking for a
 * range of one byte finds what contains it.
 */
#include <pthread.h>
#include <search.h>
#include <stdlib.h>

#include "qcu-library/cuda/ranges.h"

/* Guards all below. */
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static void *tree;
static uint64_t last_id;

static int compare(const void *pa, const void *pb)
{
	const struct range *a = pa, *b = pb;

	if (a->start + a->bytes <= b->start)
		return -1;
	return a->start >= b->start + b->bytes;
}

/* Called with the lock held. */
static struct range *find(uint64_t start, uint64_t bytes)
{
	struct range key = { .start = start, .bytes = bytes };
	struct range **node;

	if (__builtin_add_overflow(start, bytes, &(uint64_t){ 0 }))
		key.bytes = UINT64_MAX - start;
	node = tfind(&key, &tree, compare);
	return node ? *node : NULL;
}

static void forget(struct range *range)
{
	tdelete(range, &tree, compare);
	free(range);
}

CUresult ranges_add(const struct range *range)
{
	struct range *copy = malloc(sizeof(*copy)), *old;
	CUresult rc = CUDA_SUCCESS;

	if (!copy)
		return CUDA_ERROR_OUT_OF_MEMORY;
	*copy = *range;
	pthread_rwlock_wrlock(&lock);
	copy->id = ++last_id;
	while ((old = find(range->start, range->bytes))) {
		if (range_is_host(range) || range_is_host(old)) {
			rc = CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
			break;
		}
		forget(old);
	}
	if (rc == CUDA_SUCCESS && !tsearch(copy, &tree, compare))
		rc = CUDA_ERROR_OUT_OF_MEMORY;
	pthread_rwlock_unlock(&lock);
	if (rc != CUDA_SUCCESS)
		free(copy);
	return rc;
}

bool ranges_find(uint64_t address, struct range *range)
{
	struct range *found;

	pthread_rwlock_rdlock(&lock);
	found = find(address, 1);
	if (found)
		*range = *found;
	pthread_rwlock_unlock(&lock);
	return found;
}

bool ranges_touch(uint64_t start, uint64_t bytes)
{
	bool touch;

	pthread_rwlock_rdlock(&lock);
	touch = find(start, bytes);
	pthread_rwlock_unlock(&lock);
	return touch;
}

bool ranges_take(enum range_kind kind, uint64_t asked, struct range *range)
{
	struct range *found;

	pthread_rwlock_wrlock(&lock);
	found = find(asked, 1);
	if (found && (found->kind != kind || found->asked != asked))
		found = NULL;
	if (found) {
		*range = *found;
		forget(found);
	}
	pthread_rwlock_unlock(&lock);
	return found;
}

/* The ranges for which a test holds, in one walk */
struct collection {
	bool (*holds)(const struct range *range, uint64_t of);
	uint64_t of;
	struct range **list;
	size_t n, max;
};

static void collect(const void *node, VISIT visit, void *argument)
{
	struct range *range = *(struct range *const *)node;
	struct collection *all = argument;

	if ((visit != postorder && visit != leaf) || !all->holds(range, all->of))
		return;
	if (all->n == all->max) {
		size_t max = all->max ? 2 * all->max : 64;
		struct range **more = realloc(all->list, max * sizeof(*more));

		if (!more)
			return;
		all->list = more;
		all->max = max;
	}
	all->list[all->n++] = range;
}

static bool is_host_of(const struct range *range, uint64_t context)
{
	return range_is_host(range) && range->context == context;
}

static bool is_device_of(const struct range *range, uint64_t owner)
{
	return !range_is_host(range) && (range->owner == owner || range->context == owner);
}

/* Take them out of the tree; the caller frees what is in @all. */
static void take_all(struct collection *all)
{
	pthread_rwlock_wrlock(&lock);
	twalk_r(tree, collect, all);
	for (size_t i = 0; i < all->n; i++)
		tdelete(all->list[i], &tree, compare);
	pthread_rwlock_unlock(&lock);
}

void ranges_owner_died(uint64_t owner)
{
	struct collection all = { .holds = is_device_of, .of = owner };

	take_all(&all);
	for (size_t i = 0; i < all.n; i++)
		free(all.list[i]);
	free(all.list);
}

void ranges_take_host_of(uint64_t context, void (*end)(const struct range *range))
{
	struct collection all = { .holds = is_host_of, .of = context };

	take_all(&all);
	for (size_t i = 0; i < all.n; i++) {
		end(all.list[i]);
		free(all.list[i]);
	}
	free(all.list);
}
