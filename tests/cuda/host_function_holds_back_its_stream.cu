/* SPDX-License-Identifier: MIT */
/* What follows a host function in its stream waits for it; other streams do not */
#include "check.h"

static volatile int may_return, running;

__global__ void store(volatile int *p, int value)
{
	*p = value;
}

static void CUDART_CB hold(void *data)
{
	running = 1;
	while (!may_return)
		usleep(100);
}

int main()
{
	cudaStream_t held, free_stream;
	cudaEvent_t event;
	int *values;

	CUDA(cudaStreamCreateWithFlags(&held, cudaStreamNonBlocking));
	CUDA(cudaStreamCreateWithFlags(&free_stream, cudaStreamNonBlocking));
	CUDA(cudaEventCreate(&event));
	CUDA(cudaMallocHost((void **)&values, 2 * sizeof(int)));
	values[0] = values[1] = 0;
	store<<<1, 1, 0, held>>>(&values[0], 1); /* so that it is loaded */
	CUDA(cudaStreamSynchronize(held));

	CUDA(cudaLaunchHostFunc(held, hold, NULL));
	store<<<1, 1, 0, held>>>(&values[0], 2);
	CUDA(cudaEventRecord(event, held));
	store<<<1, 1, 0, free_stream>>>(&values[1], 3);
	CUDA(cudaStreamSynchronize(free_stream));
	while (!running)
		usleep(100);
	EXPECT(cudaErrorNotReady, cudaStreamQuery(held));
	EXPECT(cudaErrorNotReady, cudaEventQuery(event));
	printf("%d %d\n", values[0], values[1]);
	CHECK(values[0] == 1 && values[1] == 3);
	may_return = 1;
	CUDA(cudaEventSynchronize(event));
	printf("%d %d\n", values[0], values[1]);
	CHECK(values[0] == 2);

	CUDA(cudaFreeHost(values));
	CUDA(cudaEventDestroy(event));
	CUDA(cudaStreamDestroy(held));
	CUDA(cudaStreamDestroy(free_stream));
	return finish();
}
