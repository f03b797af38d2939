/* SPDX-License-Identifier: MIT */
/* With CUDA_LAUNCH_BLOCKING=1 a launch returns when the kernel has ended */
#include "check.h"

__global__ void store_late(volatile int *p, volatile int *scratch)
{
	for (int i = 0; i < 2000; i++)
		*scratch = i;
	*p = 1;
}

int main()
{
	volatile int *shared;
	int *scratch;

	CHECK(!setenv("CUDA_LAUNCH_BLOCKING", "1", 1));
	CUDA(cudaMallocHost((void **)&shared, sizeof(int)));
	CUDA(cudaMalloc(&scratch, sizeof(int)));
	for (int i = 0; i < 10; i++) {
		*shared = 0;
		store_late<<<1, 1>>>(shared, scratch);
		CHECK(*shared == 1);
	}
	CUDA(cudaGetLastError());
	store_late<<<1, 1>>>((int *)0x20, scratch);
	EXPECT(cudaErrorIllegalAddress, cudaPeekAtLastError());
	return finish();
}
