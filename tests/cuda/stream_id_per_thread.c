/* SPDX-License-Identifier: MIT */
/* The default stream of each thread has an id of its own; the legacy one has the same in all */
#include <pthread.h>

#include "ptx.h"

#define THREADS 4

static CUcontext context;
static unsigned long long own[THREADS], legacy[THREADS];
static pthread_barrier_t all_alive;

static void *ask(void *index)
{
	int i = (int)(intptr_t)index;

	CU(cuCtxSetCurrent(context));
	for (int twice = 0; twice < 2; twice++) {
		CU(cuStreamGetId(CU_STREAM_PER_THREAD, &own[i]));
		CU(cuStreamGetId(CU_STREAM_LEGACY, &legacy[i]));
	}
	pthread_barrier_wait(&all_alive);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	context = ptx_context();
	CHECK(!pthread_barrier_init(&all_alive, NULL, THREADS));
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, ask, (void *)(intptr_t)i));
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	for (int i = 0; i < THREADS; i++) {
		CHECK(legacy[i] == legacy[0] && own[i] != legacy[i]);
		for (int j = 0; j < i; j++)
			CHECK(own[i] != own[j]);
	}
	return finish();
}
