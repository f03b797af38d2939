/* SPDX-License-Identifier: MIT */
/* Eight threads, a stream each: every host function runs once, after the work before it */
#include <pthread.h>

#include "check.h"

#define THREADS 8
#define ROUNDS	50

struct job {
	cudaStream_t stream;
	volatile int *value;	/* pinned; the kernel counts it up */
	int ran, wrong;
};

__global__ void count(volatile int *value)
{
	++*value;
}

static void CUDART_CB check(void *data)
{
	struct job *job = (struct job *)data;

	if (*job->value != ++job->ran)
		job->wrong++;
}

static void *run(void *data)
{
	struct job *job = (struct job *)data;

	CUDA(cudaStreamCreateWithFlags(&job->stream, cudaStreamNonBlocking));
	for (int i = 0; i < ROUNDS; i++) {
		count<<<1, 1, 0, job->stream>>>(job->value);
		CUDA(cudaLaunchHostFunc(job->stream, check, job));
	}
	CUDA(cudaStreamSynchronize(job->stream));
	CUDA(cudaStreamDestroy(job->stream));
	return NULL;
}

int main()
{
	struct job jobs[THREADS] = {};
	pthread_t threads[THREADS];
	int *values;

	CUDA(cudaMallocHost((void **)&values, THREADS * sizeof(int)));
	memset(values, 0, THREADS * sizeof(int));
	for (int i = 0; i < THREADS; i++) {
		jobs[i].value = &values[i];
		CHECK(!pthread_create(&threads[i], NULL, run, &jobs[i]));
	}
	for (int i = 0; i < THREADS; i++) {
		CHECK(!pthread_join(threads[i], NULL));
		printf("thread %d: %d ran, %d out of order\n", i, jobs[i].ran, jobs[i].wrong);
		CHECK(jobs[i].ran == ROUNDS && !jobs[i].wrong);
	}
	CUDA(cudaFreeHost(values));
	return finish();
}
