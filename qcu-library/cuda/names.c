/* SPDX-License-Identifier: MIT */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "qcu-library/cuda/names.h"

#define PAGE_OF_NAMES	(64u << 10)	/* fits a reply */

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

/* A name in what the host sent ends there; NULL if not */
static const char *next_name(const char **at, const char *end)
{
	const char *name = *at, *nul = memchr(name, '\0', end - name);

	*at = nul ? nul + 1 : end;
	return nul ? name : NULL;
}

static CUresult take_page(const struct listing *listing, uint32_t first, uint32_t count,
			  const char *names)
{
	const char *at = names, *end = names + PAGE_OF_NAMES, *name;
	CUresult rc = CUDA_SUCCESS;

	for (uint32_t i = 0; rc == CUDA_SUCCESS && i < count; i++) {
		name = next_name(&at, end);
		rc = name ? listing->take(listing, first + i, name) : CUDA_ERROR_UNKNOWN;
	}
	return rc;
}

CUresult names_list(const struct listing *listing, uint32_t limit)
{
	char *names = malloc(PAGE_OF_NAMES);
	CUresult rc = names ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
	uint32_t count = 1;

	for (uint32_t first = 0; rc == CUDA_SUCCESS && count && first < limit; first += count) {
		rc = listing->ask(listing->of, first, PAGE_OF_NAMES, names, &count);
		if (rc != CUDA_SUCCESS)
			break;
		if (count > limit - first)
			count = limit - first;
		rc = take_page(listing, first, count, names);
	}
	free(names);
	return rc;
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
