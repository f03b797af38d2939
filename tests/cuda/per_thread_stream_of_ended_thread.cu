/* SPDX-License-Identifier: MIT */
/*
 * A thread ends with work on its default stream that is held back: threads that have one already do
 * not wait for it, whole-device waits and the legacy default stream do
 *
 * A thread that is new may have to: NVIDIA's driver gives it the stream of one that has ended.
 */
#include <pthread.h>
#include <time.h>

#include "gate.h"

#define OWN cudaStreamPerThread
#define THREADS 64
#define OTHERS 4

/* 0: of the thread that has ended; 1: of others; 2: of the legacy default stream; 3: nobody's */
static volatile int *values;
static struct gate gate;
static cudaEvent_t left;
static volatile int may_return;
static pthread_barrier_t warm, work;

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

static void use_own(int value)
{
	store<<<1, 1, 0, OWN>>>(&values[1], value);
	CUDA(cudaStreamSynchronize(OWN));
	CHECK(values[1] == value);
}

/* A thread that has a default stream before the other one ends; one after another they use it. */
static void *other(void *number)
{
	static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&one);
	use_own(-(int)(intptr_t)number);
	pthread_mutex_unlock(&one);
	pthread_barrier_wait(&warm);
	pthread_barrier_wait(&work);
	pthread_mutex_lock(&one);
	EXPECT(cudaSuccess, cudaStreamQuery(OWN));
	use_own((int)(intptr_t)number);
	CHECK(!values[0]);
	pthread_mutex_unlock(&one);
	return NULL;
}

/* They come and go; every other leaves work that is soon done. */
static void *come_and_go(void *number)
{
	use_own((int)(intptr_t)number);
	if ((intptr_t)number % 2)
		store<<<1, 1, 0, OWN>>>(&values[3], 0);
	return NULL;
}

static void run(void *(*function)(void *), intptr_t argument)
{
	pthread_t thread;

	CHECK(!pthread_create(&thread, NULL, function, (void *)argument));
	CHECK(!pthread_join(thread, NULL));
}

static void let_go(void)
{
	gate_open(gate);
	may_return = 1;
}

/* Then @legacy: the legacy default stream waits for it; or the device is waited for */
static void work_is_left(void *(*leave)(void *), bool legacy)
{
	pthread_t thread, others[OTHERS];
	bool ended;

	values[0] = values[1] = values[2] = may_return = 0;
	for (int i = 0; i < OTHERS; i++)
		CHECK(!pthread_create(&others[i], NULL, other, (void *)(intptr_t)(i + 1)));
	pthread_barrier_wait(&warm);
	CHECK(!pthread_create(&thread, NULL, leave, NULL));
	ended = ends(thread);
	pthread_barrier_wait(&work);
	for (int i = 0; i < OTHERS; i++)
		CHECK(!pthread_join(others[i], NULL));
	EXPECT(cudaErrorNotReady, cudaEventQuery(left));
	if (legacy) {
		copy_value<<<1, 1, 0, cudaStreamLegacy>>>(&values[2], &values[0]);
		EXPECT(cudaErrorNotReady, cudaStreamQuery(cudaStreamLegacy));
		let_go();
		CUDA(cudaStreamSynchronize(cudaStreamLegacy));
		CHECK(values[2] == 1);
	} else {
		let_go();
		CUDA(cudaDeviceSynchronize());
	}
	CHECK(values[0] == 1);
	EXPECT(cudaSuccess, cudaEventQuery(left));
	CHECK(ended || !pthread_join(thread, NULL));
	for (int i = 1; i <= THREADS; i++)
		run(come_and_go, i);
}

int main()
{
	gate = gate_create();
	CHECK(!pthread_barrier_init(&warm, NULL, OTHERS + 1));
	CHECK(!pthread_barrier_init(&work, NULL, OTHERS + 1));
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
