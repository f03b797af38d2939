/* SPDX-License-Identifier: MIT */
/* Ten thousand launches without waiting: none is lost, none is out of order */
#include "check.h"

__global__ void append(unsigned *value, unsigned x)
{
	*value = *value * 31 + x;
}

int main(int argc, char **argv)
{
	unsigned n = argc > 1 ? atoi(argv[1]) : 10000;
	unsigned *dev, want = 0, got;

	CUDA(cudaMalloc(&dev, sizeof(*dev)));
	CUDA(cudaMemset(dev, 0, sizeof(*dev)));
	for (unsigned i = 0; i < n; i++) {
		append<<<1, 1>>>(dev, i);
		want = want * 31 + i;
	}
	CUDA(cudaGetLastError());
	CUDA(cudaMemcpy(&got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	CHECK(got == want);
	CUDA(cudaFree(dev));
	return finish();
}
