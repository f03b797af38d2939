/* SPDX-License-Identifier: MIT */
/* A program may end while host functions are pending and one runs */
#include "check.h"

static volatile int running;

static void CUDART_CB slow(void *data)
{
	running = 1;
	usleep(20000);
}

int main(void)
{
	cudaStream_t stream;

	CUDA(cudaStreamCreate(&stream));
	for (int i = 0; i < 10; i++)
		CUDA(cudaLaunchHostFunc(stream, slow, NULL));
	while (!running)
		usleep(100);
	return finish();
}
