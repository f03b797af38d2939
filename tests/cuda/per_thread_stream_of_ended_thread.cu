/* SPDX-License-Identifier: MIT */
/*
 * A thread ends with work on its default stream that is held back: new threads' default streams
 * do not wait for it, whole-device waits and the legacy default stream do
 */
#include <pthread.h>
#include <time.h>

#include "gate.h"

#define OWN cudaStreamPerThread
#define THREADS 64

/* 0: of the thread that has ended; 1: of others; 2: of the legacy default stream; 3: nobody's */
static volatile int *values;
static struct gate gate;
static cudaEvent_t left;
static volatile int may_return;

static __global__ void store(volatile int *p, int value)
{
	*p = value;
}

static __global__ void copy_value(volatile int *to, const volatile int *from)
{
	*to = *from;
}

static void CUDART_CB hold(void *unused)
{
	while (!may_return)
		usleep(100);
}

static void *leave_behind_kernel(void *unused)
{
	gate_shut(gate, OWN);
	store<<<1, 1, 0, OWN>>>(&values[0], 1);
	CUDA(cudaEventRecord(left, OWN));
	return NULL;
}

static void *leave_behind_function(void *unused)
{
	CUDA(cudaLaunchHostFunc(OWN, hold, NULL));
	store<<<1, 1, 0, OWN>>>(&values[0], 1);
	CUDA(cudaEventRecord(left, OWN));
	return NULL;
}

/* CUDA does not say that a thread ends before its default stream does: give it some seconds. */
static bool ends(pthread_t thread)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 5;
	return !pthread_timedjoin_np(thread, NULL, &until);
}

static void *use_own(void *number)
{
	int value = (int)(intptr_t)number;

	EXPECT(cudaSuccess, cudaStreamQuery(OWN));
	store<<<1, 1, 0, OWN>>>(&values[1], value);
	CUDA(cudaStreamSynchronize(OWN));
	CHECK(values[1] == value && !values[0]);
	return NULL;
}

/* They come and go; every other leaves work that is soon done. */
static void *leave_more(void *number)
{
	use_own(number);
	if ((intptr_t)number % 2)
		store<<<1, 1, 0, OWN>>>(&values[3], 0);
	return NULL;
}

static void *let_go(void *unused)
{
	use_own((void *)(intptr_t)7);
	gate_open(gate);
	may_return = 1;
	return NULL;
}

static void run(void *(*function)(void *), intptr_t argument)
{
	pthread_t thread;

	CHECK(!pthread_create(&thread, NULL, function, (void *)argument));
	CHECK(!pthread_join(thread, NULL));
}

/* Then @legacy: the legacy default stream waits for it; or the device is waited for */
static void work_is_left(void *(*leave)(void *), bool legacy)
{
	pthread_t thread;
	bool ended;

	values[0] = values[1] = values[2] = may_return = 0;
	CHECK(!pthread_create(&thread, NULL, leave, NULL));
	ended = ends(thread);
	for (int i = 1; i <= THREADS; i++)
		run(leave_more, i);
	EXPECT(cudaErrorNotReady, cudaEventQuery(left));
	if (legacy) {
		copy_value<<<1, 1, 0, cudaStreamLegacy>>>(&values[2], &values[0]);
		EXPECT(cudaErrorNotReady, cudaStreamQuery(cudaStreamLegacy));
		/* Who comes now waits for the legacy default stream. */
		gate_open(gate);
		may_return = 1;
		CUDA(cudaStreamSynchronize(cudaStreamLegacy));
		CHECK(values[2] == 1);
	} else {
		run(let_go, 0);
		CUDA(cudaDeviceSynchronize());
	}
	CHECK(values[0] == 1);
	EXPECT(cudaSuccess, cudaEventQuery(left));
	CHECK(ended || !pthread_join(thread, NULL));
}

int main()
{
	gate = gate_create();
	CUDA(cudaMallocHost((void **)&values, 4 * sizeof(*values)));
	CUDA(cudaEventCreateWithFlags(&left, cudaEventDisableTiming));
	values[0] = 0;
	store<<<1, 1>>>(&values[1], 0);	/* so that they are loaded */
	copy_value<<<1, 1>>>(&values[2], &values[0]);
	CUDA(cudaDeviceSynchronize());
	work_is_left(leave_behind_kernel, false);
	work_is_left(leave_behind_kernel, true);
	work_is_left(leave_behind_function, false);
	work_is_left(leave_behind_function, true);
	CUDA(cudaEventDestroy(left));
	CUDA(cudaFreeHost((void *)values));
	gate_destroy(gate);
	return finish();
}
