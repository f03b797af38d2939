/* SPDX-License-Identifier: MIT */
/*
 * Conjugate gradients for Poisson's equation on a square.  The scalars stay on the GPU: the CPU
 * launches, and looks at the residue now and then.
 */
#include "program.h"

#define BLOCK 128

enum { OLD, PRODUCT, NEW, SCALARS }; /* r.r before, p.Ap, r.r after */

/* y = A p, the five-point Laplacian of an m x m grid that is zero outside */
__global__ void laplace(const double *p, double *y, int m)
{
	int i = blockIdx.x * BLOCK + threadIdx.x, row = i / m, column = i % m;

	if (i >= m * m)
		return;
	y[i] = 4 * p[i] - (column > 0 ? p[i - 1] : 0) - (column < m - 1 ? p[i + 1] : 0) -
	       (row > 0 ? p[i - m] : 0) - (row < m - 1 ? p[i + m] : 0);
}

/* One block: the product of two vectors, always added up alike */
__global__ void dot(const double *a, const double *b, double *result, int n)
{
	__shared__ double s[BLOCK];
	double mine = 0;

	for (int i = threadIdx.x; i < n; i += BLOCK)
		mine = fma(a[i], b[i], mine);
	s[threadIdx.x] = mine;
	for (int half = BLOCK / 2; half > 0; half /= 2) {
		__syncthreads();
		if (threadIdx.x < half)
			s[threadIdx.x] += s[threadIdx.x + half];
	}
	if (threadIdx.x == 0)
		*result = s[0];
}

__global__ void advance(double *x, double *r, const double *p, const double *ap, const double *s,
			int n)
{
	int i = blockIdx.x * BLOCK + threadIdx.x;
	double alpha = s[OLD] / s[PRODUCT];

	if (i < n) {
		x[i] = fma(alpha, p[i], x[i]);
		r[i] = fma(-alpha, ap[i], r[i]);
	}
}

__global__ void turn(double *p, const double *r, const double *s, int n)
{
	int i = blockIdx.x * BLOCK + threadIdx.x;

	if (i < n)
		p[i] = fma(s[NEW] / s[OLD], p[i], r[i]);
}

int main(int argc, char **argv)
{
	const int m = program_size(argc, argv, 40), n = m * m, blocks = blocks_for(n, BLOCK);
	std::vector<double> b(n), x, scalars;
	int rounds = 0;

	for (double &v : b)
		v = rng_float();
	double *r = to_device(b), *p = to_device(b), *ap = device_array<double>(n);
	double *dev_x = to_device(std::vector<double>(n)), *s = device_array<double>(SCALARS);

	dot<<<1, BLOCK>>>(r, r, s + OLD, n);
	do {
		for (int i = 0; i < 10; i++, rounds++) {
			laplace<<<blocks, BLOCK>>>(p, ap, m);
			dot<<<1, BLOCK>>>(p, ap, s + PRODUCT, n);
			advance<<<blocks, BLOCK>>>(dev_x, r, p, ap, s, n);
			dot<<<1, BLOCK>>>(r, r, s + NEW, n);
			turn<<<blocks, BLOCK>>>(p, r, s, n);
			CUDA(cudaMemcpyAsync(s + OLD, s + NEW, sizeof(double),
					     cudaMemcpyDeviceToDevice));
		}
		scalars = from_device(s, SCALARS);
	} while (scalars[OLD] > 1e-18 && rounds < 10 * m);
	x = from_device(dev_x, n);

	for (int i = 0; i < n; i++) {
		double y = 4 * x[i] - (i % m ? x[i - 1] : 0) - ((i + 1) % m ? x[i + 1] : 0) -
			   (i >= m ? x[i - m] : 0) - (i < n - m ? x[i + m] : 0);

		check_close(y, b[i], 1e-7);
	}
	printf("%d rounds\n", rounds);
	print_checksum("solution", x);
	release(r, p, ap, dev_x, s);
	return finish();
}
