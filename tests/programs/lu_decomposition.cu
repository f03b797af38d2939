/* SPDX-License-Identifier: MIT */
/*
 * LU decomposition with pivoting, and a linear system solved with it.  A block finds the pivot of
 * a column by a reduction; then rows change places, and all rows below are eliminated at once.
 */
#include "program.h"

#define BLOCK 128

/* The row from k on whose element in column k is the greatest; of equals the first */
__global__ void find_pivot(const double *a, int n, int k, int *pivot)
{
	__shared__ double greatest[BLOCK];
	__shared__ int rows[BLOCK];
	int t = threadIdx.x;

	greatest[t] = -1;
	rows[t] = n;
	for (int row = k + t; row < n; row += BLOCK)
		if (fabs(a[row * n + k]) > greatest[t]) {
			greatest[t] = fabs(a[row * n + k]);
			rows[t] = row;
		}
	for (int half = BLOCK / 2; half > 0; half /= 2) {
		__syncthreads();
		if (t < half && (greatest[t + half] > greatest[t] ||
				 (greatest[t + half] == greatest[t] && rows[t + half] < rows[t]))) {
			greatest[t] = greatest[t + half];
			rows[t] = rows[t + half];
		}
	}
	if (t == 0)
		pivot[k] = rows[0];
}

__global__ void swap_rows(double *a, int n, int k, const int *pivot)
{
	int column = blockIdx.x * blockDim.x + threadIdx.x, other = pivot[k];

	if (column < n && other != k) {
		double t = a[k * n + column];

		a[k * n + column] = a[other * n + column];
		a[other * n + column] = t;
	}
}

__global__ void scale_column(double *a, int n, int k)
{
	int row = k + 1 + blockIdx.x * blockDim.x + threadIdx.x;

	if (row < n)
		a[row * n + k] /= a[k * n + k];
}

__global__ void eliminate(double *a, int n, int k)
{
	int column = k + 1 + blockIdx.x * blockDim.x + threadIdx.x;
	int row = k + 1 + blockIdx.y * blockDim.y + threadIdx.y;

	if (row < n && column < n)
		a[row * n + column] = fma(-a[row * n + k], a[k * n + column], a[row * n + column]);
}

/* solve() - P A x = L U x = P b */
static std::vector<double> solve(const std::vector<double> &lu, const std::vector<int> &pivot,
				 std::vector<double> b)
{
	const int n = b.size();

	for (int k = 0; k < n; k++)
		std::swap(b[k], b[pivot[k]]);
	for (int i = 0; i < n; i++)
		for (int j = 0; j < i; j++)
			b[i] -= lu[i * n + j] * b[j];
	for (int i = n - 1; i >= 0; i--) {
		for (int j = i + 1; j < n; j++)
			b[i] -= lu[i * n + j] * b[j];
		b[i] /= lu[i * n + i];
	}
	return b;
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 96);
	std::vector<double> a(n * n), x(n), b(n, 0.0), lu;
	std::vector<int> pivot;

	for (double &v : a)
		v = rng_float();
	for (int i = 0; i < n; i++)
		x[i] = rng_float();
	for (int i = 0; i < n * n; i++)
		b[i / n] += a[i] * x[i % n];

	double *dev = to_device(a);
	int *dev_pivot = device_array<int>(n);
	for (int k = 0; k < n; k++) {
		int rest = n - k - 1;

		find_pivot<<<1, BLOCK>>>(dev, n, k, dev_pivot);
		swap_rows<<<blocks_for(n, 64), 64>>>(dev, n, k, dev_pivot);
		if (!rest)
			break;
		scale_column<<<blocks_for(rest, 64), 64>>>(dev, n, k);
		eliminate<<<dim3(blocks_for(rest, 16), blocks_for(rest, 8)), dim3(16, 8)>>>(dev, n,
											    k);
	}
	lu = from_device(dev, n * n);
	pivot = from_device(dev_pivot, n);
	for (int k = 0; k < n; k++)
		CHECK(pivot[k] >= k && pivot[k] < n);
	check_close(solve(lu, pivot, b), x, 1e-8);
	print_checksum("L and U", lu);
	release(dev, dev_pivot);
	return finish();
}
