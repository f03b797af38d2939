/* SPDX-License-Identifier: MIT */
/* Matrices in tiles of shared memory, by fused multiply and add, in single and double precision */
#include "clang_kernels.h"

#define TILE 8

#ifdef __CUDA_ARCH__

/* n is a multiple of TILE */
template <typename T, T fused(T, T, T)>
__device__ void multiply(const T *a, const T *b, T *c, int n)
{
	__shared__ T tile_a[TILE][TILE], tile_b[TILE][TILE];
	int x = threadIdx_x, y = threadIdx_y, row = blockIdx_y * TILE + y;
	int column = blockIdx_x * TILE + x;
	T sum = 0;

	for (int t = 0; t < n; t += TILE) {
		tile_a[y][x] = a[row * n + t + x];
		tile_b[y][x] = b[(t + y) * n + column];
		__syncthreads();
		for (int k = 0; k < TILE; k++)
			sum = fused(tile_a[y][k], tile_b[k][x], sum);
		__syncthreads();
	}
	c[row * n + column] = sum;
}

__device__ float fused_f(float a, float b, float c)
{
	return __builtin_fmaf(a, b, c);
}

__device__ double fused_d(double a, double b, double c)
{
	return __builtin_fma(a, b, c);
}

__global__ void multiply_float(const float *a, const float *b, float *c, int n)
{
	multiply<float, fused_f>(a, b, c, n);
}

__global__ void multiply_double(const double *a, const double *b, double *c, int n)
{
	multiply<double, fused_d>(a, b, c, n);
}

#else

#include <math.h>

#define N 64

/* run() - C = A B by the kernel @name, on matrices of @bytes each */
static void run(CUmodule module, const char *name, const void *a, const void *b, void *c,
		size_t bytes)
{
	CUdeviceptr dev_a = to_device(a, bytes), dev_b = to_device(b, bytes);
	CUdeviceptr dev_c = to_device(c, bytes);
	int n = N;
	void *params[] = { &dev_a, &dev_b, &dev_c, &n };

	CU(cuLaunchKernel(kernel(module, name), N / TILE, N / TILE, 1, TILE, TILE, 1, 0, NULL,
			  params, NULL));
	CU(cuMemcpyDtoH(c, dev_c, bytes));
	CU(cuMemFree(dev_a));
	CU(cuMemFree(dev_b));
	CU(cuMemFree(dev_c));
}

int main(void)
{
	static float a[N * N], b[N * N], c[N * N];
	static double da[N * N], db[N * N], dc[N * N];
	CUmodule module = kernels_load();

	for (int i = 0; i < N * N; i++) {
		da[i] = a[i] = rng_float();
		db[i] = b[i] = rng_float();
	}
	run(module, "multiply_float", a, b, c, sizeof(a));
	run(module, "multiply_double", da, db, dc, sizeof(da));
	for (int i = 0; i < N * N; i++) {
		float sum = 0;
		double dsum = 0;

		for (int k = 0; k < N; k++) {
			sum = fmaf(a[i / N * N + k], b[k * N + i % N], sum);
			dsum = fma(da[i / N * N + k], db[k * N + i % N], dsum);
		}
		CHECK(c[i] == sum && dc[i] == dsum);
	}
	CU(cuModuleUnload(module));
	return finish();
}

#endif
