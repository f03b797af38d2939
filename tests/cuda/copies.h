/* SPDX-License-Identifier: MIT */
/*
 * copies.h - the copy tests of every kind of host memory are the same, this one
 */
#ifndef TESTS_CUDA_COPIES_H
#define TESTS_CUDA_COPIES_H

#include "check.h"

/* odd_size() - 0 to max, mostly small and odd, sometimes a page or a power of two and one off */
static inline size_t odd_size(size_t max)
{
	size_t size;

	switch (rng_below(4)) {
	case 0:
		size = rng_below(70);
		break;
	case 1:
		size = ((size_t)1 << rng_below(26)) + rng_below(3) - 1;
		break;
	case 2:
		size = 4096 * rng_below(40) + rng_below(3);
		break;
	default:
		size = rng_below(max + 1);
	}
	return size <= max ? size : max;
}

/*
 * copies_round_trip() - copy pieces of odd sizes between odd places of host memory and the
 * device, in both directions, and compare with a model in the test's own memory.
 * @host: BYTES bytes of the kind under test
 */
static inline void copies_round_trip(void *host, size_t bytes, int rounds)
{
	unsigned char *h = (unsigned char *)host;
	unsigned char *host_model = (unsigned char *)rng_bytes(bytes);
	unsigned char *dev_model = (unsigned char *)rng_bytes(bytes);
	unsigned char *dev;

	CUDA(cudaMalloc((void **)&dev, bytes));
	memcpy(h, dev_model, bytes);
	CUDA(cudaMemcpy(dev, h, bytes, cudaMemcpyHostToDevice));
	memcpy(h, host_model, bytes);
	while (rounds--) {
		size_t size = odd_size(bytes);
		size_t from = rng_below(bytes - size + 1), to = rng_below(bytes - size + 1);

		if (rng_below(2)) {
			CUDA(cudaMemcpy(dev + to, h + from, size, cudaMemcpyHostToDevice));
			memcpy(dev_model + to, host_model + from, size);
		} else {
			CUDA(cudaMemcpy(h + to, dev + from, size, cudaMemcpyDeviceToHost));
			memcpy(host_model + to, dev_model + from, size);
			CHECK_SAME(h + to, host_model + to, size);
		}
	}
	/* nothing outside the pieces was touched */
	CHECK_SAME(h, host_model, bytes);
	CUDA(cudaMemcpy(h, dev, bytes, cudaMemcpyDeviceToHost));
	CHECK_SAME(h, dev_model, bytes);
	CUDA(cudaFree(dev));
	free(host_model);
	free(dev_model);
}

#endif /* TESTS_CUDA_COPIES_H */
