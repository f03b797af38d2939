/* SPDX-License-Identifier: MIT */
/*
 * Jacobi's method for a linear system whose diagonal is heavy, until no unknown changes much.  The
 * greatest change is a maximum of floats: not negative, they are ordered as their bits are.
 */
#include "program.h"

#define ENOUGH 1e-6f

__global__ void improve(const float *a, const float *b, const float *x, float *next, int n,
			int *change)
{
	int row = blockIdx.x * blockDim.x + threadIdx.x;
	float sum = 0;

	if (row >= n)
		return;
	for (int j = 0; j < n; j++) /* a is stored by columns: what a warp loads lies in a row */
		if (j != row)
			sum = fmaf(a[j * n + row], x[j], sum);
	next[row] = (b[row] - sum) / a[row * n + row];
	atomicMax(change, __float_as_int(fabsf(next[row] - x[row])));
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 200);
	std::vector<float> a = random_floats(n * n), x(n, 0.0f), next(n), b(n), solution, got;
	int *change = device_array<int>(1), rounds = 0;
	float changed, greatest;

	solution = random_floats(n);
	for (int i = 0; i < n; i++)
		a[i * n + i] = n;
	for (int i = 0; i < n; i++) {
		double sum = 0;

		for (int j = 0; j < n; j++)
			sum += (double)a[j * n + i] * solution[j];
		b[i] = sum;
	}
	float *dev_a = to_device(a), *dev_b = to_device(b), *from = to_device(x);
	float *to = device_array<float>(n);

	do {
		CUDA(cudaMemset(change, 0, sizeof(int)));
		improve<<<blocks_for(n, 64), 64>>>(dev_a, dev_b, from, to, n, change);
		CUDA(cudaMemcpy(&changed, change, sizeof(int), cudaMemcpyDeviceToHost));
		std::swap(from, to);

		greatest = 0;
		for (int i = 0; i < n; i++) {
			float sum = 0;

			for (int j = 0; j < n; j++)
				if (j != i)
					sum = fmaf(a[j * n + i], x[j], sum);
			next[i] = (b[i] - sum) / a[i * n + i];
			greatest = fmaxf(greatest, fabsf(next[i] - x[i]));
		}
		x.swap(next);
		CHECK(changed == greatest);
	} while (changed > ENOUGH && ++rounds < 100);
	got = from_device(from, n);
	check_equal(got, x);
	check_close(got, solution, 1e-4);
	printf("%d rounds\n", rounds);
	print_checksum("solution", got);
	release(change, dev_a, dev_b, from, to);
	return finish();
}
