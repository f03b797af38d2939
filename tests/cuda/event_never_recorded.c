/* SPDX-License-Identifier: MIT */
/* An event never recorded counts as complete: query, wait and synchronise do not block */
#include "check.h"

int main(void)
{
	cudaEvent_t event;
	cudaStream_t stream;

	CUDA(cudaEventCreate(&event));
	CUDA(cudaStreamCreate(&stream));
	EXPECT(cudaSuccess, cudaEventQuery(event));
	EXPECT(cudaSuccess, cudaEventSynchronize(event));
	EXPECT(cudaSuccess, cudaStreamWaitEvent(stream, event, 0));
	EXPECT(cudaSuccess, cudaStreamSynchronize(stream));
	CUDA(cudaEventDestroy(event));
	CUDA(cudaStreamDestroy(stream));
	return finish();
}
