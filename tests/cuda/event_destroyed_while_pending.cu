/* SPDX-License-Identifier: MIT */
/* An event may be destroyed before it happens: a stream that waits for it still waits */
#include "gate.h"

__global__ void store(volatile int *p, int value)
{
	*p = value;
}

int main()
{
	struct gate gate = gate_create();
	cudaStream_t first, second;
	volatile int *shared;
	cudaEvent_t event;

	CUDA(cudaStreamCreateWithFlags(&first, cudaStreamNonBlocking));
	CUDA(cudaStreamCreateWithFlags(&second, cudaStreamNonBlocking));
	CUDA(cudaMallocHost((void **)&shared, sizeof(int)));
	store<<<1, 1, 0, second>>>(shared, 0);
	CUDA(cudaDeviceSynchronize());
	CUDA(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
	gate_shut(gate, first);
	CUDA(cudaEventRecord(event, first));
	CUDA(cudaStreamWaitEvent(second, event, 0));
	EXPECT(cudaSuccess, cudaEventDestroy(event));
	store<<<1, 1, 0, second>>>(shared, 3);
	usleep(20000);
	CHECK(*shared == 0);
	gate_open(gate);
	CUDA(cudaStreamSynchronize(second));
	CHECK(*shared == 3);
	CUDA(cudaStreamDestroy(first));
	CUDA(cudaStreamDestroy(second));
	CUDA(cudaFreeHost((void *)shared));
	gate_destroy(gate);
	return finish();
}
