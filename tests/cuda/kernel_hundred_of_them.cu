/* SPDX-License-Identifier: MIT */
/* A program with a hundred kernels launches the right one each time, in any order */
#include "check.h"

template <int N> __global__ void number(int *out)
{
	*out = N * N - 3;
}

typedef void (*kernel)(int *);

template <int N> struct table {
	static void fill(kernel *kernels)
	{
		kernels[N] = number<N>;
		table<N - 1>::fill(kernels);
	}
};

template <> struct table<-1> {
	static void fill(kernel *)
	{
	}
};

int main()
{
	kernel kernels[100];
	int *dev, got;

	table<99>::fill(kernels);
	CUDA(cudaMalloc(&dev, sizeof(*dev)));
	for (int i = 0; i < 150; i++) {
		int n = rng_below(100);

		kernels[n]<<<1, 1>>>(dev);
		CUDA(cudaGetLastError());
		CUDA(cudaMemcpy(&got, dev, sizeof(got), cudaMemcpyDeviceToHost));
		CHECK(got == n * n - 3);
	}
	CUDA(cudaFree(dev));
	return finish();
}
