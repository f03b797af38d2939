/* SPDX-License-Identifier: MIT */
/* cudaEventElapsedTime needs two recorded events that keep time */
#include "check.h"

int main(void)
{
	cudaEvent_t recorded, fresh, timeless;
	float ms;

	CUDA(cudaEventCreate(&recorded));
	CUDA(cudaEventCreate(&fresh));
	CUDA(cudaEventCreateWithFlags(&timeless, cudaEventDisableTiming));
	CUDA(cudaEventRecord(recorded, 0));
	CUDA(cudaEventRecord(timeless, 0));
	CUDA(cudaDeviceSynchronize());
	EXPECT(cudaErrorInvalidResourceHandle, cudaEventElapsedTime(&ms, recorded, fresh));
	EXPECT(cudaErrorInvalidResourceHandle, cudaEventElapsedTime(&ms, fresh, recorded));
	EXPECT(cudaErrorInvalidResourceHandle, cudaEventElapsedTime(&ms, recorded, timeless));
	EXPECT(cudaErrorInvalidResourceHandle, cudaEventElapsedTime(&ms, timeless, recorded));
	EXPECT(cudaErrorInvalidValue, cudaEventElapsedTime(NULL, recorded, recorded));
	EXPECT(cudaSuccess, cudaEventElapsedTime(&ms, recorded, recorded));
	CHECK(ms == 0);
	CUDA(cudaEventDestroy(recorded));
	CUDA(cudaEventDestroy(fresh));
	CUDA(cudaEventDestroy(timeless));
	return finish();
}
