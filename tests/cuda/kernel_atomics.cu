/* SPDX-License-Identifier: MIT */
/* Atomics on global and shared memory, all operations, many threads on few words */
#include "check.h"

__global__ void all(int *g, unsigned *wrapped, unsigned long long *wide, float *f)
{
	__shared__ int s[2];
	int id = blockIdx.x * blockDim.x + threadIdx.x;

	if (threadIdx.x < 2)
		s[threadIdx.x] = 0;
	__syncthreads();
	atomicAdd(&g[0], 3);
	atomicSub(&g[1], 2);
	atomicMax(&g[2], id);
	atomicMin(&g[3], -id);
	atomicOr(&g[4], 1 << (id % 20));
	atomicXor(&g[5], id);
	atomicAnd(&g[6], ~(1 << (id % 10)));
	atomicInc(&wrapped[0], 99);
	atomicDec(&wrapped[1], 49);
	atomicAdd(wide, 1ull << 33);
	atomicAdd(f, 0.5f);
	atomicAdd(&s[0], 1);
	for (;;) {
		int old = g[7];

		if (atomicCAS(&g[7], old, old + 2) == old)
			break;
	}
	if (atomicExch(&s[1], 1) == 0)
		atomicAdd(&g[8], 1);
	__syncthreads();
	if (threadIdx.x == 0)
		atomicAdd(&g[9], s[0]);
}

int main()
{
	const int threads = 20 * 96;
	struct {
		int g[10];
		unsigned wrapped[2];
		unsigned long long wide;
		float f;
	} got = { { 0, 0, 0, 0, 0, 0, -1 } }, *dev;
	int x = 0;

	CUDA(cudaMalloc(&dev, sizeof(got)));
	CUDA(cudaMemcpy(dev, &got, sizeof(got), cudaMemcpyHostToDevice));
	all<<<20, 96>>>(dev->g, dev->wrapped, &dev->wide, &dev->f);
	CUDA(cudaGetLastError());
	CUDA(cudaMemcpy(&got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	for (int i = 0; i < threads; i++)
		x ^= i;
	CHECK(got.g[0] == 3 * threads && got.g[1] == -2 * threads);
	CHECK(got.g[2] == threads - 1 && got.g[3] == -(threads - 1));
	CHECK(got.g[4] == (1 << 20) - 1 && got.g[5] == x && got.g[6] == ~1023);
	CHECK(got.g[7] == 2 * threads && got.g[8] == 20 && got.g[9] == threads);
	CHECK(got.wrapped[0] == threads % 100);
	CHECK(got.wrapped[1] == (50 - threads % 50) % 50);
	CHECK(got.wide == (unsigned long long)threads << 33 && got.f == threads * 0.5f);
	CUDA(cudaFree(dev));
	return finish();
}
