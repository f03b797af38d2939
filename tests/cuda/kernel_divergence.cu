/* SPDX-License-Identifier: MIT */
/* Threads of a warp on different paths: loops of different length, switches, early returns, locks */
#include "check.h"

#define N 5000

static __host__ __device__ unsigned walk(unsigned x)
{
	unsigned steps = 0, seen = 0;

	if (x % 17 == 0)
		return 12345;
	while (x != 1 && steps < 300) {
		switch (x % 6) {
		case 0:
			x /= 6;
			break;
		case 1:
		case 5:
			x = x * 5 + 1;
			seen += 3;
			continue;
		case 2:
			if (x > 1000)
				seen ^= x;
			else
				break;
			/* fall through */
		case 4:
			x /= 2;
			break;
		default:
			x += 7;
			for (unsigned i = 0; i < x % 5; i++)
				seen += i;
		}
		if (x == 0)
			break;
		steps++;
		if (++seen > 1000000)
			return seen;
	}
	return steps * 1000 + seen % 1000;
}

__device__ int lock, guarded;

__global__ void kernel(unsigned *out)
{
	unsigned i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i >= N)
		return;
	out[i] = walk(i);
	/* a spin lock inside a warp: needs threads to make progress on their own */
	if (i % 50 == 0)
		for (bool done = false; !done;)
			if (atomicCAS(&lock, 0, 1) == 0) {
				guarded = *(volatile int *)&guarded + 1;
				__threadfence();
				atomicExch(&lock, 0);
				done = true;
			}
}

int main()
{
	static unsigned got[N];
	unsigned *dev;
	int count;

	CUDA(cudaMalloc(&dev, sizeof(got)));
	kernel<<<(N + 95) / 96, 96>>>(dev);
	CUDA(cudaGetLastError());
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	for (unsigned i = 0; i < N; i++)
		CHECK(got[i] == walk(i));
	CUDA(cudaMemcpyFromSymbol(&count, guarded, sizeof(count)));
	CHECK(count == N / 50);
	CUDA(cudaFree(dev));
	return finish();
}
