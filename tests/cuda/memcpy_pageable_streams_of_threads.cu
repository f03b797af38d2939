/* SPDX-License-Identifier: MIT */
/*
 * Threads copy pageable memory on their own default streams, or on streams that they destroy:
 * what one has under way no other disturbs, and nobody sees an error
 */
#include <pthread.h>
#include <semaphore.h>

#include "check.h"

#define BYTES	20000
#define OTHERS	500	/* copies of another thread: more than anybody keeps in staging memory */
#define THREADS	4
#define ROUNDS	100

static __global__ void wait_for_host(volatile unsigned int *flag)
{
	while (!*flag)
		;
}

static volatile unsigned int *flag;
static unsigned char *dev_first, *dev_others;
static sem_t copied, may_end;

/* Behind a kernel that waits, on this thread's default stream */
static void *copy_later(void *data)
{
	unsigned char *host = (unsigned char *)malloc(BYTES);

	CHECK(host);
	memcpy(host, data, BYTES);
	wait_for_host<<<1, 1, 0, cudaStreamPerThread>>>(flag);
	CUDA(cudaMemcpyAsync(dev_first, host, BYTES, cudaMemcpyHostToDevice, cudaStreamPerThread));
	memset(host, 0, BYTES);
	sem_post(&copied);
	sem_wait(&may_end);
	CUDA(cudaStreamSynchronize(cudaStreamPerThread));
	free(host);
	return NULL;
}

/* Meanwhile, on another's */
static void *copy_much(void *data)
{
	unsigned char *host = (unsigned char *)malloc(BYTES);

	CHECK(host);
	for (int i = 0; i < OTHERS; i++) {
		memset(host, i, BYTES);
		CUDA(cudaMemcpyAsync(dev_others, host, BYTES, cudaMemcpyHostToDevice,
				     cudaStreamPerThread));
	}
	CUDA(cudaStreamSynchronize(cudaStreamPerThread));
	free(host);
	return NULL;
}

static void default_streams_are_the_threads(void)
{
	unsigned char *data = (unsigned char *)rng_bytes(BYTES);
	unsigned char *got = (unsigned char *)malloc(BYTES);
	pthread_t first, other;

	CHECK(got && !sem_init(&copied, 0, 0) && !sem_init(&may_end, 0, 0));
	CHECK(!pthread_create(&first, NULL, copy_later, data));
	sem_wait(&copied);
	CHECK(!pthread_create(&other, NULL, copy_much, NULL));
	CHECK(!pthread_join(other, NULL));
	*flag = 1;
	sem_post(&may_end);
	CHECK(!pthread_join(first, NULL));
	CUDA(cudaMemcpy(got, dev_first, BYTES, cudaMemcpyDeviceToHost));
	CHECK_SAME(got, data, BYTES);
	free(got);
	free(data);
}

static void *copy_and_destroy(void *unused)
{
	unsigned char *host = (unsigned char *)rng_bytes(BYTES), *dev;
	cudaStream_t stream;

	CUDA(cudaMalloc((void **)&dev, BYTES));
	for (int i = 0; i < ROUNDS; i++) {
		CUDA(cudaStreamCreate(&stream));
		CUDA(cudaMemcpyAsync(dev, host, BYTES, cudaMemcpyHostToDevice, stream));
		if (i % 2)
			CUDA(cudaStreamSynchronize(stream));
		CUDA(cudaStreamDestroy(stream));
		CUDA(cudaMemcpyAsync(dev, host, BYTES, cudaMemcpyHostToDevice, 0));
		CUDA(cudaGetLastError());
	}
	CUDA(cudaDeviceSynchronize());
	CUDA(cudaFree(dev));
	free(host);
	return NULL;
}

static void streams_are_destroyed(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, copy_and_destroy, NULL));
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	CUDA(cudaDeviceSynchronize());
}

int main()
{
	CUDA(cudaMallocHost((void **)&flag, sizeof(*flag)));
	CUDA(cudaMalloc((void **)&dev_first, BYTES));
	CUDA(cudaMalloc((void **)&dev_others, BYTES));
	*flag = 0;
	copy_much(NULL);
	default_streams_are_the_threads();
	streams_are_destroyed();
	CUDA(cudaFree(dev_first));
	CUDA(cudaFree(dev_others));
	CUDA(cudaFreeHost((void *)flag));
	return finish();
}
