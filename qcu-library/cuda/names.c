/* SPDX-License-Identifier: MIT */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "qcu-library/cuda/names.h"

struct named {
	uint64_t handle;
	char *name;
};

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

void names_init(struct names *names)
{
	pthread_mutex_init(&names->lock, NULL);
	names->tree = NULL;
}

static void destroy(void *p)
{
	struct named *entry = p;

	free(entry->name);
	free(entry);
}

void names_finish(struct names *names)
{
	tdestroy(names->tree, destroy);
	pthread_mutex_destroy(&names->lock);
}

uint64_t names_get(const struct names *names, const char *name)
{
	const struct named key = { .name = (char *)name };
	struct named **node = tfind(&key, &names->tree, compare);

	return node ? (*node)->handle : 0;
}

void names_set(struct names *names, const char *name, uint64_t handle)
{
	struct named *entry = malloc(sizeof(*entry)), **node;

	if (!entry)
		return;
	*entry = (struct named){ handle, strdup(name) };
	node = entry->name ? tsearch(entry, &names->tree, compare) : NULL;
	if (!node || *node != entry) {
		if (node)
			(*node)->handle = handle;
		destroy(entry);
	}
}
