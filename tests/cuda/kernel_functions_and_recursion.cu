/* SPDX-License-Identifier: MIT */
/* Device functions: not inlined, recursive, through pointers, virtual */
#include "check.h"

__device__ __noinline__ unsigned collatz(unsigned long long n)
{
	return n == 1 ? 0 : 1 + collatz(n % 2 ? 3 * n + 1 : n / 2);
}

__device__ __noinline__ int add(int a, int b)
{
	return a + b;
}

__device__ __noinline__ int multiply(int a, int b)
{
	return a * b;
}

typedef int (*operation)(int, int);
__device__ operation operations[] = { add, multiply };

struct shape {
	__device__ virtual int area() const
	{
		return 0;
	}
};

struct square : shape {
	int side;
	__device__ square(int s) : side(s)
	{
	}
	__device__ int area() const override
	{
		return side * side;
	}
};

struct strip : shape {
	int length;
	__device__ strip(int l) : length(l)
	{
	}
	__device__ int area() const override
	{
		return 2 * length;
	}
};

__global__ void kernel(unsigned *steps, int *results)
{
	int i = threadIdx.x;
	square a(i);
	strip b(i + 1);
	const shape *s = i % 3 ? (const shape *)&a : (const shape *)&b;

	steps[i] = collatz(i + 1);
	results[i] = operations[i % 2](i, 7) * 100000 + s->area();
}

int main()
{
	unsigned steps[64], *dev_steps;
	int results[64], *dev_results;

	CUDA(cudaDeviceSetLimit(cudaLimitStackSize, 16384));
	CUDA(cudaMalloc(&dev_steps, sizeof(steps)));
	CUDA(cudaMalloc(&dev_results, sizeof(results)));
	kernel<<<1, 64>>>(dev_steps, dev_results);
	CUDA(cudaGetLastError());
	CUDA(cudaMemcpy(steps, dev_steps, sizeof(steps), cudaMemcpyDeviceToHost));
	CUDA(cudaMemcpy(results, dev_results, sizeof(results), cudaMemcpyDeviceToHost));
	for (int i = 0; i < 64; i++) {
		unsigned want = 0;

		for (unsigned long long n = i + 1; n != 1; n = n % 2 ? 3 * n + 1 : n / 2)
			want++;
		CHECK(steps[i] == want);
		CHECK(results[i] == (i % 2 ? i * 7 : i + 7) * 100000 + (i % 3 ? i * i : 2 * i + 2));
	}
	CUDA(cudaFree(dev_steps));
	CUDA(cudaFree(dev_results));
	return finish();
}
