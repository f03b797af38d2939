/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_RANGE_H
#define SOFTGPU_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct range - a piece of address space, a node of a tree ordered by address
 * @base, @size: the piece; ranges of one tree do not overlap
 * @free:	nobody uses it
 * @largest:	size of the largest free range in this node's subtree
 */
struct range {
	uint64_t base;
	uint64_t size;
	bool free;
	uint64_t largest;
	struct range *left, *right;
	uint32_t weight;
};

/* struct range_tree - zero is empty; the caller locks */
struct range_tree {
	struct range *root;
	uint32_t seed;
};

void range_insert(struct range_tree *tree, struct range *range);

/* range_remove() - takes @range out, does not free it */
void range_remove(struct range_tree *tree, struct range *range);

/* range_at() - the range that holds @address, or NULL */
struct range *range_at(const struct range_tree *tree, uint64_t address);

/* range_overlaps() - does any range touch [base, base + size)?  @size is not 0 */
bool range_overlaps(const struct range_tree *tree, uint64_t base, uint64_t size);

/* range_fit() - the free range of at least @size bytes with the lowest address, or NULL */
struct range *range_fit(const struct range_tree *tree, uint64_t size);

/* range_update() - to be called after @free or @size of a range in the tree changed */
void range_update(struct range_tree *tree, struct range *range);

/* range_next() - the range with the lowest address of at least @address, or NULL */
struct range *range_next(const struct range_tree *tree, uint64_t address);

#endif /* SOFTGPU_RANGE_H */
