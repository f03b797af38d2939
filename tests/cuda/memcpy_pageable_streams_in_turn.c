/* SPDX-License-Identifier: MIT */
/*
 * Copies of pageable memory in many sizes, on streams in turn that are destroyed meanwhile: each
 * source may be changed as soon as its call is back, each copy arrives
 */
#include "check.h"

#define STREAMS		3
#define COPIES		400
#define LARGEST		(200 << 10)
#define RENEW		29	/* copies between two streams that are destroyed */

static cudaStream_t new_stream(int i)
{
	cudaStream_t stream;

	CUDA(cudaStreamCreateWithFlags(&stream, i % 2 ? cudaStreamNonBlocking : cudaStreamDefault));
	return stream;
}

/* To @dev, on one of the streams or, for the first, synchronously */
static void copy(unsigned char *dev, const unsigned char *host, size_t bytes, int which,
		 cudaStream_t *streams)
{
	if (!which)
		CUDA(cudaMemcpy(dev, host, bytes, cudaMemcpyHostToDevice));
	else
		CUDA(cudaMemcpyAsync(dev, host, bytes, cudaMemcpyHostToDevice, streams[which - 1]));
}

int main(void)
{
	unsigned char *want = malloc((size_t)COPIES * LARGEST), *host = malloc(LARGEST), *got, *dev;
	cudaStream_t streams[STREAMS];
	size_t at = 0, bytes;
	int i;

	CHECK(want && host);
	CUDA(cudaMalloc((void **)&dev, (size_t)COPIES * LARGEST));
	for (i = 0; i < STREAMS; i++)
		streams[i] = new_stream(i);
	for (i = 0; i < COPIES; i++, at += bytes) {
		bytes = 1 + rng_below(i % 3 ? LARGEST : 100);
		rng_fill(host, bytes);
		memcpy(want + at, host, bytes);
		copy(dev + at, host, bytes, rng_below(STREAMS + 1), streams);
		memset(host, 0, bytes);
		if (i % RENEW == RENEW - 1) {
			CUDA(cudaStreamDestroy(streams[i % STREAMS]));
			streams[i % STREAMS] = new_stream(i);
		}
	}
	CUDA(cudaDeviceSynchronize());
	got = malloc(at);
	CHECK(got);
	CUDA(cudaMemcpy(got, dev, at, cudaMemcpyDeviceToHost));
	CHECK_SAME(got, want, at);
	for (i = 0; i < STREAMS; i++)
		CUDA(cudaStreamDestroy(streams[i]));
	CUDA(cudaFree(dev));
	free(want);
	free(host);
	free(got);
	return finish();
}
