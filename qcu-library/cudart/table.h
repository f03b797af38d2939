/* SPDX-License-Identifier: MIT */
/* A hash table from addresses to things that carry a struct node. */
#ifndef QCUDA_CUDART_TABLE_H
#define QCUDA_CUDART_TABLE_H

#include <stddef.h>

struct node {
	struct node *next;
	const void *key;
};

struct table {
	struct node **buckets;
	size_t size; /* a power of two, or 0 before the first node */
	size_t used;
};

int table_add(struct table *table, struct node *node);
void table_remove(struct table *table, struct node *node);
struct node *table_find(const struct table *table, const void *key);

#endif
