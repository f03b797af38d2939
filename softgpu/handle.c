/* SPDX-License-Identifier: MIT */
/*
 * handle.c - which pointers given by a program are ours
 *
 * A handle is the address of the object, as in NVIDIA's driver, but it is only followed
 * after it was found in this table with the right type: a stale or invented handle is an
 * error code, never a crash.  Objects are counted, so that one thread may destroy what
 * another is still using.
 */
#include "softgpu/handle.h"

#include <pthread.h>
#include <stdint.h>

#define BUCKETS 4096

static pthread_rwlock_t table_lock = PTHREAD_RWLOCK_INITIALIZER;
static struct handle *table[BUCKETS];		/* under table_lock */

static struct handle **bucket_of(const void *value)
{
	uint64_t hash = (uint64_t)(uintptr_t)value * 0x9e3779b97f4a7c15u;

	return &table[hash >> 52 & (BUCKETS - 1)];
}

void handle_init(struct handle *handle, enum handle_type type, struct context *owner,
		 void (*destroy)(struct handle *handle))
{
	handle->type = type;
	handle->refs = 1;
	handle->owner = owner;
	handle->destroy = destroy;
	handle->next = NULL;
}

void handle_publish(struct handle *handle)
{
	struct handle **bucket = bucket_of(handle);

	handle_ref(handle);
	pthread_rwlock_wrlock(&table_lock);
	handle->next = *bucket;
	*bucket = handle;
	pthread_rwlock_unlock(&table_lock);
}

void *handle_get(const void *value, enum handle_type type)
{
	struct handle *handle;

	if (!value)
		return NULL;
	pthread_rwlock_rdlock(&table_lock);
	for (handle = *bucket_of(value); handle; handle = handle->next)
		if (handle == value && handle->type == type) {
			handle_ref(handle);
			break;
		}
	pthread_rwlock_unlock(&table_lock);
	return handle;
}

void *handle_ref(struct handle *handle)
{
	__atomic_add_fetch(&handle->refs, 1, __ATOMIC_RELAXED);
	return handle;
}

void handle_put(struct handle *handle)
{
	if (handle && __atomic_sub_fetch(&handle->refs, 1, __ATOMIC_ACQ_REL) == 0)
		handle->destroy(handle);
}

bool handle_retire(struct handle *handle)
{
	struct handle **link;
	bool found = false;

	pthread_rwlock_wrlock(&table_lock);
	for (link = bucket_of(handle); *link; link = &(*link)->next)
		if (*link == handle) {
			*link = handle->next;
			found = true;
			break;
		}
	pthread_rwlock_unlock(&table_lock);
	if (found)
		handle_put(handle);
	return found;
}

void *handle_take(const struct context *owner, enum handle_type type)
{
	struct handle *taken = NULL;

	pthread_rwlock_wrlock(&table_lock);
	for (size_t i = 0; i < BUCKETS && !taken; i++)
		for (struct handle **link = &table[i]; *link; link = &(*link)->next)
			if ((*link)->owner == owner && (*link)->type == type) {
				taken = *link;
				*link = taken->next;
				break;
			}
	pthread_rwlock_unlock(&table_lock);
	return taken;
}
