/* SPDX-License-Identifier: MIT */
/*
 * Scalar products of vectors in bfloat16, summed up in single precision: the formats are converted
 * on the GPU both ways, and rounding to nearest even is checked with the bits on the CPU.
 */
#include "program.h"
#include <cuda_bf16.h>

__global__ void to_bfloat16(const float *in, __nv_bfloat16 *out, int n)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		out[i] = __float2bfloat16(in[i]);
}

/* A warp a row of @a; the sum is the same in every lane */
__global__ void dot(const __nv_bfloat16 *a, const __nv_bfloat16 *x, float *out, int columns)
{
	int row = blockIdx.x, lane = threadIdx.x;
	float sum = 0;

	for (int i = lane; i < columns; i += 32)
		sum = fmaf(__bfloat162float(a[row * columns + i]), __bfloat162float(x[i]), sum);
	for (int d = 16; d > 0; d /= 2)
		sum += __shfl_xor_sync(~0u, sum, d);
	if (lane == 0)
		out[row] = sum;
}

static uint16_t round_on_cpu(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

static float widen(uint16_t b)
{
	uint32_t bits = (uint32_t)b << 16;
	float x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

int main(int argc, char **argv)
{
	const int rows = program_size(argc, argv, 300), columns = 200;
	std::vector<float> a = random_floats(rows * columns), x = random_floats(columns), got;
	float *dev_a = to_device(a), *dev_x = to_device(x), *out = device_array<float>(rows);
	__nv_bfloat16 *a16 = device_array<__nv_bfloat16>(a.size());
	__nv_bfloat16 *x16 = device_array<__nv_bfloat16>(columns);
	std::vector<uint16_t> want(a.size());

	to_bfloat16<<<blocks_for(a.size(), 256), 256>>>(dev_a, a16, a.size());
	to_bfloat16<<<blocks_for(columns, 256), 256>>>(dev_x, x16, columns);
	for (size_t i = 0; i < a.size(); i++)
		want[i] = round_on_cpu(a[i]);
	check_equal(from_device((uint16_t *)a16, a.size()), want);

	dot<<<rows, 32>>>(a16, x16, out, columns);
	got = from_device(out, rows);
	for (int row = 0; row < rows; row++) {
		double sum = 0;

		for (int i = 0; i < columns; i++)
			sum += (double)widen(want[row * columns + i]) * widen(round_on_cpu(x[i]));
		check_close(got[row], sum, 1e-5);
	}
	print_checksum("bfloat16", want);
	print_checksum("products", got);
	release(dev_a, dev_x, out, a16, x16);
	return finish();
}
