/* SPDX-License-Identifier: MIT */
/*
 * The mean of a box around each pixel, whatever its size, from a table of sums over the rectangles
 * that begin at the corner: prefix sums of the rows (a warp each), then of the columns.
 */
#include "program.h"

__global__ void scan_rows(const uint8_t *in, unsigned *sums, int width, int height)
{
	int row = (blockIdx.x * blockDim.x + threadIdx.x) / 32, lane = threadIdx.x % 32;
	unsigned before = 0;

	if (row >= height)
		return;
	for (int base = 0; base < width; base += 32) {
		unsigned x = base + lane < width ? in[row * width + base + lane] : 0;

		for (int d = 1; d < 32; d *= 2) {
			unsigned left = __shfl_up_sync(~0u, x, d);

			x += lane >= d ? left : 0;
		}
		if (base + lane < width)
			sums[row * width + base + lane] = before + x;
		before += __shfl_sync(~0u, x, 31);
	}
}

__global__ void scan_columns(unsigned *sums, int width, int height)
{
	int x = blockIdx.x * blockDim.x + threadIdx.x;

	for (int y = 1; x < width && y < height; y++)
		sums[y * width + x] += sums[(y - 1) * width + x];
}

/* The sum over all rows up to y and columns up to x, either of which may be -1 */
__device__ inline unsigned up_to(const unsigned *sums, int x, int y, int width)
{
	return x < 0 || y < 0 ? 0 : sums[y * width + x];
}

__global__ void mean(const unsigned *sums, uint8_t *out, int width, int height, int radius)
{
	int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
	int left = max(x - radius, 0) - 1, right = min(x + radius, width - 1);
	int top = max(y - radius, 0) - 1, bottom = min(y + radius, height - 1);

	if (x >= width || y >= height)
		return;
	out[y * width + x] =
		(up_to(sums, right, bottom, width) - up_to(sums, left, bottom, width) -
		 up_to(sums, right, top, width) + up_to(sums, left, top, width)) /
		((right - left) * (bottom - top));
}

static uint8_t mean_on_cpu(const std::vector<uint8_t> &in, int x, int y, int width, int height,
			   int radius)
{
	unsigned sum = 0, n = 0;

	for (int py = y - radius; py <= y + radius; py++)
		for (int px = x - radius; px <= x + radius; px++)
			if (px >= 0 && px < width && py >= 0 && py < height) {
				sum += in[py * width + px];
				n++;
			}
	return sum / n;
}

int main(int argc, char **argv)
{
	const int width = program_size(argc, argv, 150), height = width - 33, n = width * height;
	std::vector<uint8_t> picture(n), got;
	uint8_t *in, *out = device_array<uint8_t>(n);
	unsigned *sums = device_array<unsigned>(n);

	rng_fill(picture.data(), n);
	in = to_device(picture);
	scan_rows<<<blocks_for(height, 4), 128>>>(in, sums, width, height);
	scan_columns<<<blocks_for(width, 64), 64>>>(sums, width, height);
	for (int radius = 0; radius < 10; radius += 3) {
		mean<<<dim3(blocks_for(width, 32), blocks_for(height, 4)), dim3(32, 4)>>>(
			sums, out, width, height, radius);
		got = from_device(out, n);
		for (int i = 0; i < n; i++)
			CHECK(got[i] == mean_on_cpu(picture, i % width, i / width, width, height,
						    radius));
		printf("radius %d ", radius);
		print_checksum("filtered", got);
	}
	release(in, out, sums);
	return finish();
}
