/* SPDX-License-Identifier: MIT */
/* ranges.c - the address map */
#include <pthread.h>
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
	pthread_rwlock_unlock(&lock);
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
	pthread_rwlock_unlock(&lock);
}

bool ranges_find(uint64_t address, struct range *range)
{
	struct node *node;

	pthread_rwlock_rdlock(&lock);
	node = find(address);
	if (node)
		*range = node->range;
	pthread_rwlock_unlock(&lock);
	return node;
}

/* Not RANGE_MAPPED: the program may not have the right to access it. */
static bool is_plain_device(const struct range *range)
{
	return range->kind == RANGE_DEVICE || range->kind == RANGE_POOL ||
	       range->kind == RANGE_GLOBAL;
}

bool ranges_on_device(uint64_t address, uint64_t bytes)
{
	struct node *node;
	bool on_device;

	pthread_rwlock_rdlock(&lock);
	node = find(address);
	on_device = node && is_plain_device(&node->range) &&
		    bytes <= node->range.bytes - (address - node->range.start);
	pthread_rwlock_unlock(&lock);
	return on_device;
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
	pthread_rwlock_unlock(&lock);
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
	pthread_rwlock_unlock(&lock);
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
