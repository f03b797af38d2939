/* SPDX-License-Identifier: MIT */
/* CUDA calls in a host function are refused, and leave the program's own as they were */
#include "check.h"

static cudaError_t allocated, synchronised, launched;
static void *memory;

static void CUDART_CB nothing(void *data)
{
}

static void CUDART_CB call_cuda(void *data)
{
	allocated = cudaMalloc(&memory, 1 << 20);
	synchronised = cudaStreamSynchronize(*(cudaStream_t *)data);
	launched = cudaLaunchHostFunc(*(cudaStream_t *)data, nothing, NULL);
}

int main(void)
{
	cudaStream_t stream;

	CUDA(cudaStreamCreate(&stream));
	CUDA(cudaLaunchHostFunc(stream, call_cuda, &stream));
	CUDA(cudaStreamSynchronize(stream));
	EXPECT(cudaErrorNotPermitted, allocated);
	EXPECT(cudaErrorNotPermitted, synchronised);
	EXPECT(cudaErrorNotPermitted, launched);
	CUDA(cudaMalloc(&memory, 1 << 20));
	CUDA(cudaFree(memory));
	CUDA(cudaStreamDestroy(stream));
	return finish();
}
