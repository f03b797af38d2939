/* SPDX-License-Identifier: MIT */
/*
 * Cholesky decomposition of many small matrices, a block each, in dynamic shared memory: the usual
 * batched case.
 */
#include "program.h"

/* The lower triangles of a[blockIdx.x] become L with L L^T = A */
__global__ void decompose(float *a, int n)
{
	extern __shared__ float l[];
	int row = threadIdx.x;

	a += blockIdx.x * n * n;
	for (int i = threadIdx.x; i < n * n; i += blockDim.x)
		l[i] = a[i];
	__syncthreads();
	for (int k = 0; k < n; k++) {
		if (row == k)
			l[k * n + k] = sqrtf(l[k * n + k]);
		__syncthreads();
		if (row > k)
			l[row * n + k] /= l[k * n + k];
		__syncthreads();
		if (row > k)
			for (int j = k + 1; j <= row; j++)
				l[row * n + j] = fmaf(-l[row * n + k], l[j * n + k],
						      l[row * n + j]);
		__syncthreads();
	}
	for (int j = 0; j < n; j++)
		a[row * n + j] = j <= row ? l[row * n + j] : 0;
}

static void decompose_on_cpu(float *a, int n)
{
	for (int k = 0; k < n; k++) {
		a[k * n + k] = sqrtf(a[k * n + k]);
		for (int i = k + 1; i < n; i++)
			a[i * n + k] /= a[k * n + k];
		for (int i = k + 1; i < n; i++)
			for (int j = k + 1; j <= i; j++)
				a[i * n + j] = fmaf(-a[i * n + k], a[j * n + k], a[i * n + j]);
	}
	for (int i = 0; i < n * n; i++)
		if (i % n > i / n)
			a[i] = 0;
}

int main(int argc, char **argv)
{
	const int matrices = program_size(argc, argv, 20), n = 40;
	std::vector<float> a(matrices * n * n), l, got;
	float *dev;

	for (int m = 0; m < matrices; m++) { /* B B^T + 1: positive definite */
		std::vector<float> b = random_floats(n * n);

		for (int i = 0; i < n * n; i++) {
			float sum = i / n == i % n;

			for (int k = 0; k < n; k++)
				sum += b[i / n * n + k] * b[i % n * n + k];
			a[m * n * n + i] = sum;
		}
	}
	dev = to_device(a);
	decompose<<<matrices, n, n * n * sizeof(float)>>>(dev, n);
	got = from_device(dev, a.size());
	l = a;
	for (int m = 0; m < matrices; m++)
		decompose_on_cpu(&l[m * n * n], n);
	check_equal(got, l);
	for (int i = 0; i < n * n; i++) { /* the first one by the definition */
		double sum = 0;

		for (int k = 0; k < n; k++)
			sum += (double)l[i / n * n + k] * l[i % n * n + k];
		check_close(sum, a[i], 1e-5);
	}
	print_checksum("L", got);
	release(dev);
	return finish();
}
