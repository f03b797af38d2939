/* SPDX-License-Identifier: MIT */
/* Memory, stream and event made in one thread are used in another after the first has ended */
#include "check.h"
#include <pthread.h>

static struct {
	unsigned *dev, *pinned;
	cudaStream_t stream;
	cudaEvent_t event;
} made;

__global__ void twice(unsigned *p)
{
	*p *= 2;
}

static void *maker(void *unused)
{
	CUDA(cudaMalloc(&made.dev, sizeof(unsigned)));
	CUDA(cudaMallocHost(&made.pinned, sizeof(unsigned)));
	CUDA(cudaStreamCreate(&made.stream));
	CUDA(cudaEventCreate(&made.event));
	*made.pinned = 17;
	CUDA(cudaMemcpyAsync(made.dev, made.pinned, sizeof(unsigned), cudaMemcpyHostToDevice,
			     made.stream));
	twice<<<1, 1, 0, made.stream>>>(made.dev);
	CUDA(cudaEventRecord(made.event, made.stream));
	return NULL;
}

int main()
{
	pthread_t other;

	CHECK(!pthread_create(&other, NULL, maker, NULL));
	pthread_join(other, NULL);
	CUDA(cudaEventSynchronize(made.event));
	twice<<<1, 1, 0, made.stream>>>(made.dev);
	CUDA(cudaMemcpyAsync(made.pinned, made.dev, sizeof(unsigned), cudaMemcpyDeviceToHost,
			     made.stream));
	CUDA(cudaStreamSynchronize(made.stream));
	CHECK(*made.pinned == 68);
	CUDA(cudaEventDestroy(made.event));
	CUDA(cudaStreamDestroy(made.stream));
	CUDA(cudaFreeHost(made.pinned));
	CUDA(cudaFree(made.dev));
	return finish();
}
