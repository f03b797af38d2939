/* SPDX-License-Identifier: MIT */
/* While 100 threads wait for a busy stream, 50 others come, use the GPU, and go */
#include "gate.h"
#include <atomic>
#include <pthread.h>

#define WAITERS 100
#define WORKERS 50

/* All that a worker needs: while the gate is shut nothing may be allocated */
struct worker {
	pthread_t thread;
	cudaStream_t stream;
	int *pinned, *dev;
};

static cudaStream_t busy;
static std::atomic<int> waiting, through;

__global__ void twice(int *p)
{
	*p *= 2;
}

static void *wait_for_busy(void *unused)
{
	waiting++;
	CUDA(cudaStreamSynchronize(busy));
	through++;
	return NULL;
}

static void *work(void *data)
{
	worker *w = (worker *)data;

	for (int i = 1; i < 10; i++) {
		*w->pinned = i;
		CUDA(cudaMemcpyAsync(w->dev, w->pinned, sizeof(int), cudaMemcpyHostToDevice, w->stream));
		twice<<<1, 1, 0, w->stream>>>(w->dev);
		CUDA(cudaMemcpyAsync(w->pinned, w->dev, sizeof(int), cudaMemcpyDeviceToHost, w->stream));
		CUDA(cudaStreamSynchronize(w->stream));
		CHECK(*w->pinned == 2 * i);
	}
	return NULL;
}

int main()
{
	struct gate gate = gate_create();
	pthread_t waiters[WAITERS];
	static worker workers[WORKERS];

	CUDA(cudaStreamCreateWithFlags(&busy, cudaStreamNonBlocking));
	for (worker &w : workers) {
		CUDA(cudaStreamCreateWithFlags(&w.stream, cudaStreamNonBlocking));
		CUDA(cudaMalloc(&w.dev, sizeof(int)));
		CUDA(cudaMallocHost(&w.pinned, sizeof(int)));
		work(&w);
	}
	gate_shut(gate, busy);
	for (pthread_t &thread : waiters)
		CHECK(!pthread_create(&thread, NULL, wait_for_busy, NULL));
	while (waiting < WAITERS)
		usleep(1000);
	usleep(100000);
	for (worker &w : workers)
		CHECK(!pthread_create(&w.thread, NULL, work, &w));
	for (worker &w : workers)
		CHECK(!pthread_join(w.thread, NULL));
	CHECK(through == 0);
	gate_open(gate);
	for (pthread_t &thread : waiters)
		CHECK(!pthread_join(thread, NULL));
	CHECK(through == WAITERS);
	for (worker &w : workers) {
		CUDA(cudaStreamDestroy(w.stream));
		CUDA(cudaFree(w.dev));
		CUDA(cudaFreeHost(w.pinned));
	}
	CUDA(cudaStreamDestroy(busy));
	gate_destroy(gate);
	return finish();
}
