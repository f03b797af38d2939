/* SPDX-License-Identifier: MIT */
/* assert() in a kernel: its message goes to stderr, the error stays */
#include "check.h"
#include <assert.h>

__global__ void must_be_even(int x)
{
	assert(x % 2 == 0);
}

int main()
{
	must_be_even<<<1, 1>>>(4);
	EXPECT(cudaSuccess, cudaDeviceSynchronize());
	must_be_even<<<1, 1>>>(5);
	EXPECT(cudaErrorAssert, cudaDeviceSynchronize());
	EXPECT(cudaErrorAssert, cudaGetLastError());
	must_be_even<<<1, 1>>>(4);
	EXPECT(cudaErrorAssert, cudaGetLastError());
	return finish();
}
