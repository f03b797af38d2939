/* SPDX-License-Identifier: MIT */
/* cudaMemcpy between and within device allocations, odd sizes and places */
#include "copies.h"

#define BYTES (2 * MIB + 77)

int main(void)
{
	unsigned char *model[2], *dev[2], *got = malloc(BYTES);
	int i;

	CHECK(got);
	for (i = 0; i < 2; i++) {
		model[i] = rng_bytes(BYTES);
		CUDA(cudaMalloc((void **)&dev[i], BYTES));
		CUDA(cudaMemcpy(dev[i], model[i], BYTES, cudaMemcpyHostToDevice));
	}
	for (i = 0; i < 60; i++) {
		size_t size = odd_size(BYTES / 2);
		size_t from = rng_below(BYTES / 2 - size + 1);
		size_t to = BYTES / 2 + rng_below(BYTES / 2 - size + 1);
		int a = rng_below(2), b = rng_below(2);

		CUDA(cudaMemcpy(dev[b] + to, dev[a] + from, size, cudaMemcpyDeviceToDevice));
		memcpy(model[b] + to, model[a] + from, size);
	}
	for (i = 0; i < 2; i++) {
		CUDA(cudaMemcpy(got, dev[i], BYTES, cudaMemcpyDeviceToHost));
		CHECK_SAME(got, model[i], BYTES);
		CUDA(cudaFree(dev[i]));
		free(model[i]);
	}
	free(got);
	return finish();
}
