/* SPDX-License-Identifier: MIT */
/* Nowhere to put the address is an invalid value, for every kind of allocation */
#include "check.h"

int main(void)
{
	size_t pitch;

	EXPECT(cudaErrorInvalidValue, cudaMalloc(NULL, 16));
	EXPECT(cudaErrorInvalidValue, cudaMalloc(NULL, 0));
	EXPECT(cudaErrorInvalidValue, cudaMallocHost(NULL, 16));
	EXPECT(cudaErrorInvalidValue, cudaHostAlloc(NULL, 16, cudaHostAllocDefault));
	EXPECT(cudaErrorInvalidValue, cudaMallocPitch(NULL, &pitch, 16, 16));
	EXPECT(cudaErrorInvalidValue, cudaGetLastError());
	return finish();
}
