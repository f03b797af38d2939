/* SPDX-License-Identifier: MIT */
/* Streams of both kinds come and go by the hundred; what is wrong is refused */
#include "check.h"

int main(void)
{
	cudaStream_t stream[64];
	unsigned i, round, flags;
	int priority, least, greatest;

	for (round = 0; round < 5; round++) {
		for (i = 0; i < ARRAY_SIZE(stream); i++)
			CUDA(cudaStreamCreateWithFlags(&stream[i], i % 2 ? cudaStreamNonBlocking :
								   cudaStreamDefault));
		for (i = 0; i < ARRAY_SIZE(stream); i++) {
			CUDA(cudaStreamGetFlags(stream[i], &flags));
			CHECK(flags == (i % 2 ? cudaStreamNonBlocking : cudaStreamDefault));
			CUDA(cudaStreamSynchronize(stream[i]));
			EXPECT(cudaSuccess, cudaStreamQuery(stream[i]));
			CUDA(cudaStreamDestroy(stream[i]));
		}
	}
	CUDA(cudaDeviceGetStreamPriorityRange(&least, &greatest));
	CHECK(least >= greatest);
	CUDA(cudaStreamCreateWithPriority(&stream[0], cudaStreamNonBlocking, greatest));
	CUDA(cudaStreamGetPriority(stream[0], &priority));
	CHECK(priority == greatest);
	CUDA(cudaStreamDestroy(stream[0]));
	EXPECT(cudaErrorInvalidValue, cudaStreamCreate(NULL));
	EXPECT(cudaErrorInvalidValue, cudaStreamCreateWithFlags(&stream[0], 0x80));
	EXPECT(cudaErrorInvalidResourceHandle, cudaStreamDestroy(NULL));
	return finish();
}
