/* SPDX-License-Identifier: MIT */
/* A kernel reads and writes mapped host memory in place, through both of its addresses */
#include "check.h"

#define N 50001

__global__ void update(unsigned *p, unsigned n, unsigned x)
{
	unsigned i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		p[i] = p[i] * 3 + x;
}

int main()
{
	unsigned *host, *dev, *model = (unsigned *)rng_bytes(N * 4);

	CUDA(cudaHostAlloc(&host, N * 4, cudaHostAllocMapped));
	CUDA(cudaHostGetDevicePointer(&dev, host, 0));
	memcpy(host, model, N * 4);
	for (unsigned round = 0; round < 4; round++) {
		update<<<(N + 255) / 256, 256>>>(round % 2 ? host : dev, N, round);
		CUDA(cudaDeviceSynchronize());
		for (unsigned i = 0; i < N; i++)
			model[i] = model[i] * 3 + round;
		CHECK_SAME(host, model, N * 4);
		host[round] = model[round] = 1000; /* and it sees what the host stores between */
	}
	CUDA(cudaFreeHost(host));
	free(model);
	return finish();
}
