/* SPDX-License-Identifier: MIT */
/* cudaLaunchHostFunc and cudaStreamAddCallback run in this process, in stream order */
#include "check.h"

static char order[16];
static volatile int *shared;

__global__ void store(volatile int *p, int value)
{
	*p = value;
}

static void CUDART_CB note(void *data)
{
	snprintf(order + strlen(order), 4, "%c%d", *(const char *)data, *shared);
}

static void CUDART_CB callback(cudaStream_t stream, cudaError_t status, void *data)
{
	if (status == cudaSuccess)
		note(data);
}

int main()
{
	char a = 'a', b = 'b', c = 'c';
	cudaStream_t stream;

	CUDA(cudaStreamCreate(&stream));
	CUDA(cudaMallocHost((void **)&shared, sizeof(int)));
	*shared = 0;
	store<<<1, 1, 0, stream>>>(shared, 1);
	CUDA(cudaLaunchHostFunc(stream, note, &a));
	store<<<1, 1, 0, stream>>>(shared, 2);
	CUDA(cudaStreamAddCallback(stream, callback, &b, 0));
	store<<<1, 1, 0, stream>>>(shared, 3);
	CUDA(cudaLaunchHostFunc(stream, note, &c));
	CUDA(cudaStreamSynchronize(stream));
	puts(order);
	CHECK(!strcmp(order, "a1b2c3"));
	EXPECT(cudaErrorInvalidValue, cudaLaunchHostFunc(stream, NULL, &a));
	CUDA(cudaStreamDestroy(stream));
	CUDA(cudaFreeHost((void *)shared));
	return finish();
}
