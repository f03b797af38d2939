/* SPDX-License-Identifier: MIT */
/* cudaGetLastError returns the last error once, cudaPeekAtLastError keeps it */
#include "check.h"

int main(void)
{
	void *dev;

	EXPECT(cudaSuccess, cudaGetLastError());
	EXPECT(cudaErrorInvalidValue, cudaMalloc(NULL, 16));
	EXPECT(cudaErrorInvalidValue, cudaPeekAtLastError());
	CUDA(cudaMalloc(&dev, 16));
	EXPECT(cudaErrorInvalidValue, cudaPeekAtLastError());
	EXPECT(cudaErrorInvalidValue, cudaGetLastError());
	EXPECT(cudaSuccess, cudaGetLastError());
	EXPECT(cudaSuccess, cudaPeekAtLastError());
	EXPECT(cudaErrorInvalidDevice, cudaSetDevice(-1));
	EXPECT(cudaErrorInvalidValue, cudaMalloc(NULL, 16));
	EXPECT(cudaErrorInvalidValue, cudaGetLastError());
	EXPECT(cudaSuccess, cudaGetLastError());
	CUDA(cudaFree(dev));
	return finish();
}
