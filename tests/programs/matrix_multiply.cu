/* SPDX-License-Identifier: MIT */
/* C = A B by tiles in shared memory, for matrices that are no whole number of tiles */
#include "program.h"

#define TILE 16

/* A is n x m, B is m x k.  A block computes a tile of C; outside the matrices there are zeros. */
__global__ void multiply(const float *a, const float *b, float *c, int n, int m, int k)
{
	__shared__ float tile_a[TILE][TILE], tile_b[TILE][TILE];
	int row = blockIdx.y * TILE + threadIdx.y, column = blockIdx.x * TILE + threadIdx.x;
	float sum = 0;

	for (int t = 0; t < m; t += TILE) {
		int column_a = t + threadIdx.x, row_b = t + threadIdx.y;

		tile_a[threadIdx.y][threadIdx.x] =
			row < n && column_a < m ? a[row * m + column_a] : 0;
		tile_b[threadIdx.y][threadIdx.x] =
			row_b < m && column < k ? b[row_b * k + column] : 0;
		__syncthreads();
		for (int i = 0; i < TILE; i++)
			sum = fmaf(tile_a[threadIdx.y][i], tile_b[i][threadIdx.x], sum);
		__syncthreads();
	}
	if (row < n && column < k)
		c[row * k + column] = sum;
}

/* check_rows() - every so-manieth row of C, in the kernel's order of operations */
static void check_rows(const std::vector<float> &a, const std::vector<float> &b,
		       const std::vector<float> &c, int n, int m, int k)
{
	int step = n > 300 ? n / 8 : 1;

	for (int row = 0; row < n; row += step) {
		std::vector<float> want(k, 0.0f);

		for (int i = 0; i < m; i++)
			for (int column = 0; column < k; column++)
				want[column] = fmaf(a[row * m + i], b[i * k + column],
						    want[column]);
		CHECK_SAME(&c[row * k], want.data(), k * sizeof(float));
	}
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 150), m = n + 7, k = n - 5;
	const int rounds = program_rounds(argc, argv);
	std::vector<float> a = random_floats(n * m), b = random_floats(m * k), c;
	dim3 grid(blocks_for(k, TILE), blocks_for(n, TILE)), block(TILE, TILE);

	gpu_begin();
	float *dev_a = to_device(a), *dev_b = to_device(b), *dev_c = device_array<float>(n * k);
	for (int r = 0; r < rounds; r++)
		multiply<<<grid, block>>>(dev_a, dev_b, dev_c, n, m, k);
	c = from_device(dev_c, n * k);
	gpu_end();

	check_rows(a, b, c, n, m, k);
	print_checksum("product", c);
	release(dev_a, dev_b, dev_c);
	return finish();
}
