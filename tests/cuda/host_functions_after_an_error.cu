/* SPDX-License-Identifier: MIT */
/* After an illegal address a stream's host functions are not run, and its callbacks are told */
#include "gate.h"

static volatile int functions, callbacks;
static volatile cudaError_t status_seen;

__global__ void poke(int *p)
{
	*p = 1;
}

static void CUDART_CB function(void *data)
{
	functions++;
}

static void CUDART_CB callback(cudaStream_t stream, cudaError_t status, void *data)
{
	status_seen = status;
	callbacks++;
}

int main()
{
	struct gate gate = gate_create();
	cudaStream_t stream;
	int *good;

	CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
	CUDA(cudaMalloc((void **)&good, sizeof(int)));
	poke<<<1, 1, 0, stream>>>(good); /* so that it is loaded */
	CUDA(cudaStreamAddCallback(stream, callback, NULL, 0));
	CUDA(cudaStreamSynchronize(stream));
	CHECK(callbacks == 1 && status_seen == cudaSuccess);

	gate_shut(gate, stream);
	poke<<<1, 1, 0, stream>>>((int *)16);
	CUDA(cudaLaunchHostFunc(stream, function, NULL));
	CUDA(cudaStreamAddCallback(stream, callback, NULL, 0));
	gate_open(gate);
	EXPECT(cudaErrorIllegalAddress, cudaStreamSynchronize(stream));
	for (int i = 0; i < 5000 && callbacks < 2; i++)
		usleep(1000);
	printf("%d functions, %d callbacks\n", functions, callbacks);
	CHECK(functions == 0 && callbacks == 2);
	EXPECT(cudaErrorIllegalAddress, status_seen);
	EXPECT(cudaErrorIllegalAddress, cudaLaunchHostFunc(stream, function, NULL));
	EXPECT(cudaErrorIllegalAddress, cudaStreamAddCallback(stream, callback, NULL, 0));
	CHECK(functions == 0);
	return finish();
}
