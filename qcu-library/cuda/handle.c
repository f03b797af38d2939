/* SPDX-License-Identifier: MIT */
/*
 * handle.c - a table from names to objects
 *
 * Two levels, so that slots never move: looking up takes no lock.  A slot in use
 * holds its whole name, with the generation that tells it from earlier objects at
 * the same index; that makes "is this handle alive?" one load and one compare.
 * Objects of one owner are a list through their slots, so that forgetting an
 * owner costs what it owns.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

#include "qcu-library/cuda/handle.h"

#define CHUNK_SLOTS	4096u
#define CHUNKS		(HANDLE_INDEX_MAX / CHUNK_SLOTS)

struct slot {
	_Atomic uint64_t name;		/* 0: free */
	_Atomic(void *) data;
	void (*destroy)(void *);
	uint64_t owner;
	uint32_t generation;
	bool orphan;			/* free, and its last object died with a green context */
	/* Indices; 0 ends a list (index 0 is never given out) */
	uint32_t first_owned;
	uint32_t next, previous;	/* owned by the same; next also links free slots */
};

struct chunk {
	struct slot slots[CHUNK_SLOTS];
};

static _Atomic(struct chunk *) directory[CHUNKS];

/* Serialises all changes; guards what is not atomic in the slots and these two. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint32_t first_free;
static uint32_t n_used = 1;	/* indices from here on were never given out */

static struct slot *slot_at(uint32_t index)
{
	struct chunk *chunk;

	if (index >= HANDLE_INDEX_MAX)
		return NULL;
	/* Acquire: pairs with the release in slot_take(). */
	chunk = atomic_load_explicit(&directory[index / CHUNK_SLOTS], memory_order_acquire);
	return chunk ? &chunk->slots[index % CHUNK_SLOTS] : NULL;
}

/* The slot of a living object, or NULL */
static struct slot *slot_of(uint64_t handle)
{
	struct slot *slot = handle_is_special(handle) ? NULL : slot_at(handle_index(handle));

	return slot && atomic_load_explicit(&slot->name, memory_order_acquire) == handle ? slot :
											   NULL;
}

bool handle_is(enum handle_kind kind, uint64_t handle)
{
	return handle_fits(kind, handle_kind(handle)) && slot_of(handle);
}

/* An index to use, 0 if there is none.  Called with the lock held. */
static uint32_t slot_take(void)
{
	uint32_t index = first_free;

	if (index) {
		first_free = slot_at(index)->next;
		return index;
	}
	if (n_used >= HANDLE_INDEX_MAX)
		return 0;
	if (!slot_at(n_used)) {
		struct chunk *chunk = calloc(1, sizeof(*chunk));

		if (!chunk)
			return 0;
		atomic_store_explicit(&directory[n_used / CHUNK_SLOTS], chunk,
				      memory_order_release);
	}
	return n_used++;
}

static void link_to_owner(struct slot *slot, uint32_t index, struct slot *owner)
{
	slot->previous = 0;
	slot->next = owner ? owner->first_owned : 0;
	if (slot->next)
		slot_at(slot->next)->previous = index;
	if (owner)
		owner->first_owned = index;
}

static void unlink_from_owner(struct slot *slot)
{
	struct slot *owner = slot_of(slot->owner);

	if (slot->next)
		slot_at(slot->next)->previous = slot->previous;
	if (slot->previous)
		slot_at(slot->previous)->next = slot->next;
	else if (owner)
		owner->first_owned = slot->next;
}

uint64_t handle_new(enum handle_kind kind, uint64_t owner)
{
	uint64_t name = 0;
	uint32_t index;

	pthread_mutex_lock(&lock);
	index = slot_take();
	if (index) {
		struct slot *slot = slot_at(index);

		slot->generation = (slot->generation + 1) & 0xffffff;
		slot->owner = owner;
		slot->orphan = false;
		slot->first_owned = 0;
		link_to_owner(slot, index, slot_of(owner));
		name = handle_make(kind, slot->generation, index);
		atomic_store_explicit(&slot->name, name, memory_order_release);
	}
	pthread_mutex_unlock(&lock);
	return name;
}

void handle_move(uint64_t handle, uint64_t owner)
{
	struct slot *slot;

	pthread_mutex_lock(&lock);
	slot = slot_of(handle);
	if (slot) {
		unlink_from_owner(slot);
		slot->owner = owner;
		link_to_owner(slot, handle_index(handle), slot_of(owner));
	}
	pthread_mutex_unlock(&lock);
}

uint64_t handle_owner(uint64_t handle)
{
	struct slot *slot;
	uint64_t owner;

	pthread_mutex_lock(&lock);
	slot = slot_of(handle);
	owner = slot ? slot->owner : 0;
	pthread_mutex_unlock(&lock);
	return owner;
}

static void drop_locked(uint64_t handle);

static void drop_owned_locked(struct slot *slot)
{
	/* A context that belongs to another is that of a green one. */
	bool green = slot->owner && handle_kind(atomic_load(&slot->name)) == KIND_CUcontext;

	while (slot->first_owned) {
		struct slot *owned = slot_at(slot->first_owned);

		drop_locked(atomic_load(&owned->name));
		owned->orphan = green;
	}
}

static void drop_locked(uint64_t handle)
{
	struct slot *slot = slot_of(handle);
	void *data;

	if (!slot)
		return;
	drop_owned_locked(slot);
	unlink_from_owner(slot);
	atomic_store_explicit(&slot->name, 0, memory_order_release);
	data = atomic_exchange(&slot->data, NULL);
	if (data)
		slot->destroy(data);
	slot->next = first_free;
	first_free = handle_index(handle);
}

void handle_drop(uint64_t handle)
{
	pthread_mutex_lock(&lock);
	drop_locked(handle);
	pthread_mutex_unlock(&lock);
}

bool handle_is_orphan(uint64_t handle)
{
	struct slot *slot = handle_is_special(handle) ? NULL : slot_at(handle_index(handle));
	bool orphan = false;

	pthread_mutex_lock(&lock);
	if (slot && !atomic_load(&slot->name))
		orphan = slot->orphan && slot->generation == (handle >> 32 & 0xffffff);
	pthread_mutex_unlock(&lock);
	return orphan;
}

void handle_drop_owned(uint64_t handle)
{
	struct slot *slot;

	pthread_mutex_lock(&lock);
	slot = slot_of(handle);
	if (slot)
		drop_owned_locked(slot);
	pthread_mutex_unlock(&lock);
}

void *handle_data(uint64_t handle)
{
	struct slot *slot = slot_of(handle);

	/* Acquire: pairs with the release in handle_set_data(). */
	return slot ? atomic_load_explicit(&slot->data, memory_order_acquire) : NULL;
}

void *handle_find(enum handle_kind kind, uint64_t handle)
{
	return handle_fits(kind, handle_kind(handle)) ? handle_data(handle) : NULL;
}

void *handle_set_data(uint64_t handle, void *data, void (*destroy)(void *))
{
	struct slot *slot;
	void *now = NULL;

	pthread_mutex_lock(&lock);
	slot = slot_of(handle);
	if (slot) {
		now = atomic_load_explicit(&slot->data, memory_order_relaxed);
		if (!now) {
			slot->destroy = destroy;
			atomic_store_explicit(&slot->data, data, memory_order_release);
			now = data;
		}
	}
	pthread_mutex_unlock(&lock);
	return now;
}
