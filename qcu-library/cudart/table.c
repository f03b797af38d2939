/* SPDX-License-Identifier: MIT */
/*
 * A chained hash table keyed by address.
 *
 * The nodes are the caller's and so is the locking.  Of several nodes with one
 * key the newest is found: a function that two libraries registered stays known
 * when either of them is closed.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include "table.h"

#define SIZE_FIRST 256

static struct node **bucket(const struct table *table, const void *key)
{
	uint64_t hash = (uint64_t)(uintptr_t)key * UINT64_C(0x9e3779b97f4a7c15);

	return &table->buckets[(hash >> 32) & (table->size - 1)];
}

static void push(struct table *table, struct node *node)
{
	struct node **head = bucket(table, node->key);

	node->next = *head;
	*head = node;
}

static int grow(struct table *table)
{
	struct table larger = { .size = table->size ? table->size * 2 : SIZE_FIRST };

	larger.buckets = calloc(larger.size, sizeof(*larger.buckets));
	if (!larger.buckets)
		return -ENOMEM;
	for (size_t i = 0; i < table->size; i++) {
		struct node *oldest_first = NULL, *node;

		while ((node = table->buckets[i])) {
			table->buckets[i] = node->next;
			node->next = oldest_first;
			oldest_first = node;
		}
		while ((node = oldest_first)) {
			oldest_first = node->next;
			push(&larger, node);
		}
	}
	free(table->buckets);
	table->buckets = larger.buckets;
	table->size = larger.size;
	return 0;
}

/** table_add() - Return: 0, or -ENOMEM with nothing changed */
int table_add(struct table *table, struct node *node)
{
	if (table->used >= table->size && grow(table))
		return -ENOMEM;
	push(table, node);
	table->used++;
	return 0;
}

void table_remove(struct table *table, struct node *node)
{
	struct node **link = bucket(table, node->key);

	while (*link != node)
		link = &(*link)->next;
	*link = node->next;
	table->used--;
}

struct node *table_find(const struct table *table, const void *key)
{
	struct node *node = table->size ? *bucket(table, key) : NULL;

	while (node && node->key != key)
		node = node->next;
	return node;
}
