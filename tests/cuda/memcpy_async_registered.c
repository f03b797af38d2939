/* SPDX-License-Identifier: MIT */
/* cudaMemcpyAsync from and to registered memory, on two streams at once */
#include "check.h"

#define BYTES (1 * MIB + 333)

int main(void)
{
	unsigned char *host[2], *want[2], *dev[2];
	cudaStream_t stream[2];
	int s, round;

	for (s = 0; s < 2; s++) {
		host[s] = malloc(2 * BYTES);
		CHECK(host[s]);
		CUDA(cudaHostRegister(host[s], 2 * BYTES, cudaHostRegisterDefault));
		CUDA(cudaMalloc((void **)&dev[s], BYTES));
		CUDA(cudaStreamCreateWithFlags(&stream[s], cudaStreamNonBlocking));
		rng_fill(host[s], 2 * BYTES);
		want[s] = malloc(BYTES);
		CHECK(want[s]);
		memcpy(want[s], host[s], BYTES);
	}
	for (round = 0; round < 4; round++)
		for (s = 0; s < 2; s++) {
			CUDA(cudaMemcpyAsync(dev[s], host[s], BYTES, cudaMemcpyHostToDevice, stream[s]));
			CUDA(cudaMemcpyAsync(host[s] + BYTES, dev[s], BYTES, cudaMemcpyDeviceToHost,
					     stream[s]));
		}
	for (s = 0; s < 2; s++) {
		CUDA(cudaStreamSynchronize(stream[s]));
		CHECK_SAME(host[s] + BYTES, want[s], BYTES);
		CUDA(cudaHostUnregister(host[s]));
		CHECK_SAME(host[s] + BYTES, want[s], BYTES);
		CUDA(cudaFree(dev[s]));
		CUDA(cudaStreamDestroy(stream[s]));
		free(host[s]);
		free(want[s]);
	}
	return finish();
}
