/* SPDX-License-Identifier: MIT */
/* Built with --default-stream per-thread: each thread's default stream is its own */
#include "gate.h"
#include <pthread.h>

__global__ void store(volatile int *p, int value)
{
	*p = value;
}

static volatile int *shared;

static void *thread(void *unused)
{
	store<<<1, 1>>>(shared, 8);
	CUDA(cudaStreamSynchronize(0));
	CHECK(*shared == 8);
	return NULL;
}

int main()
{
	struct gate gate = gate_create();
	pthread_t other;

	CUDA(cudaMallocHost((void **)&shared, sizeof(int)));
	store<<<1, 1>>>(shared, 0);
	CUDA(cudaDeviceSynchronize());
	gate_shut(gate, 0);
	EXPECT(cudaErrorNotReady, cudaStreamQuery(0));
	/* the other thread's default stream does not wait for this one's */
	CHECK(!pthread_create(&other, NULL, thread, NULL));
	pthread_join(other, NULL);
	EXPECT(cudaErrorNotReady, cudaStreamQuery(0));
	EXPECT(cudaErrorNotReady, cudaStreamQuery(cudaStreamPerThread));
	gate_open(gate);
	CUDA(cudaStreamSynchronize(0));
	EXPECT(cudaSuccess, cudaStreamQuery(0));
	CUDA(cudaFreeHost((void *)shared));
	gate_destroy(gate);
	return finish();
}
