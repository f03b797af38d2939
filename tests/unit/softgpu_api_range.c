/* SPDX-License-Identifier: MIT */
/* The tree of address ranges agrees with an array that is searched from end to end */
/* links: softgpu/range.c */
#include "softgpu/range.h"
#include "tests/unit/check.h"

#include <stdio.h>
#include <stdlib.h>

enum { RANGES = 300, STRIDE = 1000 };

static struct range ranges[RANGES];
static bool inserted[RANGES];

static struct range *slow_at(uint64_t address)
{
	for (int i = 0; i < RANGES; i++)
		if (inserted[i] && address - ranges[i].base < ranges[i].size)
			return &ranges[i];
	return NULL;
}

static struct range *slow_next(uint64_t address)
{
	for (int i = 0; i < RANGES; i++)
		if (inserted[i] && ranges[i].base >= address)
			return &ranges[i];
	return NULL;
}

static struct range *slow_fit(uint64_t size)
{
	for (int i = 0; i < RANGES; i++)
		if (inserted[i] && ranges[i].free && ranges[i].size >= size)
			return &ranges[i];
	return NULL;
}

static bool slow_overlaps(uint64_t base, uint64_t size)
{
	for (int i = 0; i < RANGES; i++)
		if (inserted[i] && base < ranges[i].base + ranges[i].size &&
		    ranges[i].base < base + size)
			return true;
	return false;
}

static void change(struct range_tree *tree, int i)
{
	if (!inserted[i]) {
		ranges[i].base = (uint64_t)i * STRIDE + (uint64_t)(rand() % 400);
		ranges[i].size = 1 + (uint64_t)(rand() % 500);
		ranges[i].free = rand() % 2;
		range_insert(tree, &ranges[i]);
		inserted[i] = true;
	} else if (rand() % 2) {
		ranges[i].free = !ranges[i].free;
		range_update(tree, &ranges[i]);
	} else {
		range_remove(tree, &ranges[i]);
		inserted[i] = false;
	}
}

int main(void)
{
	struct range_tree tree = { 0 };

	srand(1);
	for (int step = 0; step < 100000; step++) {
		uint64_t at = (uint64_t)(rand() % (RANGES * STRIDE));
		uint64_t size = 1 + (uint64_t)(rand() % 600);

		change(&tree, rand() % RANGES);
		CHECK(range_at(&tree, at) == slow_at(at));
		CHECK(range_next(&tree, at) == slow_next(at));
		CHECK(range_fit(&tree, size) == slow_fit(size));
		CHECK(range_overlaps(&tree, at, size) == slow_overlaps(at, size));
	}
	return 0;
}
