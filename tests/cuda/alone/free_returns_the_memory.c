/* SPDX-License-Identifier: MIT */
/* A quarter of the device, allocated and freed 40 times, fits every time */
#include "check.h"

int main(void)
{
	size_t available, total;
	void *dev;
	int i;

	CUDA(cudaMemGetInfo(&available, &total));
	for (i = 0; i < 40; i++) {
		CUDA(cudaMalloc(&dev, available / 4));
		CUDA(cudaMemset(dev, i, 100));
		CUDA(cudaFree(dev));
	}
	return finish();
}
