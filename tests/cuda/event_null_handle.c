/* SPDX-License-Identifier: MIT */
/* NULL is not an event: an invalid resource handle for every call */
#include "check.h"

int main(void)
{
	cudaEvent_t event;
	float ms;

	CUDA(cudaEventCreate(&event));
	CUDA(cudaEventRecord(event, 0));
	EXPECT(cudaErrorInvalidResourceHandle, cudaEventRecord(NULL, 0));
	EXPECT(cudaErrorInvalidResourceHandle, cudaEventQuery(NULL));
	EXPECT(cudaErrorInvalidResourceHandle, cudaEventSynchronize(NULL));
	EXPECT(cudaErrorInvalidResourceHandle, cudaEventDestroy(NULL));
	EXPECT(cudaErrorInvalidResourceHandle, cudaEventElapsedTime(&ms, NULL, event));
	EXPECT(cudaErrorInvalidResourceHandle, cudaEventElapsedTime(&ms, event, NULL));
	EXPECT(cudaErrorInvalidResourceHandle, cudaGetLastError());
	CUDA(cudaEventDestroy(event));
	return finish();
}
