/* SPDX-License-Identifier: MIT */
/* Mapped memory is shared while a kernel runs: host and kernel answer each other 50 times */
#include "check.h"
#include <time.h>

__global__ void answer(volatile int *ball, int rounds)
{
	for (int i = 0; i < rounds; i++) {
		while (*ball != 2 * i + 1)
			;
		*ball = 2 * i + 2;
		__threadfence_system();
	}
}

int main()
{
	volatile int *ball;
	time_t start = time(NULL);

	CUDA(cudaHostAlloc((void **)&ball, sizeof(*ball), cudaHostAllocMapped));
	*ball = 0;
	answer<<<1, 1>>>(ball, 50);
	CUDA(cudaGetLastError());
	for (int i = 0; i < 50; i++) {
		*ball = 2 * i + 1;
		__sync_synchronize();
		while (*ball != 2 * i + 2)
			CHECK(time(NULL) - start < 40);
	}
	CUDA(cudaDeviceSynchronize());
	CUDA(cudaFreeHost((void *)ball));
	return finish();
}
