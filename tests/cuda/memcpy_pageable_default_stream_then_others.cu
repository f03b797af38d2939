/* SPDX-License-Identifier: MIT */
/*
 * Pageable memory has been copied on the default stream: copies on one blocking stream then do not
 * wait for another, for nothing was given to the default stream meanwhile
 */
#include "gate.h"

#define BYTES 40000
#define ROUNDS 10

static void copy(unsigned char *dev, unsigned char *want, cudaStream_t stream)
{
	unsigned char host[BYTES];

	rng_fill(want, BYTES);
	memcpy(host, want, BYTES);
	CUDA(cudaMemcpyAsync(dev, host, BYTES, cudaMemcpyHostToDevice, stream));
	memset(host, 0, BYTES);
}

int main()
{
	static unsigned char want[2 * BYTES], got[2 * BYTES];
	struct gate gate = gate_create();
	cudaStream_t held, goes_on;
	unsigned char *dev;

	CUDA(cudaMalloc((void **)&dev, 2 * BYTES));
	CUDA(cudaStreamCreate(&held));
	CUDA(cudaStreamCreate(&goes_on));
	copy(dev, want, goes_on);
	CUDA(cudaDeviceSynchronize());
	for (int i = 0; i < ROUNDS; i++) {
		copy(dev, want, i % 2 ? cudaStreamLegacy : 0);
		if (i % 3)
			CUDA(cudaDeviceSynchronize());
		gate_shut(gate, held);
		copy(dev + BYTES, want + BYTES, goes_on);
		CUDA(cudaStreamSynchronize(goes_on));
		if (cudaStreamQuery(held) != cudaErrorNotReady)
			EXPECT(cudaErrorNotReady, cudaStreamQuery(held));
		gate_open(gate);
		CUDA(cudaMemcpy(got, dev, 2 * BYTES, cudaMemcpyDeviceToHost));
		CHECK_SAME(got, want, 2 * BYTES);
	}
	CUDA(cudaStreamDestroy(held));
	CUDA(cudaStreamDestroy(goes_on));
	CUDA(cudaFree(dev));
	gate_destroy(gate);
	return finish();
}
