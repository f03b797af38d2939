/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * Two levels, so that slots never move and readers need no lock: a directory
 * of chunks, each allocated when the guest first uses an index in it.  Objects of
 * one owner are a list through their slots, so that forgetting an owner costs
 * what it owns.
 *
 * The driver gives some objects back (the nodes of a graph, the kernel of a
 * node); those are also found by their pointer, in a tree.
 */
#include <pthread.h>
#include <search.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

#include "qcu-device/worker/handle.h"

#define CHUNK_SLOTS	4096u
#define CHUNKS		(HANDLE_INDEX_MAX / CHUNK_SLOTS)

struct slot {
	_Atomic uint64_t name;	/* 0: free.  Stored last (release), loaded first (acquire) */
	_Atomic(void *) object;	/* loaded before the name is looked at again (acquire) */
	uint64_t owner;
	/* Indices; 0 ends a list (no object has index 0) */
	uint32_t first_owned;
	uint32_t next, previous;	/* owned by the same */
};

struct chunk {
	struct slot slots[CHUNK_SLOTS];
};

/* struct known - an object that can be found by its pointer */
struct known {
	void *object;
	enum handle_kind kind;
	uint64_t name;
};

static _Atomic(struct chunk *) directory[CHUNKS];

/* Serialises put and drop; guards the lists and the tree. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *tree;	/* of struct known */

static struct slot *slot_at(uint32_t index)
{
	struct chunk *chunk;

	if (!index || index >= HANDLE_INDEX_MAX)
		return NULL;
	chunk = atomic_load_explicit(&directory[index / CHUNK_SLOTS], memory_order_acquire);
	return chunk ? &chunk->slots[index % CHUNK_SLOTS] : NULL;
}

/* The slot of an object that there is, or NULL */
static struct slot *slot_of(uint64_t name)
{
	struct slot *slot = handle_is_special(name) ? NULL : slot_at(handle_index(name));

	return slot && atomic_load_explicit(&slot->name, memory_order_acquire) == name ? slot :
											   NULL;
}

bool handle_get(enum handle_kind want, uint64_t name, void **object)
{
	struct slot *slot;

	if (handle_is_special(name)) {
		*object = (void *)(uintptr_t)name;
		return !name || want == KIND_CUstream;
	}
	if (!handle_fits(want, handle_kind(name)))
		return false;
	slot = slot_of(name);
	if (!slot)
		return false;
	*object = atomic_load_explicit(&slot->object, memory_order_acquire);
	/* Another's, of any kind, if the slot has been given to that meanwhile. */
	return atomic_load_explicit(&slot->name, memory_order_relaxed) == name;
}

/* Release: who sees the object sees that the name before was taken off the slot. */
static void set_object(struct slot *slot, void *object)
{
	atomic_store_explicit(&slot->object, object, memory_order_release);
}

bool handle_is_free(enum handle_kind kind, uint64_t name)
{
	uint32_t index = handle_index(name);
	struct slot *slot = slot_at(index);

	return handle_kind(name) == kind && index && index < HANDLE_INDEX_MAX &&
	       (!slot || !atomic_load_explicit(&slot->name, memory_order_acquire));
}

/* The slot for @name, its chunk allocated if need be.  Called with the lock held. */
static struct slot *slot_make(uint64_t name)
{
	uint32_t index = handle_index(name), at = index / CHUNK_SLOTS;
	struct chunk *chunk;

	if (!index || index >= HANDLE_INDEX_MAX)
		return NULL;
	if (!atomic_load_explicit(&directory[at], memory_order_relaxed)) {
		chunk = calloc(1, sizeof(*chunk));
		if (!chunk)
			return NULL;
		atomic_store_explicit(&directory[at], chunk, memory_order_release);
	}
	return slot_at(index);
}

/* Does the driver give objects of this kind back? */
static bool comes_back(enum handle_kind kind)
{
	return kind == KIND_CUcontext || kind == KIND_CUfunction || kind == KIND_CUkernel ||
	       kind == KIND_CUevent || kind == KIND_CUarray || kind == KIND_CUmipmappedArray ||
	       kind == KIND_CUgraph || kind == KIND_CUgraphNode;
}

