/* SPDX-License-Identifier: MIT */
/*
 * pageable.h - memory fresh from the kernel, and a look at it through the device
 *
 * The tests of pageable memory copy the same addresses again and again, while what lies there
 * changes: whoever remembers where memory was must notice.
 */
#ifndef TESTS_CUDA_PAGEABLE_H
#define TESTS_CUDA_PAGEABLE_H

#include <sys/mman.h>

#include "check.h"

/* map_at() - new private memory, at @at if that is not NULL; what lay there is gone */
static inline unsigned char *map_at(void *at, size_t bytes)
{
	void *p = mmap(at, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED : 0), -1, 0);

	CHECK(p != MAP_FAILED);
	return (unsigned char *)p;
}

/* host_is_seen() - what the host has written is what the device gets, however often */
static inline void host_is_seen(void *dev, unsigned char *host, size_t bytes, int times)
{
	unsigned char *back = (unsigned char *)malloc(bytes);

	CHECK(back);
	for (int i = 0; i < times; i++) {
		host[rng_below(bytes)] ^= 0x55;
		CUDA(cudaMemcpy(dev, host, bytes, cudaMemcpyHostToDevice));
		CUDA(cudaMemcpy(back, dev, bytes, cudaMemcpyDeviceToHost));
		CHECK_SAME(back, host, bytes);
	}
	free(back);
}

/* device_is_seen() - what the device has is what the host gets */
static inline void device_is_seen(void *dev, unsigned char *host, size_t bytes, int times)
{
	unsigned char *data = (unsigned char *)rng_bytes(bytes);

	for (int i = 0; i < times; i++) {
		data[rng_below(bytes)] ^= 0x55;
		CUDA(cudaMemcpy(dev, data, bytes, cudaMemcpyHostToDevice));
		CUDA(cudaMemcpy(host, dev, bytes, cudaMemcpyDeviceToHost));
		CHECK_SAME(host, data, bytes);
	}
	free(data);
}

#endif
