/* SPDX-License-Identifier: MIT */
/*
 * Integrals by Simpson's rule in double precision, of functions with known integrals; a difficult
 * one adaptively: each thread halves its interval where it must, with a stack of its own.
 */
#include "program.h"

#define BLOCK 128

/* f(0, x) = 4 / (1 + x^2), f(1, x) = exp(x), f(2, x) = sin(20 x), f(3, x) = sqrt(x) */
__device__ double f(int which, double x)
{
	switch (which) {
	case 0:
		return 4 / (1 + x * x);
	case 1:
		return exp(x);
	case 2:
		return sin(20 * x);
	default:
		return sqrt(x);
	}
}

__global__ void simpson(int which, int n, double *sum)
{
	double h = 1.0 / n, mine = 0;

	for (int i = blockIdx.x * BLOCK + threadIdx.x; i < n; i += gridDim.x * BLOCK)
		mine += h / 6 * (f(which, i * h) + 4 * f(which, (i + 0.5) * h) +
				 f(which, (i + 1) * h));
	for (int d = 16; d > 0; d /= 2)
		mine += __shfl_down_sync(~0u, mine, d);
	if (threadIdx.x % 32 == 0)
		atomicAdd(sum, mine);
}

struct interval {
	double a, b, whole;
};

__device__ double rule(int which, double a, double b)
{
	return (b - a) / 6 * (f(which, a) + 4 * f(which, (a + b) / 2) + f(which, b));
}

__global__ void adaptive(int which, double tolerance, double *parts)
{
	int n = gridDim.x * BLOCK, i = blockIdx.x * BLOCK + threadIdx.x, top = 1;
	double sum = 0;
	interval stack[40];

	stack[0] = { (double)i / n, (double)(i + 1) / n, 0 };
	stack[0].whole = rule(which, stack[0].a, stack[0].b);
	while (top > 0) {
		interval now = stack[--top];
		double middle = (now.a + now.b) / 2, left = rule(which, now.a, middle);
		double right = rule(which, middle, now.b);

		if (fabs(left + right - now.whole) < tolerance || top > 37) {
			sum += left + right;
		} else {
			stack[top++] = { middle, now.b, right };
			stack[top++] = { now.a, middle, left };
		}
	}
	parts[i] = sum;
}

int main(int argc, char **argv)
{
	static const char *const names[] = { "4 / (1 + x^2)", "exp(x)", "sin(20 x)", "sqrt(x)" };
	const double exact[] = { M_PI, M_E - 1, (1 - cos(20)) / 20, 2.0 / 3 };
	const int n = program_size(argc, argv, 10000);
	double *sums = device_array<double>(4), *parts = device_array<double>(BLOCK), total = 0;
	std::vector<double> got;

	CUDA(cudaMemset(sums, 0, 4 * sizeof(double)));
	for (int which = 0; which < 4; which++)
		simpson<<<4, BLOCK>>>(which, n, sums + which);
	got = from_device(sums, 4);
	for (int which = 0; which < 4; which++) {
		check_close(got[which], exact[which], which == 3 ? 1e-6 : 1e-12);
		printf("%s: %.5f\n", names[which], got[which]);
	}
	adaptive<<<1, BLOCK>>>(3, 1e-14, parts);
	for (double part : from_device(parts, BLOCK))
		total += part;
	check_close(total, exact[3], 1e-11);
	printf("%s, adaptively: %.9f\n", names[3], total);
	release(sums, parts);
	return finish();
}
