/* SPDX-License-Identifier: MIT */
/* How a context waits is what the program has said, however busy the machine: asked again and again while threads wait */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include "check.h"

#define SECONDS	1.5
#define BYTES	4096

static CUcontext context;
static CUdevice device;
static _Atomic bool over;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

static void wait_often(CUdeviceptr memory)
{
	for (int i = 0; i < 20; i++) {
		CU(cuMemsetD8Async(memory, i, BYTES, NULL));
		CU(cuCtxSynchronize());
	}
}

static void *waiter(void *argument)
{
	CUdeviceptr memory;

	CU(cuCtxSetCurrent(context));
	CU(cuMemAlloc(&memory, BYTES));
	while (!over)
		wait_often(memory);
	CU(cuMemFree(memory));
	return NULL;
}

static void flags_are(unsigned int mine, unsigned int primary)
{
	unsigned int flags;
	int active;

	CU(cuCtxGetFlags(&flags));
	CHECK(flags == mine);
	CU(cuDevicePrimaryCtxGetState(device, &flags, &active));
	CHECK(active && flags == primary);
}

int main(void)
{
	unsigned int first, flags;
	pthread_t thread;
	CUdeviceptr memory;
	double end = now() + SECONDS;
	CUcontext other;
	int active;

	CU(cuInit(0));
	CU(cuDeviceGet(&device, 0));
	CU(cuDevicePrimaryCtxRetain(&context, device));
	CU(cuCtxSetCurrent(context));
	CU(cuCtxGetFlags(&first));
	CU(cuDevicePrimaryCtxGetState(device, &flags, &active));
	CU(cuMemAlloc(&memory, BYTES));
	CHECK(!pthread_create(&thread, NULL, waiter, NULL));
	while (now() < end) {
		wait_often(memory);
		flags_are(first, flags);
	}

	/* One that sleeps goes on to sleep, and may go while others wait */
	CU(cuCtxCreate(&other, NULL, CU_CTX_SCHED_BLOCKING_SYNC, device));
	for (int i = 0; i < 20; i++) {
		CU(cuCtxSynchronize());
		CU(cuCtxGetFlags(&first));
		CHECK((first & CU_CTX_SCHED_MASK) == CU_CTX_SCHED_BLOCKING_SYNC);
	}
	CU(cuCtxDestroy(other));
	over = true;
	CHECK(!pthread_join(thread, NULL));
	CU(cuMemFree(memory));
	CU(cuDevicePrimaryCtxRelease(device));
	return finish();
}