static int compare(const void *pa, const void *pb)
{
	const struct known *a = pa, *b = pb;

	if (a->object != b->object)
		return a->object < b->object ? -1 : 1;
	return a->kind < b->kind ? -1 : a->kind > b->kind;
}

/* Remember the newest name of an object.  Called with the lock held. */
static bool know(uint64_t name, void *object)
{
	struct known *known = malloc(sizeof(*known)), **node;

	if (!known)
		return false;
	*known = (struct known){ object, handle_kind(name), name };
	node = tsearch(known, &tree, compare);
	if (!node || *node != known)
		free(known);
	if (node)
		(*node)->name = name;
	return node;
}

/* Called with the lock held. */
static void know_no_more(uint64_t name, void *object)
{
	struct known key = { object, handle_kind(name), name }, **node, *known;

	node = tfind(&key, &tree, compare);
	known = node ? *node : NULL;
	if (!known || known->name != name)
		return;
	tdelete(&key, &tree, compare);
	free(known);
}

/* What names no object owns nothing. */
static void link_to_owner(struct slot *slot, uint32_t index, uint64_t name)
{
	struct slot *owner = slot_of(name);

	slot->owner = owner ? name : 0;
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

/* Called with the lock held. */
static bool put_locked(uint64_t name, void *object, uint64_t owner)
{
	struct slot *slot = slot_make(name);
	uint64_t old;

	if (!slot)
		return false;
	old = atomic_load_explicit(&slot->name, memory_order_relaxed);
	if (old && old != name)
		return false;
	if (comes_back(handle_kind(name)) && !know(name, object))
		return false;
	if (old) {
		if (slot->object != object)
			know_no_more(name, slot->object);
		set_object(slot, object);
		return true;
	}
	set_object(slot, object);
	slot->first_owned = 0;
	link_to_owner(slot, handle_index(name), owner);
	atomic_store_explicit(&slot->name, name, memory_order_release);
	return true;
}

bool handle_put(uint64_t name, void *object, uint64_t owner)
{
	bool done;

	pthread_mutex_lock(&lock);
	done = put_locked(name, object, owner);
	pthread_mutex_unlock(&lock);
	return done;
}

static void drop_locked(uint64_t name);

static void drop_owned_locked(struct slot *slot)
{
	while (slot->first_owned) {
		struct slot *owned = slot_at(slot->first_owned);

		/* Off the list first: whoever owns itself through others ends here. */
		slot->first_owned = owned->next;
		if (owned->next)
			slot_at(owned->next)->previous = 0;
		owned->next = 0;
		owned->owner = 0;
		drop_locked(atomic_load_explicit(&owned->name, memory_order_relaxed));
	}
}

static void drop_locked(uint64_t name)
{
	struct slot *slot = slot_of(name);

	if (!slot)
		return;
	unlink_from_owner(slot);
	know_no_more(name, slot->object);
	atomic_store_explicit(&slot->name, 0, memory_order_release);
	drop_owned_locked(slot);
}

void handle_drop(uint64_t name)
{
	pthread_mutex_lock(&lock);
	drop_locked(name);
	pthread_mutex_unlock(&lock);
}

void handle_drop_owned(uint64_t name)
{
	struct slot *slot;

	pthread_mutex_lock(&lock);
	slot = slot_of(name);
	if (slot)
		drop_owned_locked(slot);
	pthread_mutex_unlock(&lock);
}

uint64_t handle_owner(uint64_t name)
{
	struct slot *slot;
	uint64_t owner;

	pthread_mutex_lock(&lock);
	slot = slot_of(name);
	owner = slot ? slot->owner : 0;
	pthread_mutex_unlock(&lock);
	return owner;
}

bool handle_move(uint64_t name, uint64_t owner)
{
	struct slot *slot;

	pthread_mutex_lock(&lock);
	slot = slot_of(name);
	if (slot) {
		unlink_from_owner(slot);
		link_to_owner(slot, handle_index(name), owner);
	}
	pthread_mutex_unlock(&lock);
	return slot;
}

uint64_t handle_name_of(enum handle_kind kind, void *object)
{
	struct known key = { object, kind, 0 }, **node;
	uint64_t name;

	pthread_mutex_lock(&lock);
	node = tfind(&key, &tree, compare);
	name = node ? (*node)->name : 0;
	pthread_mutex_unlock(&lock);
	return name;
}
