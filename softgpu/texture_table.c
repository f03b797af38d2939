/* SPDX-License-Identifier: MIT */
/*
 * texture_table.c - which number is which texture
 *
 * A number is an index and a generation, which tells a destroyed object from the one that came
 * after it:
 *
 *	63         32 31       0
 *	| generation | index + 1 |
 *
 * Kernels look up without a lock: an entry's name is stored last and cleared first.
 */
#include "softgpu/texture.h"

#include <pthread.h>
#include <stdlib.h>

#define CHUNK	256
#define CHUNKS	4096

struct entry {
	uint64_t number;	/* atomic; 0: free */
	struct texture is;
	uint32_t generation, next_free;
};

static struct entry *chunks[CHUNKS];	/* atomic; allocated once, for good */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint32_t first_free, used;	/* under the lock; first_free is an index + 1 */

static struct entry *entry_at(uint32_t index)
{
	struct entry *chunk;

	if (index / CHUNK >= CHUNKS)
		return NULL;
	chunk = __atomic_load_n(&chunks[index / CHUNK], __ATOMIC_ACQUIRE);
	return chunk ? &chunk[index % CHUNK] : NULL;
}

/* take() - an unused entry; under the lock */
static struct entry *take(uint32_t *index)
{
	struct entry *entry;

	if (first_free) {
		*index = first_free - 1;
		entry = entry_at(*index);
		first_free = entry->next_free;
		return entry;
	}
	if (used / CHUNK >= CHUNKS)
		return NULL;
	if (!entry_at(used)) {
		struct entry *chunk = calloc(CHUNK, sizeof(*chunk));

		if (!chunk)
			return NULL;
		__atomic_store_n(&chunks[used / CHUNK], chunk, __ATOMIC_RELEASE);
	}
	*index = used++;
	return entry_at(*index);
}

uint64_t texture_add(const struct texture *texture)
{
	struct entry *entry;
	uint64_t number = 0;
	uint32_t index;

	pthread_mutex_lock(&lock);
	entry = take(&index);
	if (entry) {
		number = (uint64_t)entry->generation++ << 32 | (index + 1);
		entry->is = *texture;
		__atomic_store_n(&entry->number, number, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&lock);
	return number;
}

const struct texture *texture_find(uint64_t number, enum texture_kind kind)
{
	struct entry *entry = entry_at((uint32_t)number - 1);

	if (!number || !entry || __atomic_load_n(&entry->number, __ATOMIC_ACQUIRE) != number ||
	    entry->is.kind != kind)
		return NULL;
	return &entry->is;
}

void texture_remove(uint64_t number)
{
	struct entry *entry = entry_at((uint32_t)number - 1);

	pthread_mutex_lock(&lock);
	if (number && entry && entry->number == number) {
		__atomic_store_n(&entry->number, 0, __ATOMIC_RELEASE);
		entry->next_free = first_free;
		first_free = (uint32_t)number;
	}
	pthread_mutex_unlock(&lock);
}
