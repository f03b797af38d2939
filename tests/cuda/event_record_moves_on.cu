/* SPDX-License-Identifier: MIT */
/* Recording an event again moves it: a stream that waited earlier keeps what it waited for */
#include "gate.h"

__global__ void store(volatile int *p, int value)
{
	*p = value;
}

int main()
{
	struct gate first = gate_create(), second = gate_create();
	cudaStream_t busy, waiter;
	volatile int *shared;
	cudaEvent_t event;

	CUDA(cudaStreamCreateWithFlags(&busy, cudaStreamNonBlocking));
	CUDA(cudaStreamCreateWithFlags(&waiter, cudaStreamNonBlocking));
	CUDA(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
	CUDA(cudaMallocHost((void **)&shared, sizeof(int)));
	store<<<1, 1, 0, waiter>>>(shared, 0);
	CUDA(cudaDeviceSynchronize());
	gate_shut(first, busy);
	CUDA(cudaEventRecord(event, busy));
	CUDA(cudaStreamWaitEvent(waiter, event, 0));
	store<<<1, 1, 0, waiter>>>(shared, 1);
	gate_shut(second, busy);
	CUDA(cudaEventRecord(event, busy));
	gate_open(first);
	/* the second gate is shut, so the event is not ready, but the waiter goes on */
	CUDA(cudaStreamSynchronize(waiter));
	CHECK(*shared == 1);
	EXPECT(cudaErrorNotReady, cudaEventQuery(event));
	gate_open(second);
	CUDA(cudaEventSynchronize(event));
	CUDA(cudaEventDestroy(event));
	CUDA(cudaStreamDestroy(busy));
	CUDA(cudaStreamDestroy(waiter));
	CUDA(cudaFreeHost((void *)shared));
	gate_destroy(first);
	gate_destroy(second);
	return finish();
}
