/* SPDX-License-Identifier: MIT */
/*
 * A bilateral filter smooths a picture but for its edges: a neighbour weighs less the farther away
 * it is and the more its brightness differs.  The exponentials are approximations on the GPU.
 */
#include "program.h"

#define RADIUS 3

template <typename T> __host__ __device__ inline T weight(T distance2, T difference)
{
	return exp(-distance2 / 8 - difference * difference * 20);
}

template <typename T>
__host__ __device__ inline T filter_at(const float *in, int x, int y, int width, int height)
{
	T sum = 0, total = 0, here = in[y * width + x], w;

	for (int dy = -RADIUS; dy <= RADIUS; dy++)
		for (int dx = -RADIUS; dx <= RADIUS; dx++) {
			if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height)
				continue;
			T there = in[(y + dy) * width + x + dx];

			w = weight((T)(dx * dx + dy * dy), there - here);
			sum += w * there;
			total += w;
		}
	return sum / total;
}

__global__ void filter(const float *in, float *out, int width, int height)
{
	int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;

	if (x < width && y < height)
		out[y * width + x] = filter_at<float>(in, x, y, width, height);
}

int main(int argc, char **argv)
{
	const int width = program_size(argc, argv, 120), height = width * 2 / 3, n = width * height;
	std::vector<float> picture(n), got;

	for (int i = 0; i < n; i++)
		picture[i] = (i % width > width / 2 ? 0.8f : 0.2f) + 0.1f * rng_float();
	float *in = to_device(picture), *out = device_array<float>(n);
	filter<<<dim3(blocks_for(width, 16), blocks_for(height, 16)), dim3(16, 16)>>>(
		in, out, width, height);
	got = from_device(out, n);
	for (int i = 0; i < n; i++)
		check_close(got[i],
			    filter_at<double>(&picture[0], i % width, i / width, width, height),
			    1e-5);
	printf("%d x %d pixels\n", width, height);
	release(in, out);
	return finish();
}
