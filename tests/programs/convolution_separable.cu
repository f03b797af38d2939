/* SPDX-License-Identifier: MIT */
/* Gaussian blur of a picture: rows first, then columns, with the weights in constant memory */
#include "program.h"

#define RADIUS 8
#define TILE 32

__constant__ float weights[2 * RADIUS + 1];
static float host_weights[2 * RADIUS + 1];

/* A block blurs TILE pixels of some rows; what lies outside the picture is black */
__global__ void blur_rows(const float *in, float *out, int width, int height)
{
	__shared__ float s[4][TILE + 2 * RADIUS];
	int x = blockIdx.x * TILE + threadIdx.x, y = blockIdx.y * 4 + threadIdx.y;
	float *row = s[threadIdx.y], sum = 0;

	for (int i = threadIdx.x; i < TILE + 2 * RADIUS; i += TILE) {
		int from = blockIdx.x * TILE + i - RADIUS;

		row[i] = y < height && from >= 0 && from < width ? in[y * width + from] : 0;
	}
	__syncthreads();
	if (x >= width || y >= height)
		return;
#pragma unroll
	for (int k = 0; k <= 2 * RADIUS; k++)
		sum = fmaf(weights[k], row[threadIdx.x + k], sum);
	out[y * width + x] = sum;
}

__global__ void blur_columns(const float *in, float *out, int width, int height)
{
	int x = blockIdx.x * TILE + threadIdx.x, y = blockIdx.y * 4 + threadIdx.y;
	float sum = 0;

	if (x >= width || y >= height)
		return;
	for (int k = -RADIUS; k <= RADIUS; k++)
		sum = fmaf(weights[k + RADIUS],
			   y + k >= 0 && y + k < height ? in[(y + k) * width + x] : 0, sum);
	out[y * width + x] = sum;
}

/* One direction: @step from pixel to pixel, of which there are @n */
static float blur_at(const float *line, int step, int i, int n)
{
	float sum = 0;

	for (int k = -RADIUS; k <= RADIUS; k++)
		sum = fmaf(host_weights[k + RADIUS],
			   i + k >= 0 && i + k < n ? line[(i + k) * step] : 0, sum);
	return sum;
}

int main(int argc, char **argv)
{
	const int width = program_size(argc, argv, 200), height = width * 3 / 4, n = width * height;
	const dim3 grid(blocks_for(width, TILE), blocks_for(height, 4)), block(TILE, 4);
	std::vector<float> picture = random_floats(n), rows(n), want(n), got;
	float *in = to_device(picture), *between = device_array<float>(n), total = 0;
	float *out = device_array<float>(n);

	for (int k = 0; k <= 2 * RADIUS; k++)
		total += host_weights[k] = exp(-(k - RADIUS) * (k - RADIUS) / 18.0);
	for (float &w : host_weights)
		w /= total;
	CUDA(cudaMemcpyToSymbol(weights, host_weights, sizeof(weights)));
	blur_rows<<<grid, block>>>(in, between, width, height);
	blur_columns<<<grid, block>>>(between, out, width, height);
	got = from_device(out, n);
	for (int i = 0; i < n; i++)
		rows[i] = blur_at(&picture[i / width * width], 1, i % width, width);
	for (int i = 0; i < n; i++)
		want[i] = blur_at(&rows[i % width], width, i / width, height);
	check_equal(got, want);
	print_checksum("blurred", got);
	release(in, between, out);
	return finish();
}
