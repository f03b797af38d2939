/* SPDX-License-Identifier: MIT */
/* Hundreds of allocations of any size, freed in any order: each keeps its own contents */
#include "check.h"

#define SLOTS 100
#define STEPS 500

int main(void)
{
	static struct {
		unsigned char *dev, value;
		size_t bytes;
	} slot[SLOTS];
	unsigned char *host = malloc(100000), *want = malloc(100000);
	unsigned step, i;

	CHECK(host && want);
	for (step = 0; step < STEPS; step++) {
		i = rng_below(SLOTS);
		if (slot[i].dev) {
			CUDA(cudaMemcpy(host, slot[i].dev, slot[i].bytes, cudaMemcpyDeviceToHost));
			memset(want, slot[i].value, slot[i].bytes);
			CHECK_SAME(host, want, slot[i].bytes);
			CUDA(cudaFree(slot[i].dev));
			slot[i].dev = NULL;
			continue;
		}
		slot[i].bytes = 1 + rng_below(rng_below(2) ? 300 : 100000);
		slot[i].value = rng();
		CUDA(cudaMalloc((void **)&slot[i].dev, slot[i].bytes));
		CUDA(cudaMemset(slot[i].dev, slot[i].value, slot[i].bytes));
	}
	for (i = 0; i < SLOTS; i++)
		CUDA(cudaFree(slot[i].dev));
	free(host);
	free(want);
	return finish();
}
