/* SPDX-License-Identifier: MIT */
/*
 * More threads than channels; rings that fill up; tickets in order all the while
 *
 * The host checks that asynchronous commands run in the order of their tickets; a
 * ticket that is taken and not published would stop everything, which is the test.
 */
/* links: qcu-library/cuda_library.c tests/unit/double/host.c */
#include <pthread.h>
#include <string.h>

#include "tests/unit/double/host.h"

#define THREADS	100	/* more than the double has channels */
#define ROUNDS	40
#define BURST	25

static CUcontext context;

/* Asynchronous commands, so large that a few bursts fill a ring, and answers in between */
static void *work(void *argument)
{
	char zeroes[16000] = "", got[16000];
	CUstream stream;
	CUevent event;

	CHECK(!cuCtxSetCurrent(context));
	CHECK(!cuStreamCreate(&stream, 0) && !cuEventCreate(&event, 0));
	for (int i = 0; i < ROUNDS; i++) {
		for (int j = 0; j < BURST; j++)
			CHECK(!cuEventRecord(event, stream));
		CHECK(!cuStreamWaitEvent(stream, event, 0));
		memset(got, 1, sizeof(got));
		CHECK(!cuMemcpyHtoD(0x1000, zeroes, sizeof(zeroes)));
		CHECK(!cuMemcpyDtoH(got, 0x1000, sizeof(got)));
		CHECK(!memcmp(got, zeroes, sizeof(got)));
	}
	CHECK(!cuStreamSynchronize(stream));
	CHECK(!cuEventDestroy(event) && !cuStreamDestroy(stream));
	return NULL;
}

static void run(int n)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < n; i++)
		CHECK(!pthread_create(&threads[i], NULL, work, NULL));
	for (int i = 0; i < n; i++)
		CHECK(!pthread_join(threads[i], NULL));
}

/* One thread, no answers: the ring must fill and the thread wait for room. */
static void fill_ring(void)
{
	CUevent event;

	CHECK(!cuEventCreate(&event, 0));
	host_delay_us = 1;
	for (int i = 0; i < 20000; i++)
		CHECK(!cuEventRecord(event, NULL));
	host_delay_us = 0;
	CHECK(!cuEventSynchronize(event) && !cuEventDestroy(event));
	CHECK(host_count[CALL_cuEventRecord] == 20000);
}

int main(void)
{
	unsigned expected;

	host_start();
	CHECK(!cuCtxGetCurrent(&context));
	fill_ring();
	expected = host_count[CALL_cuEventRecord];
	run(1);
	run(8);
	CHECK(host_channels <= 10);	/* threads that end give their channels back */
	run(THREADS);
	CHECK(host_channels == QCUDA_OLD_CHANNELS - 1);
	expected += (1 + 8 + THREADS) * ROUNDS * BURST;
	CHECK(host_count[CALL_cuEventRecord] == expected);
	return 0;
}
