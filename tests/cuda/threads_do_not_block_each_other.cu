/* SPDX-License-Identifier: MIT */
/* While one thread waits for a busy stream, another one allocates, copies and computes */
#include "gate.h"
#include <pthread.h>

__global__ void twice(int *p)
{
	*p *= 2;
}

static volatile int waiting;

static void *waiter(void *stream)
{
	waiting = 1;
	CUDA(cudaStreamSynchronize((cudaStream_t)stream));
	waiting = 0;
	return NULL;
}

int main()
{
	struct gate gate = gate_create();
	cudaStream_t busy, mine;
	pthread_t other;
	int *dev, *pinned;

	CUDA(cudaStreamCreateWithFlags(&busy, cudaStreamNonBlocking));
	CUDA(cudaStreamCreateWithFlags(&mine, cudaStreamNonBlocking));
	CUDA(cudaMalloc(&dev, sizeof(int)));
	CUDA(cudaMallocHost(&pinned, sizeof(int)));
	twice<<<1, 1, 0, mine>>>(dev);
	CUDA(cudaStreamSynchronize(mine));
	gate_shut(gate, busy);
	CHECK(!pthread_create(&other, NULL, waiter, busy));
	while (!waiting)
		usleep(1000);
	usleep(10000);
	for (int i = 1; i < 50; i++) {
		*pinned = i;
		CUDA(cudaMemcpyAsync(dev, pinned, sizeof(int), cudaMemcpyHostToDevice, mine));
		twice<<<1, 1, 0, mine>>>(dev);
		CUDA(cudaMemcpyAsync(pinned, dev, sizeof(int), cudaMemcpyDeviceToHost, mine));
		CUDA(cudaStreamSynchronize(mine));
		CHECK(*pinned == 2 * i);
	}
	CHECK(waiting);
	gate_open(gate);
	pthread_join(other, NULL);
	CHECK(!waiting);
	CUDA(cudaStreamDestroy(busy));
	CUDA(cudaStreamDestroy(mine));
	CUDA(cudaFreeHost(pinned));
	CUDA(cudaFree(dev));
	gate_destroy(gate);
	return finish();
}
