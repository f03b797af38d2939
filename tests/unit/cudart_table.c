/* SPDX-License-Identifier: MIT */
/* The runtime's address table finds what it holds, no more, and of equal keys the newest. */
/* links: qcu-library/cudart/table.c */
#include <stdio.h>
#include <stdlib.h>
#include "qcu-library/cudart/table.h"

#define COUNT 5000

static struct node nodes[COUNT], twins[COUNT];
static char keys[COUNT * 16];

static void fail(const char *what)
{
	fprintf(stderr, "%s\n", what);
	exit(1);
}

int main(void)
{
	struct table table = { 0 };

	if (table_find(&table, keys))
		fail("found in an empty table");
	for (int i = 0; i < COUNT; i++) {
		nodes[i].key = twins[i].key = &keys[i * 16];
		if (table_add(&table, &nodes[i]))
			fail("not added");
	}
	for (int i = 0; i < COUNT; i += 2)
		table_add(&table, &twins[i]);
	for (int i = 0; i < COUNT; i++)
		if (table_find(&table, &keys[i * 16]) != (i % 2 ? &nodes[i] : &twins[i]))
			fail("not the newest");
	for (int i = 0; i < COUNT; i += 2)
		table_remove(&table, &twins[i]);
	for (int i = 0; i < COUNT; i++)
		if (table_find(&table, &keys[i * 16]) != &nodes[i])
			fail("the older is lost");
	for (int i = 0; i < COUNT; i++)
		table_remove(&table, &nodes[i]);
	for (int i = 0; i < COUNT; i++)
		if (table_find(&table, &keys[i * 16]))
			fail("found after removal");
	free(table.buckets);
	return 0;
}
