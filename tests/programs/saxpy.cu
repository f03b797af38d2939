/* SPDX-License-Identifier: MIT */
/* y = a x + y, again and again: single and double precision, fused and not */
#include "program.h"

__global__ void saxpy(float *y, float a, const float *x, int n)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		y[i] = fmaf(a, x[i], y[i]);
}

__global__ void saxpy_unfused(float *y, float a, const float *x, int n)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		y[i] = a * x[i] + y[i];
}

__global__ void daxpy(double *y, double a, const double *x, int n)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		y[i] = fma(a, x[i], y[i]);
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 100001), rounds = 5;
	std::vector<float> x = random_floats(n), y = random_floats(n);
	std::vector<double> dx(n), dy(n);
	const float a = 0.7f;
	float *dev_x = to_device(x), *dev_y = to_device(y);

	for (int i = 0; i < n; i++) {
		dx[i] = rng_float() / 3.0;
		dy[i] = rng_float() / 7.0;
	}
	double *dev_dx = to_device(dx), *dev_dy = to_device(dy);

	for (int r = 0; r < rounds; r++) {
		saxpy<<<blocks_for(n, 256), 256>>>(dev_y, a, dev_x, n);
		saxpy_unfused<<<blocks_for(n, 256), 256>>>(dev_y, -a, dev_x, n);
		daxpy<<<blocks_for(n, 256), 256>>>(dev_dy, 1.0 / 3, dev_dx, n);
		for (int i = 0; i < n; i++) {
			y[i] = fmaf(a, x[i], y[i]);
			y[i] = -a * x[i] + y[i];
			dy[i] = fma(1.0 / 3, dx[i], dy[i]);
		}
	}
	check_equal(from_device(dev_y, n), y);
	check_equal(from_device(dev_dy, n), dy);
	print_checksum("single", y);
	print_checksum("double", dy);
	release(dev_x, dev_y, dev_dx, dev_dy);
	return finish();
}
