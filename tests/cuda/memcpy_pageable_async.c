/* SPDX-License-Identifier: MIT */
/* cudaMemcpyAsync of pageable memory: the source may be changed as soon as the call is back */
#include "check.h"

#define ROUNDS 20
#define BYTES 70001

int main(void)
{
	unsigned char *host = malloc(BYTES), *want = malloc(ROUNDS * BYTES), *got, *dev;
	cudaStream_t stream;
	int i;

	CHECK(host && want);
	got = malloc(ROUNDS * BYTES);
	CHECK(got);
	CUDA(cudaStreamCreate(&stream));
	CUDA(cudaMalloc((void **)&dev, ROUNDS * BYTES));
	for (i = 0; i < ROUNDS; i++) {
		rng_fill(host, BYTES);
		memcpy(want + i * BYTES, host, BYTES);
		CUDA(cudaMemcpyAsync(dev + i * BYTES, host, BYTES, cudaMemcpyHostToDevice, stream));
		memset(host, 0, BYTES);
	}
	CUDA(cudaMemcpyAsync(got, dev, ROUNDS * BYTES, cudaMemcpyDeviceToHost, stream));
	CUDA(cudaStreamSynchronize(stream));
	CHECK_SAME(got, want, ROUNDS * BYTES);
	CUDA(cudaStreamDestroy(stream));
	CUDA(cudaFree(dev));
	free(host);
	free(want);
	free(got);
	return finish();
}
