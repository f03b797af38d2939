/* SPDX-License-Identifier: MIT */
/*
 * ranges.c - the address map
 *
 * A copy asks for two addresses, and most programs copy between the same places again
 * and again: each thread remembers what it found last, good until the map changes.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "qcu-library/cuda/interval.h"
#include "qcu-library/cuda/mirror.h"
#include "qcu-library/cuda/ranges.h"

struct node {
	struct interval interval;
	struct range range;
};

/* Guards all below. */
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static void *tree;
static uint64_t last_id;

/* Counts changes of the tree; changed with the lock held, read without. */
static _Atomic uint64_t changes = 1;

static void unlock_changed(void)
{
	/* Release: who sees the new count finds nothing of before by its memory. */
	atomic_fetch_add_explicit(&changes, 1, memory_order_release);
	pthread_rwlock_unlock(&lock);
}

static void forget(struct node *node)
{
	tdelete(node, &tree, interval_compare);
	free(node);
}

/* Make way for new device memory; false if host memory is in the way.  Lock held. */
static bool make_way(const struct node *node)
{
	struct node *old;

	while ((old = interval_find(&tree, node->interval.start, node->interval.end))) {
		if (range_is_host(&node->range) || range_is_host(&old->range))
			return false;
		forget(old);
	}
	return true;
}

CUresult ranges_add(const struct range *range)
{
	struct node *node = malloc(sizeof(*node));
	CUresult rc = CUDA_SUCCESS;

	if (!node)
		return CUDA_ERROR_OUT_OF_MEMORY;
	*node = (struct node){ { range->start, range->start + range->bytes }, *range };
	pthread_rwlock_wrlock(&lock);
	node->range.id = ++last_id;
	if (!make_way(node))
		rc = CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
	else if (!tsearch(node, &tree, interval_compare))
		rc = CUDA_ERROR_OUT_OF_MEMORY;
	unlock_changed();
	if (rc != CUDA_SUCCESS)
		free(node);
	return rc;
}

/* Called with the lock held. */
static struct node *find(uint64_t address)
{
	return address == UINT64_MAX ? NULL : interval_find(&tree, address, address + 1);
}

void ranges_update(const struct range *range)
{
	struct node *node;

	pthread_rwlock_wrlock(&lock);
	node = find(range->start);
	if (node && node->range.kind == range->kind && node->range.start == range->start) {
		uint64_t id = node->range.id;

		node->range = *range;
		node->range.id = id;
	}
	unlock_changed();
}

#define RECENT 2	/* where from and where to */

static __thread struct recent {
	uint64_t changes;	/* when it was so; 0: never */
	struct range range;
} recent[RECENT];

static const struct range *recall(uint64_t address)
{
	uint64_t now = atomic_load_explicit(&changes, memory_order_acquire);
	const struct recent *all = recent;

	for (int i = 0; i < RECENT; i++)
		if (all[i].changes == now && address - all[i].range.start < all[i].range.bytes)
			return &all[i].range;
	return NULL;
}

/* The calling thread's copy of the range that @address lies in, good until it asks again */
static const struct range *look_up(uint64_t address)
{
	static __thread unsigned int next;
	const struct range *known = recall(address);
	struct recent *place;
	struct node *node;

	if (known)
		return known;
	place = &recent[next++ % RECENT];
	pthread_rwlock_rdlock(&lock);
	node = find(address);
	place->changes = 0;
	if (node) {
		place->range = node->range;
		place->changes = atomic_load_explicit(&changes, memory_order_relaxed);
	}
	pthread_rwlock_unlock(&lock);
	return node ? &place->range : NULL;
}

bool ranges_find(uint64_t address, struct range *range)
{
	const struct range *found = look_up(address);

	if (found)
		*range = *found;
	return found;
}

/* Not RANGE_MAPPED: the program may not have the right to access it. */
static bool is_plain_device(const struct range *range)
{
	return !range->at_times && (range->kind == RANGE_DEVICE || range->kind == RANGE_POOL ||
				    range->kind == RANGE_GLOBAL);
}

bool ranges_on_device(uint64_t address, uint64_t bytes)
{
	const struct range *range = look_up(address);

	return range && is_plain_device(range) && bytes <= range->bytes - (address - range->start);
}

bool ranges_take(enum range_kind kind, uint64_t start, struct range *range)
{
	struct node *node;
	bool found;

	pthread_rwlock_wrlock(&lock);
	node = find(start);
	found = node && node->range.kind == kind && node->range.start == start;
	if (found) {
		*range = node->range;
		forget(node);
	}
	unlock_changed();
	return found;
}

/* The ranges for which a test holds, in one walk */
struct collection {
	bool (*holds)(const struct range *range, uint64_t of);
	uint64_t of;
	struct node **list;
	size_t n, max;
};

static void collect(const void *at, VISIT visit, void *argument)
{
	struct node *node = *(struct node *const *)at;
	struct collection *all = argument;

	if ((visit != postorder && visit != leaf) || !all->holds(&node->range, all->of))
		return;
	if (all->n == all->max) {
		size_t max = all->max ? 2 * all->max : 64;
		struct node **more = realloc(all->list, max * sizeof(*more));

		if (!more)
			return;
		all->list = more;
		all->max = max;
	}
	all->list[all->n++] = node;
}

/* Take them out of the tree, and call @end for each. */
static void take_all(struct collection *all, void (*end)(const struct range *range))
{
	pthread_rwlock_wrlock(&lock);
	twalk_r(tree, collect, all);
	for (size_t i = 0; i < all->n; i++)
		tdelete(all->list[i], &tree, interval_compare);
	unlock_changed();
	for (size_t i = 0; i < all->n; i++) {
		if (end)
			end(&all->list[i]->range);
		free(all->list[i]);
	}
	free(all->list);
}

static bool is_host_of(const struct range *range, uint64_t context)
{
	return range_is_host(range) && range->context == context;
}

static bool is_device_of(const struct range *range, uint64_t owner)
{
	return !range_is_host(range) && (range->owner == owner || range->context == owner);
}

void ranges_take_host_of(uint64_t context, void (*end)(const struct range *range))
{
	struct collection all = { .holds = is_host_of, .of = context };

	take_all(&all, end);
}

static void end_device(const struct range *range)
{
	if (range->kind == RANGE_MANAGED_GLOBAL)
		mirror_drop(range->start);
}

void ranges_owner_died(uint64_t owner)
{
	struct collection all = { .holds = is_device_of, .of = owner };

	take_all(&all, end_device);
}
