/* SPDX-License-Identifier: MIT */
/* More buffers than anybody will keep in mind, in turn, of several sizes, some freed meanwhile */
#include "pageable.h"

#define BUFFERS 1500
#define SMALL ((size_t)40 << 10)
#define LARGE (MIB + 100)
#define EVERY 100	/* so manieth is a large one */

static size_t size_of(int i)
{
	return i % EVERY ? SMALL : LARGE;
}

int main(void)
{
	unsigned char *buffers[BUFFERS], *dev, *back = (unsigned char *)malloc(LARGE);

	CHECK(back);
	CUDA(cudaMalloc((void **)&dev, LARGE));
	for (int i = 0; i < BUFFERS; i++) {
		buffers[i] = (unsigned char *)malloc(size_of(i));
		CHECK(buffers[i]);
		memset(buffers[i], i, size_of(i));
	}
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < BUFFERS; i++) {
			size_t bytes = size_of(i);

			memset(buffers[i] + rng_below(bytes - 8), round, 8);
			CUDA(cudaMemcpy(dev, buffers[i], bytes, cudaMemcpyHostToDevice));
			CUDA(cudaMemcpy(back, dev, bytes, cudaMemcpyDeviceToHost));
			CHECK_SAME(back, buffers[i], bytes);
			if (rng_below(4))
				continue;
			free(buffers[i]);
			buffers[i] = (unsigned char *)malloc(bytes);
			CHECK(buffers[i]);
			memset(buffers[i], i + round, bytes);
		}
	}
	for (int i = 0; i < BUFFERS; i++)
		free(buffers[i]);
	free(back);
	CUDA(cudaFree(dev));
	return finish();
}
