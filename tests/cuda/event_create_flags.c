/* SPDX-License-Identifier: MIT */
/* Events of every kind come and go; unknown flags and a missing place are refused */
#include "check.h"

int main(void)
{
	static const unsigned flags[] = { cudaEventDefault, cudaEventBlockingSync,
					  cudaEventDisableTiming,
					  cudaEventBlockingSync | cudaEventDisableTiming };
	cudaEvent_t event;
	unsigned i;

	for (i = 0; i < 400; i++) {
		CUDA(cudaEventCreateWithFlags(&event, flags[i % ARRAY_SIZE(flags)]));
		CUDA(cudaEventRecord(event, 0));
		CUDA(cudaEventSynchronize(event));
		CUDA(cudaEventDestroy(event));
	}
	CUDA(cudaEventCreate(&event));
	CUDA(cudaEventDestroy(event));
	EXPECT(cudaErrorInvalidValue, cudaEventCreate(NULL));
	EXPECT(cudaErrorInvalidValue, cudaEventCreateWithFlags(&event, 0x100));
	EXPECT(cudaErrorInvalidValue, cudaEventCreateWithFlags(&event, cudaEventInterprocess));
	return finish();
}
