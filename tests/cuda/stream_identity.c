/* SPDX-License-Identifier: MIT */
/* needs: CUDA 13 */
/* Streams have ids of their own and know their device */
#include "check.h"

int main(void)
{
	unsigned long long ids[20];
	cudaStream_t stream[20];
	int i, j, device;

	for (i = 0; i < 20; i++) {
		CUDA(cudaStreamCreate(&stream[i]));
		CUDA(cudaStreamGetId(stream[i], &ids[i]));
		for (j = 0; j < i; j++)
			CHECK(ids[i] != ids[j]);
		CUDA(cudaStreamGetDevice(stream[i], &device));
		CHECK(device == 0);
	}
	for (i = 0; i < 20; i++)
		CUDA(cudaStreamDestroy(stream[i]));
	EXPECT(cudaErrorInvalidValue, cudaStreamGetId(0, NULL));
	return finish();
}
