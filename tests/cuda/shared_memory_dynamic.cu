/* SPDX-License-Identifier: MIT */
/* Dynamic shared memory of any size up to 48 KiB, beside static shared memory */
#include "check.h"

extern __shared__ int dynamic[];

__global__ void rotate(int *p, int n)
{
	__shared__ int first;

	for (int i = threadIdx.x; i < n; i += blockDim.x)
		dynamic[i] = p[i];
	if (threadIdx.x == 0)
		first = p[0];
	__syncthreads();
	for (int i = threadIdx.x; i < n; i += blockDim.x)
		p[i] = i + 1 < n ? dynamic[i + 1] : first;
}

int main()
{
	static const int sizes[] = { 1, 2, 100, 1023, 4096, 12 * 1024 - 4 };
	int *dev, *host = (int *)rng_bytes(49152), got[12288];

	CUDA(cudaMalloc(&dev, 49152));
	for (unsigned s = 0; s < ARRAY_SIZE(sizes); s++) {
		int n = sizes[s];

		CUDA(cudaMemcpy(dev, host, n * 4, cudaMemcpyHostToDevice));
		rotate<<<1, 96, n * 4>>>(dev, n);
		CUDA(cudaGetLastError());
		CUDA(cudaMemcpy(got, dev, n * 4, cudaMemcpyDeviceToHost));
		for (int i = 0; i < n; i++)
			CHECK(got[i] == host[(i + 1) % n]);
	}
	CUDA(cudaFree(dev));
	free(host);
	return finish();
}
