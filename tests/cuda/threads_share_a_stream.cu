/* SPDX-License-Identifier: MIT */
/* Four threads feed one stream: every launch is done once */
#include "check.h"
#include <pthread.h>

static cudaStream_t stream;
static unsigned *dev;

__global__ void add(unsigned *p, unsigned x)
{
	*p += x; /* no atomic: kernels in a stream do not overlap */
}

static void *thread(void *id)
{
	for (int i = 0; i < 300; i++)
		add<<<1, 1, 0, stream>>>(dev, (unsigned)(uintptr_t)id);
	CUDA(cudaGetLastError());
	return NULL;
}

int main()
{
	pthread_t threads[4];
	unsigned got;

	CUDA(cudaStreamCreate(&stream));
	CUDA(cudaMalloc(&dev, sizeof(*dev)));
	CUDA(cudaMemset(dev, 0, sizeof(*dev)));
	for (uintptr_t i = 0; i < 4; i++)
		CHECK(!pthread_create(&threads[i], NULL, thread, (void *)(i * 100 + 1)));
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	CUDA(cudaStreamSynchronize(stream));
	CUDA(cudaMemcpy(&got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	CHECK(got == 300 * (1 + 101 + 201 + 301));
	CUDA(cudaStreamDestroy(stream));
	CUDA(cudaFree(dev));
	return finish();
}
