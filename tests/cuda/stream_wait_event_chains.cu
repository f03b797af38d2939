/* SPDX-License-Identifier: MIT */
/* A value handed from stream to stream through events passes every stream in order */
#include "check.h"

#define STREAMS 6
#define ROUNDS 30

__global__ void append(unsigned *value, unsigned digit)
{
	*value = *value * 31 + digit;
}

int main()
{
	cudaStream_t stream[STREAMS];
	cudaEvent_t event[STREAMS];
	unsigned *dev, want = 1, got = 1;

	CUDA(cudaMalloc(&dev, sizeof(*dev)));
	CUDA(cudaMemcpy(dev, &got, sizeof(got), cudaMemcpyHostToDevice));
	for (int s = 0; s < STREAMS; s++) {
		CUDA(cudaStreamCreateWithFlags(&stream[s], cudaStreamNonBlocking));
		CUDA(cudaEventCreateWithFlags(&event[s], cudaEventDisableTiming));
	}
	for (int i = 0; i < ROUNDS * STREAMS; i++) {
		int s = i % STREAMS;

		if (i)
			CUDA(cudaStreamWaitEvent(stream[s], event[(s + STREAMS - 1) % STREAMS], 0));
		append<<<1, 1, 0, stream[s]>>>(dev, i);
		CUDA(cudaEventRecord(event[s], stream[s]));
		want = want * 31 + i;
	}
	CUDA(cudaDeviceSynchronize());
	CUDA(cudaMemcpy(&got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	CHECK(got == want);
	for (int s = 0; s < STREAMS; s++) {
		CUDA(cudaStreamDestroy(stream[s]));
		CUDA(cudaEventDestroy(event[s]));
	}
	CUDA(cudaFree(dev));
	return finish();
}
