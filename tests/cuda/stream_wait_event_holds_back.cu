/* SPDX-License-Identifier: MIT */
/* cudaStreamWaitEvent: what comes after it waits for the other stream, the host does not */
#include "gate.h"

__global__ void store(volatile int *p, int value)
{
	*p = value;
}

int main()
{
	struct gate gate = gate_create();
	cudaStream_t first, second;
	cudaEvent_t event;
	volatile int *shared;

	CUDA(cudaStreamCreateWithFlags(&first, cudaStreamNonBlocking));
	CUDA(cudaStreamCreateWithFlags(&second, cudaStreamNonBlocking));
	CUDA(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
	CUDA(cudaMallocHost((void **)&shared, sizeof(int)));
	store<<<1, 1, 0, second>>>(shared, 0);
	CUDA(cudaStreamSynchronize(second));
	gate_shut(gate, first);
	CUDA(cudaEventRecord(event, first));
	CUDA(cudaStreamWaitEvent(second, event, 0));
	store<<<1, 1, 0, second>>>(shared, 77);
	EXPECT(cudaErrorNotReady, cudaStreamQuery(second));
	usleep(30000);
	CHECK(*shared == 0);
	EXPECT(cudaErrorNotReady, cudaStreamQuery(second));
	gate_open(gate);
	CUDA(cudaStreamSynchronize(second));
	CHECK(*shared == 77);
	EXPECT(cudaSuccess, cudaEventQuery(event));
	EXPECT(cudaErrorInvalidResourceHandle, cudaStreamWaitEvent(second, NULL, 0));
	EXPECT(cudaErrorInvalidValue, cudaStreamWaitEvent(second, event, 0x100));
	CUDA(cudaEventDestroy(event));
	CUDA(cudaStreamDestroy(first));
	CUDA(cudaStreamDestroy(second));
	CUDA(cudaFreeHost((void *)shared));
	gate_destroy(gate);
	return finish();
}
