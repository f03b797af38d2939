/* SPDX-License-Identifier: MIT */
/*
 * A matrix times a vector in half precision, two numbers at a time: summed up in halves, as the
 * instructions do it, and in single precision.
 */
#include "program.h"
#include <cuda_fp16.h>

/* A thread a row; both halves of the sum are added at the end */
__global__ void multiply(const __half2 *a, const __half2 *x, __half *y, float *y_single, int rows,
			 int columns)
{
	int row = blockIdx.x * blockDim.x + threadIdx.x;
	__half2 sum = __float2half2_rn(0);
	float single = 0;

	if (row >= rows)
		return;
	for (int i = 0; i < columns / 2; i++) {
		__half2 e = a[row * (columns / 2) + i];
		float2 p = __half22float2(e), q = __half22float2(x[i]);

		sum = __hfma2(e, x[i], sum);
		single = fmaf(p.x, q.x, single);
		single = fmaf(p.y, q.y, single);
	}
	y[row] = __hadd(__low2half(sum), __high2half(sum));
	y_single[row] = single;
}

/* to_half() - rounded to the nearest half: 11 bits */
static double to_half(double x)
{
	int exponent;
	double mantissa = frexp(x, &exponent);

	if (exponent < -13) /* subnormal: steps of 2^-24 */
		return ldexp(nearbyint(ldexp(x, 24)), -24);
	return ldexp(nearbyint(ldexp(mantissa, 11)), exponent - 11);
}

int main(int argc, char **argv)
{
	const int rows = program_size(argc, argv, 500), columns = 128;
	std::vector<__half> a(rows * columns), x(columns), got;
	std::vector<float> single;

	for (__half &v : a)
		v = __float2half(rng_float() / 4);
	for (__half &v : x)
		v = __float2half(rng_float());
	__half *dev_a = to_device(a), *dev_x = to_device(x), *y = device_array<__half>(rows);
	float *y_single = device_array<float>(rows);

	multiply<<<blocks_for(rows, 64), 64>>>((__half2 *)dev_a, (__half2 *)dev_x, y, y_single,
					       rows, columns);
	got = from_device(y, rows);
	single = from_device(y_single, rows);
	for (int row = 0; row < rows; row++) {
		double sum[2] = { 0, 0 };
		float want = 0;

		for (int i = 0; i < columns; i++) { /* exact in double, then rounded once */
			double p = __half2float(a[row * columns + i]), q = __half2float(x[i]);

			sum[i % 2] = to_half(p * q + sum[i % 2]);
			want = fmaf(p, q, want);
		}
		CHECK(__half2float(got[row]) == to_half(sum[0] + sum[1]));
		CHECK(single[row] == want);
	}
	print_checksum("in halves", got);
	print_checksum("in single precision", single);
	release(dev_a, dev_x, y, y_single);
	return finish();
}
