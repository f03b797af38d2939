/* SPDX-License-Identifier: MIT */
/*
 * Copies of many sizes to pageable memory, more in all than any staging memory: each brings what the
 * device has now, synchronous or on a stream
 */
#include "check.h"

#define BYTES	((size_t)12 << 20)
#define COPIES	40

int main(void)
{
	unsigned char *want = rng_bytes(BYTES), *host = malloc(BYTES), *dev;
	cudaStream_t stream;

	CHECK(host);
	CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
	CUDA(cudaMalloc((void **)&dev, BYTES));
	CUDA(cudaMemcpy(dev, want, BYTES, cudaMemcpyHostToDevice));
	for (int i = 0; i < COPIES; i++) {
		size_t from = rng_below(BYTES / 2), bytes = 1 + rng_below(BYTES - from);
		size_t at = from + rng_below(bytes), n = 1 + rng_below(from + bytes - at);

		/* A stretch of what is copied is new. */
		memset(want + at, i, n);
		memset(host + from, ~i, bytes);
		CUDA(cudaMemsetAsync(dev + at, i, n, i % 2 ? stream : NULL));
		if (i % 2) {
			CUDA(cudaMemcpyAsync(host + from, dev + from, bytes, cudaMemcpyDeviceToHost,
					     stream));
			CUDA(cudaStreamSynchronize(stream));
		} else {
			CUDA(cudaMemcpy(host + from, dev + from, bytes, cudaMemcpyDeviceToHost));
		}
		CHECK_SAME(host + from, want + from, bytes);
	}
	CUDA(cudaStreamDestroy(stream));
	CUDA(cudaFree(dev));
	free(want);
	free(host);
	return finish();
}
