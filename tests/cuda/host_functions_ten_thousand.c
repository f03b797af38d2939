/* SPDX-License-Identifier: MIT */
/* Ten thousand host functions in two streams, more than any queue holds */
#include "check.h"

#define COUNT 10000

static int ran[2];

static void CUDART_CB count(void *data)
{
	++*(int *)data;
}

int main(void)
{
	cudaStream_t streams[2];

	for (int i = 0; i < 2; i++)
		CUDA(cudaStreamCreate(&streams[i]));
	for (int i = 0; i < COUNT; i++)
		CUDA(cudaLaunchHostFunc(streams[i % 2], count, &ran[i % 2]));
	CUDA(cudaDeviceSynchronize());
	printf("%d %d\n", ran[0], ran[1]);
	CHECK(ran[0] == COUNT / 2 && ran[1] == COUNT / 2);
	for (int i = 0; i < 2; i++)
		CUDA(cudaStreamDestroy(streams[i]));
	return finish();
}
