/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

#include "qcu-device/worker/handle.h"

/*
 * Two levels, so that entries never move and readers need no lock: a directory
 * of chunks, each allocated when the guest first uses an index in it.
 */
#define CHUNK_ENTRIES	4096u
#define CHUNKS		(HANDLE_INDEX_MAX / CHUNK_ENTRIES)

struct entry {
	_Atomic uint64_t name;	/* 0: free.  Stored last (release), loaded first (acquire) */
	void *object;
	uint64_t owner;
};

struct chunk {
	struct entry entries[CHUNK_ENTRIES];
};

static _Atomic(struct chunk *) directory[CHUNKS];

/* Serialises put and drop; guards n_chunks. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint32_t n_chunks;	/* chunks at or above this were never allocated */

static struct entry *entry_of(uint64_t name)
{
	uint32_t index = handle_index(name);
	struct chunk *chunk;

	if (index >= HANDLE_INDEX_MAX)
		return NULL;
	chunk = atomic_load_explicit(&directory[index / CHUNK_ENTRIES], memory_order_acquire);
	return chunk ? &chunk->entries[index % CHUNK_ENTRIES] : NULL;
}

bool handle_get(enum handle_kind want, uint64_t name, void **object)
{
	struct entry *entry;

	if (handle_is_special(name)) {
		*object = (void *)(uintptr_t)name;
		return true;
	}
	if (!handle_fits(want, handle_kind(name)))
		return false;
	entry = entry_of(name);
	if (!entry || atomic_load_explicit(&entry->name, memory_order_acquire) != name)
		return false;
	*object = entry->object;
	return true;
}

bool handle_is_free(enum handle_kind kind, uint64_t name)
{
	struct entry *entry = entry_of(name);

	return handle_kind(name) == kind && handle_index(name) < HANDLE_INDEX_MAX &&
	       (!entry || !atomic_load_explicit(&entry->name, memory_order_acquire));
}

/* The entry for @name, its chunk allocated if need be.  Called with the lock held. */
static struct entry *entry_make(uint64_t name)
{
	uint32_t at = handle_index(name) / CHUNK_ENTRIES;
	struct chunk *chunk;

	if (handle_index(name) >= HANDLE_INDEX_MAX)
		return NULL;
	if (!atomic_load_explicit(&directory[at], memory_order_relaxed)) {
		chunk = calloc(1, sizeof(*chunk));
		if (!chunk)
			return NULL;
		atomic_store_explicit(&directory[at], chunk, memory_order_release);
		if (at >= n_chunks)
			n_chunks = at + 1;
	}
	return entry_of(name);
}

bool handle_put(uint64_t name, void *object, uint64_t owner)
{
	struct entry *entry;

	pthread_mutex_lock(&lock);
	entry = entry_make(name);
	if (entry) {
		entry->object = object;
		entry->owner = owner;
		atomic_store_explicit(&entry->name, name, memory_order_release);
	}
	pthread_mutex_unlock(&lock);
	return entry;
}

/* Can an object of this kind own others? */
static bool owns(enum handle_kind kind)
{
	return kind == KIND_CUcontext || kind == KIND_CUmodule || kind == KIND_CUlibrary ||
	       kind == KIND_CUkernel || kind == KIND_CUgraph;
}

static void drop_locked(uint64_t name);

static void drop_owned_locked(uint64_t owner)
{
	if (!owns(handle_kind(owner)))
		return;
	for (uint32_t i = 0; i < n_chunks; i++) {
		struct chunk *chunk = atomic_load_explicit(&directory[i], memory_order_relaxed);

		for (uint32_t j = 0; chunk && j < CHUNK_ENTRIES; j++) {
			struct entry *entry = &chunk->entries[j];
			uint64_t name = atomic_load_explicit(&entry->name, memory_order_relaxed);

			if (name && name != owner && entry->owner == owner)
				drop_locked(name);
		}
	}
}

static void drop_locked(uint64_t name)
{
	struct entry *entry = entry_of(name);

	if (!entry || atomic_load_explicit(&entry->name, memory_order_relaxed) != name)
		return;
	/* First the name: whoever owns itself through others ends here. */
	atomic_store_explicit(&entry->name, 0, memory_order_release);
	drop_owned_locked(name);
}

void handle_drop(uint64_t name)
{
	pthread_mutex_lock(&lock);
	drop_locked(name);
	pthread_mutex_unlock(&lock);
}

void handle_drop_owned(uint64_t name)
{
	pthread_mutex_lock(&lock);
	drop_owned_locked(name);
	pthread_mutex_unlock(&lock);
}
