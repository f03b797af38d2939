/* SPDX-License-Identifier: MIT */
/* A process that ruins its context ruins its own only: three others, started before and after */
#include "check.h"
#include <sys/wait.h>

__global__ void store(int *p, int value)
{
	*p = value;
}

static int work(bool ruin)
{
	int *dev, value = 0;

	CUDA(cudaMalloc(&dev, sizeof(*dev)));
	store<<<1, 1>>>(ruin ? (int *)0x10 : dev, 7);
	if (ruin)
		return cudaDeviceSynchronize() == cudaErrorIllegalAddress ? 0 : 1;
	for (int i = 0; i < 20; i++) {
		store<<<1, 1>>>(dev, i);
		CUDA(cudaMemcpy(&value, dev, sizeof(value), cudaMemcpyDeviceToHost));
		CHECK(value == i);
		usleep(5000);
	}
	return 0;
}

int main()
{
	int status;

	for (int i = 0; i < 4; i++)
		if (fork() == 0)
			_exit(work(i == 1));
	for (int i = 0; i < 4; i++) {
		CHECK(wait(&status) > 0);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	CHECK(work(false) == 0);
	return finish();
}
