/* SPDX-License-Identifier: MIT */
/* A tiled matrix product whose sizes are no multiples of the tile, bit-equal with the CPU's */
#include "check.h"

#define TILE 16

__global__ void multiply(const int *a, const int *b, int *c, int rows, int inner, int columns)
{
	__shared__ int at[TILE][TILE], bt[TILE][TILE];
	int row = blockIdx.y * TILE + threadIdx.y, column = blockIdx.x * TILE + threadIdx.x, sum = 0;

	for (int k = 0; k < inner; k += TILE) {
		int ak = k + threadIdx.x, bk = k + threadIdx.y;

		at[threadIdx.y][threadIdx.x] = row < rows && ak < inner ? a[row * inner + ak] : 0;
		bt[threadIdx.y][threadIdx.x] = bk < inner && column < columns ? b[bk * columns + column] : 0;
		__syncthreads();
		for (int i = 0; i < TILE; i++)
			sum += at[threadIdx.y][i] * bt[i][threadIdx.x];
		__syncthreads();
	}
	if (row < rows && column < columns)
		c[row * columns + column] = sum;
}

int main()
{
	static const int sizes[][3] = { { 1, 1, 1 }, { 16, 16, 16 }, { 33, 70, 19 }, { 100, 5, 130 } };
	static int a[10000], b[10000], got[20000], *dev_a, *dev_b, *dev_c;

	for (int i = 0; i < 10000; i++) {
		a[i] = (int)rng_below(2000) - 1000;
		b[i] = (int)rng_below(2000) - 1000;
	}
	CUDA(cudaMalloc(&dev_a, sizeof(a)));
	CUDA(cudaMalloc(&dev_b, sizeof(b)));
	CUDA(cudaMalloc(&dev_c, sizeof(got)));
	CUDA(cudaMemcpy(dev_a, a, sizeof(a), cudaMemcpyHostToDevice));
	CUDA(cudaMemcpy(dev_b, b, sizeof(b), cudaMemcpyHostToDevice));
	for (unsigned s = 0; s < ARRAY_SIZE(sizes); s++) {
		int rows = sizes[s][0], inner = sizes[s][1], columns = sizes[s][2];

		multiply<<<dim3((columns + TILE - 1) / TILE, (rows + TILE - 1) / TILE), dim3(TILE, TILE)>>>(
			dev_a, dev_b, dev_c, rows, inner, columns);
		CUDA(cudaGetLastError());
		CUDA(cudaMemcpy(got, dev_c, rows * columns * 4, cudaMemcpyDeviceToHost));
		for (int i = 0; i < rows; i++)
			for (int j = 0; j < columns; j++) {
				int want = 0;

				for (int k = 0; k < inner; k++)
					want += a[i * inner + k] * b[k * columns + j];
				CHECK(got[i * columns + j] == want);
			}
	}
	CUDA(cudaFree(dev_a));
	CUDA(cudaFree(dev_b));
	CUDA(cudaFree(dev_c));
	return finish();
}
