/* SPDX-License-Identifier: MIT */
/* cudaDeviceSynchronize, cudaStreamSynchronize, cudaEventSynchronize and cudaMemcpy do wait */
#include "gate.h"
#include <pthread.h>

__global__ void store(volatile int *p, int value)
{
	*p = value;
}

/* opens the gate a little later, from another thread */
static void *opener(void *gate)
{
	usleep(20000);
	gate_open(*(struct gate *)gate);
	return NULL;
}

int main()
{
	struct gate gate = gate_create();
	volatile int *shared;
	cudaStream_t stream;
	cudaEvent_t event;
	pthread_t other;
	int *dev, value;

	CUDA(cudaStreamCreate(&stream));
	CUDA(cudaEventCreateWithFlags(&event, cudaEventBlockingSync));
	CUDA(cudaMallocHost((void **)&shared, sizeof(int)));
	CUDA(cudaMalloc(&dev, sizeof(int)));
	store<<<1, 1, 0, stream>>>(shared, 0);
	CUDA(cudaDeviceSynchronize());
	for (int how = 0; how < 5; how++) {
		*shared = 0;
		gate_shut(gate, stream);
		store<<<1, 1, 0, stream>>>(shared, how + 1);
		store<<<1, 1, 0, stream>>>(dev, how + 1);
		CUDA(cudaEventRecord(event, stream));
		CHECK(!pthread_create(&other, NULL, opener, &gate));
		if (how == 0)
			CUDA(cudaDeviceSynchronize());
		else if (how == 1)
			CUDA(cudaStreamSynchronize(stream));
		else if (how == 2)
			CUDA(cudaEventSynchronize(event));
		else if (how == 3)
			CUDA(cudaMemcpy(&value, dev, sizeof(value), cudaMemcpyDeviceToHost));
		else
			CUDA(cudaStreamSynchronize(0)); /* legacy: after every blocking stream */
		CHECK(*shared == how + 1);
		CHECK(how != 3 || value == how + 1);
		pthread_join(other, NULL);
		CUDA(cudaDeviceSynchronize());
	}
	CUDA(cudaEventDestroy(event));
	CUDA(cudaStreamDestroy(stream));
	CUDA(cudaFreeHost((void *)shared));
	CUDA(cudaFree(dev));
	gate_destroy(gate);
	return finish();
}
