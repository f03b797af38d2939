/* SPDX-License-Identifier: MIT */
/* Template kernels: each instance is a kernel of its own */
#include "check.h"

template <typename T, int FACTOR> __global__ void scale(T *p, int n)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		p[i] = p[i] * FACTOR + (T)0.5;
}

template <typename T, int FACTOR> static void try_type(void)
{
	const int n = 1000;
	T host[n], got[n], *dev;

	for (int i = 0; i < n; i++)
		host[i] = (T)rng_below(100);
	CUDA(cudaMalloc(&dev, sizeof(host)));
	CUDA(cudaMemcpy(dev, host, sizeof(host), cudaMemcpyHostToDevice));
	scale<T, FACTOR><<<(n + 127) / 128, 128>>>(dev, n);
	CUDA(cudaGetLastError());
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	for (int i = 0; i < n; i++)
		CHECK(got[i] == (T)(host[i] * FACTOR + (T)0.5));
	CUDA(cudaFree(dev));
}

int main()
{
	try_type<float, 2>();
	try_type<float, 3>();
	try_type<double, 2>();
	try_type<int, 5>();
	try_type<short, 7>();
	try_type<unsigned char, 2>();
	try_type<long long, -9>();
	try_type<unsigned, 1>();
	return finish();
}
