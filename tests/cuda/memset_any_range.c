/* SPDX-License-Identifier: MIT */
/* cudaMemset: any value, offset and size, and not a byte beyond */
#include "check.h"

#define BYTES 300000

int main(void)
{
	unsigned char *model = rng_bytes(BYTES), *got = malloc(BYTES), *dev;
	int i;

	CHECK(got);
	CUDA(cudaMalloc((void **)&dev, BYTES));
	CUDA(cudaMemcpy(dev, model, BYTES, cudaMemcpyHostToDevice));
	for (i = 0; i < 60; i++) {
		size_t size = rng_below(rng_below(2) ? 40 : BYTES), at = rng_below(BYTES - size);
		int value = (int)rng(); /* only its low byte counts */

		CUDA(cudaMemset(dev + at, value, size));
		memset(model + at, value, size);
	}
	CUDA(cudaMemcpy(got, dev, BYTES, cudaMemcpyDeviceToHost));
	CHECK_SAME(got, model, BYTES);
	CUDA(cudaFree(dev));
	free(model);
	free(got);
	return finish();
}
