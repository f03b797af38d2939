/* SPDX-License-Identifier: MIT */
/*
 * A sparse matrix, in compressed rows, times a vector: a thread a row, and a warp a row, whose
 * lanes take every 32nd element and add up with shuffles.
 */
#include "graph.h"

__global__ void multiply_scalar(const int *first, const int *column, const double *value,
				const double *x, double *y, int rows)
{
	int row = blockIdx.x * blockDim.x + threadIdx.x;
	double sum = 0;

	if (row >= rows)
		return;
	for (int i = first[row]; i < first[row + 1]; i++)
		sum = fma(value[i], x[column[i]], sum);
	y[row] = sum;
}

__global__ void multiply_vector(const int *first, const int *column, const double *value,
				const double *x, double *y, int rows)
{
	int row = (blockIdx.x * blockDim.x + threadIdx.x) / 32, lane = threadIdx.x % 32;
	double sum = 0;

	if (row >= rows)
		return;
	for (int i = first[row] + lane; i < first[row + 1]; i += 32)
		sum = fma(value[i], x[column[i]], sum);
	for (int d = 16; d > 0; d /= 2)
		sum += __shfl_xor_sync(~0u, sum, d);
	if (lane == 0)
		y[row] = sum;
}

int main(int argc, char **argv)
{
	const graph g = random_graph(program_size(argc, argv, 5000), 8);
	const int rows = g.vertices();
	std::vector<double> value(g.edges()), x(rows), want(rows, 0.0), got;

	for (double &v : value)
		v = rng_float();
	for (double &v : x)
		v = rng_float() / 3.0;
	for (int row = 0; row < rows; row++)
		for (int i = g.first[row]; i < g.first[row + 1]; i++)
			want[row] = fma(value[i], x[g.to[i]], want[row]);

	int *first = to_device(g.first), *column = to_device(g.to);
	double *dev_value = to_device(value), *dev_x = to_device(x);
	double *y = device_array<double>(rows);

	multiply_scalar<<<blocks_for(rows, 128), 128>>>(first, column, dev_value, dev_x, y, rows);
	got = from_device(y, rows);
	check_equal(got, want);
	print_checksum("a thread a row", got);
	multiply_vector<<<blocks_for(rows, 4), 128>>>(first, column, dev_value, dev_x, y, rows);
	got = from_device(y, rows);
	check_close(got, want, 1e-12);
	print_checksum("a warp a row", got);
	release(first, column, dev_value, dev_x, y);
	return finish();
}
