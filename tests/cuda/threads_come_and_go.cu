/* SPDX-License-Identifier: MIT */
/* 200 threads one after another, each using CUDA, and a pointer handed from one to the next */
#include "check.h"
#include <pthread.h>

__global__ void increment(int *p)
{
	++*p;
}

static void *thread(void *dev)
{
	increment<<<1, 1>>>((int *)dev);
	CUDA(cudaDeviceSynchronize());
	return NULL;
}

int main()
{
	pthread_t other;
	int *dev, got = 0;

	CUDA(cudaMalloc(&dev, sizeof(*dev)));
	CUDA(cudaMemcpy(dev, &got, sizeof(got), cudaMemcpyHostToDevice));
	for (int i = 0; i < 200; i++) {
		CHECK(!pthread_create(&other, NULL, thread, dev));
		pthread_join(other, NULL);
	}
	CUDA(cudaMemcpy(&got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	CHECK(got == 200);
	CUDA(cudaFree(dev));
	return finish();
}
