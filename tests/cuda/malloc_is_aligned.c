/* SPDX-License-Identifier: MIT */
/* Every allocation is aligned for any type, to 256 bytes at least */
#include "check.h"

int main(void)
{
	void *dev[50];
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(dev); i++) {
		CUDA(cudaMalloc(&dev[i], 1 + rng_below(5000)));
		CHECK((uintptr_t)dev[i] % 256 == 0);
	}
	for (i = 0; i < ARRAY_SIZE(dev); i++)
		CUDA(cudaFree(dev[i]));
	return finish();
}
