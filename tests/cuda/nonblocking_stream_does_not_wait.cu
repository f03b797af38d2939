/* SPDX-License-Identifier: MIT */
/* A non-blocking stream runs beside a default stream that is busy */
#include "gate.h"

__global__ void store(volatile int *p, int value)
{
	*p = value;
}

int main()
{
	struct gate gate = gate_create();
	volatile int *shared;
	cudaStream_t stream;

	CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
	CUDA(cudaMallocHost((void **)&shared, sizeof(int)));
	store<<<1, 1, 0, stream>>>(shared, 0);
	CUDA(cudaStreamSynchronize(stream));
	gate_shut(gate, 0);
	store<<<1, 1, 0, stream>>>(shared, 5);
	CUDA(cudaStreamSynchronize(stream));
	CHECK(*shared == 5);
	EXPECT(cudaErrorNotReady, cudaStreamQuery(0));
	gate_open(gate);
	CUDA(cudaDeviceSynchronize());
	EXPECT(cudaSuccess, cudaStreamQuery(0));
	CUDA(cudaStreamDestroy(stream));
	CUDA(cudaFreeHost((void *)shared));
	gate_destroy(gate);
	return finish();
}
