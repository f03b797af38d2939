/* SPDX-License-Identifier: MIT */
/* Allocate until the device is full: every piece is usable, and all of it comes back */
#include "check.h"

#define PIECES 64

int main(void)
{
	size_t available, total, piece;
	unsigned char *dev[PIECES + 1], byte;
	unsigned n = 0, i;
	cudaError_t error;

	CUDA(cudaMemGetInfo(&available, &total));
	piece = total / PIECES + MIB;
	while (n <= PIECES && (error = cudaMalloc((void **)&dev[n], piece)) == cudaSuccess) {
		byte = n;
		CUDA(cudaMemcpy(dev[n] + piece - 1, &byte, 1, cudaMemcpyHostToDevice));
		n++;
	}
	CHECK(n > 0 && n <= PIECES);
	EXPECT(cudaErrorMemoryAllocation, error);
	EXPECT(cudaErrorMemoryAllocation, cudaGetLastError());
	for (i = 0; i < n; i++) {
		CUDA(cudaMemcpy(&byte, dev[i] + piece - 1, 1, cudaMemcpyDeviceToHost));
		CHECK(byte == i);
		CUDA(cudaFree(dev[i]));
	}
	CUDA(cudaMalloc((void **)&dev[0], piece));
	CUDA(cudaFree(dev[0]));
	return finish();
}
