/* SPDX-License-Identifier: MIT */
/* Two kernels in two streams are on the device at once: each waits for the other's signal */
#include "check.h"

__global__ void meet(volatile int *mine, volatile int *others)
{
	*mine = 1;
	__threadfence_system();
	while (!*others)
		;
}

int main()
{
	volatile int *flags;
	cudaStream_t one, two;

	CUDA(cudaStreamCreateWithFlags(&one, cudaStreamNonBlocking));
	CUDA(cudaStreamCreateWithFlags(&two, cudaStreamNonBlocking));
	CUDA(cudaMallocHost((void **)&flags, 2 * sizeof(int)));
	flags[0] = flags[1] = 1;
	meet<<<1, 1>>>(flags, flags + 1); /* so that it is loaded */
	CUDA(cudaDeviceSynchronize());
	flags[0] = flags[1] = 0;
	meet<<<1, 1, 0, one>>>(flags, flags + 1);
	meet<<<1, 1, 0, two>>>(flags + 1, flags);
	CUDA(cudaGetLastError());
	CUDA(cudaDeviceSynchronize());
	CUDA(cudaStreamDestroy(one));
	CUDA(cudaStreamDestroy(two));
	CUDA(cudaFreeHost((void *)flags));
	return finish();
}
