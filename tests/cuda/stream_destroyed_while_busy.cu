/* SPDX-License-Identifier: MIT */
/* cudaStreamDestroy of a busy stream comes back at once, and the work is still done */
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
	gate_shut(gate, stream);
	store<<<1, 1, 0, stream>>>(shared, 9);
	EXPECT(cudaSuccess, cudaStreamDestroy(stream));
	CHECK(*shared == 0);
	gate_open(gate);
	CUDA(cudaDeviceSynchronize());
	CHECK(*shared == 9);
	CUDA(cudaFreeHost((void *)shared));
	gate_destroy(gate);
	return finish();
}
