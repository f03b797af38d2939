/* SPDX-License-Identifier: MIT */
/*
 * matrixMul - c = a x b on the GPU in tiles of shared memory, checked on the CPU
 *
 *     matrixMul [ROWS [INNER [COLUMNS]]]
 *
 * Each block computes one TILE x TILE piece of c.  It walks along a's rows and b's columns a
 * tile at a time: the block's threads load one element each of both tiles into shared memory,
 * meet at a barrier, and then every thread reads TILE elements of each from there.  Sizes need
 * not be multiples of TILE.  Prints the time of each phase and one line of result.
 */
#include <cuda_runtime.h>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#define TILE 16
#define CUDA(call) cuda_or_die(call, #call)

static void cuda_or_die(cudaError_t error, const char *call)
{
	if (error == cudaSuccess)
		return;
	fprintf(stderr, "matrixMul: %s: %s (%s)\n", call, cudaGetErrorString(error),
		cudaGetErrorName(error));
	exit(1);
}

/* phase() - print how long it is since the last call */
static void phase(const char *name)
{
	static std::chrono::steady_clock::time_point last = std::chrono::steady_clock::now();
	std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now();

	if (name)
		printf("  %-8s %9.3f ms\n", name,
		       std::chrono::duration<double, std::milli>(now - last).count());
	last = std::chrono::steady_clock::now();
}

/* a is rows x inner, b is inner x columns, c is rows x columns, all row by row */
__global__ void matrix_mul(const float *a, const float *b, float *c, int rows, int inner,
			   int columns)
{
	__shared__ float a_tile[TILE][TILE], b_tile[TILE][TILE];
	int row = blockIdx.y * TILE + threadIdx.y;
	int column = blockIdx.x * TILE + threadIdx.x;
	float sum = 0;

	for (int at = 0; at < inner; at += TILE) {
		int a_column = at + threadIdx.x, b_row = at + threadIdx.y;

		a_tile[threadIdx.y][threadIdx.x] =
			row < rows && a_column < inner ? a[(size_t)row * inner + a_column] : 0;
		b_tile[threadIdx.y][threadIdx.x] =
			b_row < inner && column < columns ? b[(size_t)b_row * columns + column] : 0;
		__syncthreads();
		for (int k = 0; k < TILE; k++)
			sum += a_tile[threadIdx.y][k] * b_tile[k][threadIdx.x];
		__syncthreads();
	}
	if (row < rows && column < columns)
		c[(size_t)row * columns + column] = sum;
}

/* wrong_elements() - compare with the product computed here, in double precision */
static size_t wrong_elements(const std::vector<float> &a, const std::vector<float> &b,
			     const std::vector<float> &c, int rows, int inner, int columns)
{
	std::vector<double> sum(columns);
	/* elements are in [-1, 1]: each of the inner additions rounds by at most inner * 2^-24 */
	double bound = (double)inner * inner * ldexp(1, -24);
	size_t wrong = 0;

	for (int i = 0; i < rows; i++) {
		sum.assign(columns, 0);
		for (int k = 0; k < inner; k++)
			for (int j = 0; j < columns; j++)
				sum[j] += (double)a[(size_t)i * inner + k] *
					  b[(size_t)k * columns + j];
		for (int j = 0; j < columns; j++)
			wrong += !(fabs(c[(size_t)i * columns + j] - sum[j]) <= bound);
	}
	return wrong;
}

static void random_fill(std::vector<float> &matrix)
{
	static std::mt19937 random(std::random_device{}());
	std::uniform_real_distribution<float> value(-1, 1);

	for (float &element : matrix)
		element = value(random);
}

static size_t bytes(const std::vector<float> &matrix)
{
	return matrix.size() * sizeof(float);
}

int main(int argc, char **argv)
{
	int rows = argc > 1 ? atoi(argv[1]) : 256;
	int inner = argc > 2 ? atoi(argv[2]) : rows;
	int columns = argc > 3 ? atoi(argv[3]) : rows;
	float *dev_a, *dev_b, *dev_c;
	cudaDeviceProp device;
	size_t wrong;

	if (argc > 4 || rows < 1 || inner < 1 || columns < 1 || rows > 1 << 20) {
		fprintf(stderr, "usage: matrixMul [ROWS [INNER [COLUMNS]]]\n");
		return 2;
	}
	std::vector<float> a((size_t)rows * inner), b((size_t)inner * columns);
	std::vector<float> c((size_t)rows * columns);
	random_fill(a);
	random_fill(b);

	phase(NULL);
	CUDA(cudaGetDeviceProperties(&device, 0));
	printf("matrixMul: %d x %d times %d x %d on %s\n", rows, inner, inner, columns, device.name);
	phase("start");
	CUDA(cudaMalloc(&dev_a, bytes(a)));
	CUDA(cudaMalloc(&dev_b, bytes(b)));
	CUDA(cudaMalloc(&dev_c, bytes(c)));
	phase("alloc");
	CUDA(cudaMemcpy(dev_a, a.data(), bytes(a), cudaMemcpyHostToDevice));
	CUDA(cudaMemcpy(dev_b, b.data(), bytes(b), cudaMemcpyHostToDevice));
	phase("copy in");
	dim3 block(TILE, TILE), grid((columns + TILE - 1) / TILE, (rows + TILE - 1) / TILE);
	matrix_mul<<<grid, block>>>(dev_a, dev_b, dev_c, rows, inner, columns);
	CUDA(cudaGetLastError());
	CUDA(cudaDeviceSynchronize());
	phase("kernel");
	CUDA(cudaMemcpy(c.data(), dev_c, bytes(c), cudaMemcpyDeviceToHost));
	phase("copy out");
	CUDA(cudaFree(dev_a));
	CUDA(cudaFree(dev_b));
	CUDA(cudaFree(dev_c));

	wrong = wrong_elements(a, b, c, rows, inner, columns);
	if (wrong) {
		printf("matrixMul: FAILED, %zu of %zu elements are wrong\n", wrong, c.size());
		return 1;
	}
	printf("matrixMul: passed, all %zu elements are right\n", c.size());
	return 0;
}
