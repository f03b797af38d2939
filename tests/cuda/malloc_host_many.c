/* SPDX-License-Identifier: MIT */
/* Pinned buffers of many sizes, freed in any order, do not touch each other */
#include "check.h"

#define BUFFERS 60

int main(void)
{
	unsigned char *host[BUFFERS], *model[BUFFERS];
	size_t bytes[BUFFERS];
	int i, round;

	for (round = 0; round < 2; round++) {
		for (i = 0; i < BUFFERS; i++) {
			bytes[i] = 1 + rng_below(rng_below(3) ? 5000 : 300000);
			CUDA(cudaMallocHost((void **)&host[i], bytes[i]));
			model[i] = rng_bytes(bytes[i]);
			memcpy(host[i], model[i], bytes[i]);
		}
		for (i = 0; i < BUFFERS; i++) {
			int j = i * 7 % BUFFERS; /* 7 and BUFFERS have no common factor */

			CHECK_SAME(host[j], model[j], bytes[j]);
			CUDA(cudaFreeHost(host[j]));
			free(model[j]);
		}
	}
	return finish();
}
