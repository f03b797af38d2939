/* SPDX-License-Identifier: MIT */
/* A kernel reads and writes registered memory in place: heap, odd start, many pages */
#include "check.h"

#define N 300001

__global__ void update(unsigned char *p, unsigned n, unsigned char x)
{
	unsigned i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		p[i] = p[i] * 3 + x;
}

int main()
{
	unsigned char *heap = (unsigned char *)malloc(N + 1000), *host = heap + 777, *dev;
	unsigned char *model = (unsigned char *)rng_bytes(N);

	CHECK(heap);
	memset(heap, 0x33, N + 1000);
	memcpy(host, model, N);
	CUDA(cudaHostRegister(host, N, cudaHostRegisterMapped));
	CUDA(cudaHostGetDevicePointer(&dev, host, 0));
	for (int round = 0; round < 3; round++) {
		update<<<(N + 255) / 256, 256>>>(dev, N, round);
		CUDA(cudaDeviceSynchronize());
		for (int i = 0; i < N; i++)
			model[i] = model[i] * 3 + round;
		CHECK_SAME(host, model, N);
	}
	CUDA(cudaHostUnregister(host));
	CHECK_SAME(host, model, N);
	for (int i = 0; i < 777; i++)
		CHECK(heap[i] == 0x33);
	for (int i = 777 + N; i < N + 1000; i++)
		CHECK(heap[i] == 0x33);
	free(heap);
	free(model);
	return finish();
}
