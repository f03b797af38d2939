/* SPDX-License-Identifier: MIT */
/* Kernel parameters of 4 KiB in all: the first and the last byte arrive */
#include "check.h"

struct big {
	unsigned char bytes[4096 - 16];
};

__global__ void copy(big from, unsigned char *to, int n, int last)
{
	for (int i = threadIdx.x; i < n; i += blockDim.x)
		to[i] = from.bytes[i];
	if (threadIdx.x == 0)
		to[n] = last;
}

int main()
{
	unsigned char got[sizeof(big) + 1], *dev;
	big from;

	CUDA(cudaMalloc(&dev, sizeof(got)));
	for (int round = 0; round < 5; round++) {
		rng_fill(&from, sizeof(from));
		copy<<<1, 128>>>(from, dev, sizeof(from), 100 + round);
		CUDA(cudaGetLastError());
		memset(&from, 0, round == 4 ? 0 : sizeof(from)); /* they were taken at the launch */
		CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
		CHECK(got[sizeof(from)] == 100 + round);
	}
	CHECK_SAME(got, &from, sizeof(from));
	return finish();
}
