/* SPDX-License-Identifier: MIT */
/*
 * worker_links_from_many_threads.c - one linker, and threads that use it and destroy it
 *
 * The worker's own memory stands behind such a handle: whatever two threads of a hostile guest do
 * at a time, it is there while it is used, and its end is seen by all.
 */
/* links: qcu-device/worker_calls.c tests/unit/double/control.c tests/unit/double/regions.c */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qcu-device/worker/body.h"
#include "qcu-device/worker/handle.h"
#include "tests/unit/check.h"

#define THREADS	6
#define ROUNDS	3000
#define NAMES	3
#define IMAGE	64

/* The driver's state, with what it links, and its logs */
struct state {
	char *log;
	char *cubin;
	int users;
};

static _Atomic int alive;

static CUresult CUDAAPI fake_create(unsigned int n, CUjit_option *options, void **values,
				    CUlinkState *made)
{
	struct state *state = calloc(1, sizeof(*state));

	state->log = values[0];
	alive++;
	*made = (CUlinkState)state;
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI fake_add(CUlinkState given, CUjitInputType type, void *data, size_t size,
				 const char *name, unsigned int n, CUjit_option *options,
				 void **values)
{
	struct state *state = (struct state *)given;

	CHECK(state && !state->users++);
	memset(state->log, 'a', 64);
	state->users--;
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI fake_complete(CUlinkState given, void **cubin, size_t *size)
{
	struct state *state = (struct state *)given;

	CHECK(state && !state->users++);
	free(state->cubin);
	*size = 16 + rand() % 4096;
	*cubin = state->cubin = calloc(1, *size);
	state->users--;
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI fake_destroy(CUlinkState given)
{
	struct state *state = (struct state *)given;

	CHECK(state && !state->users);
	free(state->cubin);
	free(state);
	alive--;
	return CUDA_SUCCESS;
}

/* As the dispatcher does, which looks the handle up before it calls */
static bool refer(struct dispatch *dispatch, uint64_t name, CUlinkState *state)
{
	void *object;

	memset(dispatch, 0, sizeof(*dispatch));
	dispatch->names[0] = name;
	if (!handle_get(KIND_CUlinkState, name, &object))
		return false;
	*state = object;
	return true;
}

static void create(uint64_t name)
{
	struct dispatch dispatch;
	CUlinkState state;

	if (refer(&dispatch, name, &state))
		return;
	CHECK(host_link_create(&dispatch, &state, 0, NULL, 64, 64) == CUDA_SUCCESS);
	CHECK(handle_put(name, state, 0));
}

static void add(uint64_t name)
{
	struct wire_image image = { .region = 1, .kind = WIRE_IMAGE_PLAIN, .bytes = IMAGE };
	struct wire_piece piece = { .bytes = IMAGE };
	char info[64], errors[64];
	struct dispatch dispatch;
	CUlinkState state;
	CUresult rc;
	int result;

	if (!refer(&dispatch, name, &state))
		return;
	rc = host_link_add(&dispatch, state, CU_JIT_INPUT_PTX, "x", image, piece, 0, NULL, 0,
			   sizeof(info), info, sizeof(errors), errors, &result);
	CHECK((rc == CUDA_SUCCESS && info[0] == 'a') || rc == CUDA_ERROR_INVALID_HANDLE);
}

static void complete(uint64_t name)
{
	char info[64], errors[64], data[4200];
	struct dispatch dispatch;
	CUlinkState state;
	uint64_t bytes;
	int result;

	if (!refer(&dispatch, name, &state) ||
	    host_link_complete(&dispatch, state, sizeof(info), info, sizeof(errors), errors,
			       &bytes, &result) != CUDA_SUCCESS)
		return;
	if (refer(&dispatch, name, &state))
		host_link_fetch(&dispatch, state, 0, bytes, data);
}

static void destroy(uint64_t name)
{
	struct dispatch dispatch;
	CUlinkState state;
	CUresult rc;

	if (!refer(&dispatch, name, &state))
		return;
	rc = host_link_destroy(&dispatch, state);
	CHECK(rc == CUDA_SUCCESS || rc == CUDA_ERROR_INVALID_HANDLE);
}

static pthread_mutex_t creating = PTHREAD_MUTEX_INITIALIZER;

static void *thread(void *seed)
{
	unsigned int state = (unsigned int)(uintptr_t)seed;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t name = handle_make(KIND_CUlinkState, 1, 1 + rand_r(&state) % NAMES);

		switch (rand_r(&state) % 5) {
		case 0:
			pthread_mutex_lock(&creating);
			create(name);
			pthread_mutex_unlock(&creating);
			break;
		case 1:
			destroy(name);
			break;
		case 2:
			complete(name);
			break;
		default:
			add(name);
		}
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	driver.cuLinkCreate_v2 = fake_create;
	driver.cuLinkAddData_v2 = fake_add;
	driver.cuLinkComplete = fake_complete;
	driver.cuLinkDestroy = fake_destroy;
	for (uintptr_t i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, thread, (void *)(i + 1)));
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < NAMES; i++)
		destroy(handle_make(KIND_CUlinkState, 1, 1 + i));
	CHECK(!alive);
	return 0;
}
