/* SPDX-License-Identifier: MIT */
/* Handles: invented ones are refused, types are told apart, one thread destroys */
/* links: softgpu/handle.c */
#include "softgpu/handle.h"
#include "tests/unit/check.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { OBJECTS = 2000, THREADS = 4 };

static struct handle *objects[OBJECTS];
static int destroyed, retired;	/* atomic */

static void destroy(struct handle *handle)
{
	__atomic_add_fetch(&destroyed, 1, __ATOMIC_RELAXED);
	free(handle);
}

static struct handle *make(enum handle_type type, struct context *owner)
{
	struct handle *handle = malloc(sizeof(*handle));

	CHECK(handle);
	handle_init(handle, type, owner, destroy);
	handle_publish(handle);
	handle_put(handle);
	return handle;
}

/* All threads look up and destroy the same objects. */
static void *destroy_all(void *unused)
{
	for (int i = 0; i < OBJECTS; i++) {
		struct handle *handle = handle_get(objects[i], HANDLE_EVENT);

		if (!handle)
			continue;
		if (handle_retire(handle))
			__atomic_add_fetch(&retired, 1, __ATOMIC_RELAXED);
		handle_put(handle);
	}
	return NULL;
}

int main(void)
{
	struct context *owner = (struct context *)&objects;
	pthread_t threads[THREADS];
	struct handle *handle;

	handle = make(HANDLE_STREAM, owner);
	CHECK(!handle_get(NULL, HANDLE_STREAM));
	CHECK(!handle_get((void *)(uintptr_t)0x1234, HANDLE_STREAM));
	CHECK(!handle_get((char *)handle + 8, HANDLE_STREAM));
	CHECK(!handle_get(handle, HANDLE_EVENT));
	CHECK(handle_get(handle, HANDLE_STREAM) == handle);
	CHECK(!handle_take(owner, HANDLE_EVENT) && !handle_take(NULL, HANDLE_STREAM));
	CHECK(handle_take(owner, HANDLE_STREAM) == handle);
	CHECK(!handle_get(handle, HANDLE_STREAM) && !handle_retire(handle));
	handle_put(handle);
	handle_put(handle);
	CHECK(destroyed == 1);

	for (int i = 0; i < OBJECTS; i++)
		objects[i] = make(HANDLE_EVENT, NULL);
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, destroy_all, NULL));
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	CHECK(retired == OBJECTS && destroyed == OBJECTS + 1);
	return 0;
}
