/* SPDX-License-Identifier: MIT */
/* The worker dies: threads that wait are woken, and every call says so from then on */
/* links: qcu-library/cuda_library.c tests/unit/double/host.c */
#include <pthread.h>
#include <unistd.h>

#include "tests/unit/double/host.h"

#define THREADS 20

static CUcontext context;
static _Atomic int waiting;

static CUresult wait_long(struct arg *argv)
{
	waiting++;
	pause();
	return CUDA_SUCCESS;
}

static void *wait_for_stream(void *argument)
{
	CHECK(!cuCtxSetCurrent(context));
	CHECK(cuStreamSynchronize(NULL) == CUDA_ERROR_DEVICE_UNAVAILABLE);
	CHECK(cuStreamSynchronize(NULL) == CUDA_ERROR_DEVICE_UNAVAILABLE);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	void *pinned, *plain = aligned_alloc(4096, 8192);
	CUdeviceptr memory;
	CUevent event;
	int n;

	host_answers[CALL_cuStreamSynchronize] = wait_long;
	host_start();
	CHECK(!cuCtxGetCurrent(&context) && !cuEventCreate(&event, 0));
	CHECK(!cuMemAlloc(&memory, 1000) && !cuMemHostAlloc(&pinned, 1000, 0));
	CHECK(!cuMemHostRegister(plain, 8192, 0));
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, wait_for_stream, NULL));
	while (waiting < THREADS)
		usleep(1000);
	host_die();
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	CHECK(cuEventRecord(event, NULL) == CUDA_ERROR_DEVICE_UNAVAILABLE);
	CHECK(cuMemFree(memory) == CUDA_ERROR_DEVICE_UNAVAILABLE);
	CHECK(cuMemFreeHost(pinned) == CUDA_ERROR_DEVICE_UNAVAILABLE);
	CHECK(cuMemHostUnregister(plain) == CUDA_ERROR_DEVICE_UNAVAILABLE);
	CHECK(cuDeviceGetCount(&n) == CUDA_ERROR_DEVICE_UNAVAILABLE);
	CHECK(cuInit(0) == CUDA_ERROR_DEVICE_UNAVAILABLE);
	CHECK(cuGraphDestroy(NULL) == CUDA_ERROR_DEVICE_UNAVAILABLE);
	free(plain);
	return 0;
}
