/* SPDX-License-Identifier: MIT */
/*
 * worker_handles_from_many_threads.c - a name means its object, or none
 *
 * Threads make and drop names of several kinds in the same few slots while others look them up:
 * no name is ever found to mean an object of another kind, and what is found by its object has
 * that object's name.
 */
/* links: qcu-device/worker/handle.c */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "qcu-device/worker/handle.h"
#include "tests/unit/check.h"

#define SLOTS	4
#define ROUNDS	60000

static const enum handle_kind kinds[] = { KIND_CUstream, KIND_CUmodule, KIND_CUevent,
					  KIND_CUgraph };

static uint64_t random_name(unsigned int *state)
{
	return handle_make(kinds[rand_r(state) % 4], 1 + rand_r(state) % 3,
			   1 + rand_r(state) % SLOTS);
}

/* One that tells whose it is */
static void *object_of(uint64_t name)
{
	return (void *)(name & ~0x8000000000000000ull);
}

static _Atomic bool stop;

static void *look(void *seed)
{
	unsigned int state = (unsigned int)(uintptr_t)seed;
	void *object;

	while (!stop) {
		uint64_t name = random_name(&state), other;

		if (handle_get(handle_kind(name), name, &object))
			CHECK(object == object_of(name));
		CHECK(!handle_get(KIND_CUtexref, name, &object));
		other = handle_name_of(handle_kind(name), object_of(name));
		CHECK(!other || other == name);
	}
	return NULL;
}

static void *change(void *seed)
{
	unsigned int state = (unsigned int)(uintptr_t)seed;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t name = random_name(&state);

		if (rand_r(&state) % 2)
			handle_put(name, object_of(name), random_name(&state));
		else
			handle_drop(name);
	}
	return NULL;
}

int main(void)
{
	pthread_t looking[2], changing[3];

	for (uintptr_t i = 0; i < 2; i++)
		CHECK(!pthread_create(&looking[i], NULL, look, (void *)(i + 1)));
	for (uintptr_t i = 0; i < 3; i++)
		CHECK(!pthread_create(&changing[i], NULL, change, (void *)(i + 10)));
	for (int i = 0; i < 3; i++)
		pthread_join(changing[i], NULL);
	stop = true;
	for (int i = 0; i < 2; i++)
		pthread_join(looking[i], NULL);
	return 0;
}
