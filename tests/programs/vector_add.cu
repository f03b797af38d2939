/* SPDX-License-Identifier: MIT */
/* The sum of two vectors: a thread an element */
#include "program.h"

__global__ void add(const float *a, const float *b, float *c, int n)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		c[i] = a[i] + b[i];
}

/* The same with fewer threads than elements: each takes every so-manieth one */
__global__ void add_strided(const float *a, const float *b, float *c, int n)
{
	for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
		c[i] = a[i] + b[i];
}

/* Four elements a thread, loaded and stored at once; n is a multiple of four */
__global__ void add_vectors(const float4 *a, const float4 *b, float4 *c, int n)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;
	float4 x, y;

	if (4 * i >= n)
		return;
	x = a[i];
	y = b[i];
	c[i] = make_float4(x.x + y.x, x.y + y.y, x.z + y.z, x.w + y.w);
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 300000) / 4 * 4;
	std::vector<float> a = random_floats(n), b = random_floats(n), want(n);
	float *dev_a = to_device(a), *dev_b = to_device(b), *dev_c = device_array<float>(n);

	for (int i = 0; i < n; i++)
		want[i] = a[i] + b[i];

	add<<<blocks_for(n, 256), 256>>>(dev_a, dev_b, dev_c, n);
	check_equal(from_device(dev_c, n), want);

	CUDA(cudaMemset(dev_c, 0, n * sizeof(float)));
	add_strided<<<32, 128>>>(dev_a, dev_b, dev_c, n);
	check_equal(from_device(dev_c, n), want);

	CUDA(cudaMemset(dev_c, 0, n * sizeof(float)));
	add_vectors<<<blocks_for(n / 4, 256), 256>>>((float4 *)dev_a, (float4 *)dev_b,
						     (float4 *)dev_c, n);
	check_equal(from_device(dev_c, n), want);

	print_checksum("sum", want);
	release(dev_a, dev_b, dev_c);
	return finish();
}
