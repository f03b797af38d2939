/* SPDX-License-Identifier: MIT */
/*
 * QR decomposition by modified Gram-Schmidt: column after column is made a unit vector and taken
 * out of all columns after it, a block each, whose threads reduce the scalar product.
 */
#include "program.h"

#define BLOCK 64

/* The sum of what all threads of the block have, for all of them, always added up alike */
__device__ double block_sum(double mine)
{
	__shared__ double s[BLOCK];

	__syncthreads();
	s[threadIdx.x] = mine;
	for (int half = BLOCK / 2; half > 0; half /= 2) {
		__syncthreads();
		if (threadIdx.x < half)
			s[threadIdx.x] += s[threadIdx.x + half];
	}
	__syncthreads();
	return s[0];
}

__device__ double product(const double *a, const double *b, int n)
{
	double mine = 0;

	for (int i = threadIdx.x; i < n; i += BLOCK)
		mine = fma(a[i], b[i], mine);
	return block_sum(mine);
}

/* Columns lie one after another, n numbers each; r is k x k */
__global__ void normalize(double *q, double *r, int n, int k, int j)
{
	double length = sqrt(product(q + j * n, q + j * n, n));

	for (int i = threadIdx.x; i < n; i += BLOCK)
		q[j * n + i] /= length;
	if (threadIdx.x == 0)
		r[j * k + j] = length;
}

__global__ void take_out(double *q, double *r, int n, int k, int j)
{
	int other = j + 1 + blockIdx.x;
	double part = product(q + j * n, q + other * n, n);

	for (int i = threadIdx.x; i < n; i += BLOCK)
		q[other * n + i] = fma(-part, q[j * n + i], q[other * n + i]);
	if (threadIdx.x == 0)
		r[j * k + other] = part;
}

int main(int argc, char **argv)
{
	const int k = program_size(argc, argv, 40), n = 3 * k;
	std::vector<double> a(n * k), q, r;

	for (double &v : a)
		v = rng_float();
	double *dev_q = to_device(a), *dev_r = device_array<double>(k * k);
	CUDA(cudaMemset(dev_r, 0, k * k * sizeof(double)));
	for (int j = 0; j < k; j++) {
		normalize<<<1, BLOCK>>>(dev_q, dev_r, n, k, j);
		if (j + 1 < k)
			take_out<<<k - j - 1, BLOCK>>>(dev_q, dev_r, n, k, j);
	}
	q = from_device(dev_q, n * k);
	r = from_device(dev_r, k * k);

	for (int i = 0; i < k; i++)
		for (int j = 0; j < k; j++) {
			double dot = 0;

			for (int t = 0; t < n; t++)
				dot += q[i * n + t] * q[j * n + t];
			check_close(dot, i == j, 1e-10);
			CHECK(i <= j || r[i * k + j] == 0);
		}
	for (int j = 0; j < k; j++)
		for (int t = 0; t < n; t++) {
			double sum = 0;

			for (int i = 0; i <= j; i++)
				sum += q[i * n + t] * r[i * k + j];
			check_close(sum, a[j * n + t], 1e-12);
		}
	print_checksum("Q", q);
	print_checksum("R", r);
	release(dev_q, dev_r);
	return finish();
}
