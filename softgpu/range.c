/* SPDX-License-Identifier: MIT */
/*
 * range.c - address ranges in a treap that also knows where the free space is
 *
 * One tree, ordered by address, holds what is used and what is free.  Each node knows
 * the largest free range below it, so "which allocation is this address in" and "where do
 * n bytes fit" are both one walk from the root.  Random weights keep the tree about
 * balanced without rotations to get wrong; a free list and a page table side by side would
 * be two structures to keep equal.
 */
#include "softgpu/range.h"

static uint64_t largest_of(const struct range *range)
{
	return range ? range->largest : 0;
}

static void summarise(struct range *range)
{
	uint64_t largest = range->free ? range->size : 0;

	if (largest_of(range->left) > largest)
		largest = range->left->largest;
	if (largest_of(range->right) > largest)
		largest = range->right->largest;
	range->largest = largest;
}

static uint32_t random_weight(struct range_tree *tree)
{
	tree->seed = tree->seed * 1664525u + 1013904223u;
	return tree->seed ^ tree->seed >> 16;
}

/* split() - what lies below @base goes to *@left, the rest to *@right */
static void split(struct range *node, uint64_t base, struct range **left, struct range **right)
{
	if (!node) {
		*left = *right = NULL;
		return;
	}
	if (node->base < base) {
		split(node->right, base, &node->right, right);
		*left = node;
	} else {
		split(node->left, base, left, &node->left);
		*right = node;
	}
	summarise(node);
}

static struct range *merge(struct range *left, struct range *right)
{
	if (!left)
		return right;
	if (!right)
		return left;
	if (left->weight > right->weight) {
		left->right = merge(left->right, right);
		summarise(left);
		return left;
	}
	right->left = merge(left, right->left);
	summarise(right);
	return right;
}

void range_insert(struct range_tree *tree, struct range *range)
{
	struct range *left, *right;

	range->left = range->right = NULL;
	range->weight = random_weight(tree);
	summarise(range);
	split(tree->root, range->base, &left, &right);
	tree->root = merge(merge(left, range), right);
}

static struct range *without(struct range *node, const struct range *range)
{
	if (node == range)
		return merge(node->left, node->right);
	if (range->base < node->base)
		node->left = without(node->left, range);
	else
		node->right = without(node->right, range);
	summarise(node);
	return node;
}

void range_remove(struct range_tree *tree, struct range *range)
{
	tree->root = without(tree->root, range);
}

struct range *range_at(const struct range_tree *tree, uint64_t address)
{
	struct range *node = tree->root;

	while (node && address - node->base >= node->size)
		node = address < node->base ? node->left : node->right;
	return node;
}

bool range_overlaps(const struct range_tree *tree, uint64_t base, uint64_t size)
{
	const struct range *next = range_next(tree, base);

	return range_at(tree, base) || (next && next->base - base < size);
}

struct range *range_fit(const struct range_tree *tree, uint64_t size)
{
	struct range *node = tree->root;

	if (largest_of(node) < size)
		return NULL;
	for (;;) {
		if (largest_of(node->left) >= size)
			node = node->left;
		else if (node->free && node->size >= size)
			return node;
		else
			node = node->right;
	}
}

static void update_below(struct range *node, const struct range *range)
{
	if (node != range)
		update_below(range->base < node->base ? node->left : node->right, range);
	summarise(node);
}

void range_update(struct range_tree *tree, struct range *range)
{
	update_below(tree->root, range);
}

struct range *range_next(const struct range_tree *tree, uint64_t address)
{
	struct range *node = tree->root, *best = NULL;

	while (node) {
		if (node->base >= address) {
			best = node;
			node = node->left;
		} else {
			node = node->right;
		}
	}
	return best;
}
