/* SPDX-License-Identifier: MIT */
/*
 * A median of 3 x 3 pixels takes the salt and pepper out of a picture: a network of comparisons in
 * registers finds it, of which every thread runs the same.
 */
#include "program.h"
#include <algorithm>

#define TILE 16

__device__ inline void order(int &a, int &b)
{
	int least = min(a, b);

	b = max(a, b);
	a = least;
}

/* Paeth's: throw out the least and the greatest of six, then of five, four, three */
__device__ int median_of_9(int *v)
{
	for (int n = 6, next = 6; n >= 3; n--) {
		int *w = v + 6 - n;

		for (int i = 1; i < n; i++)
			order(w[0], w[i]); /* the least comes first */
		for (int i = 1; i < n - 1; i++)
			order(w[i], w[n - 1]); /* the greatest last: where the next one goes */
		if (next < 9)
			w[n - 1] = v[next++];
	}
	return v[4];
}

__global__ void median(const uint8_t *in, uint8_t *out, int width, int height)
{
	__shared__ uint8_t tile[TILE + 2][TILE + 2];
	int x = blockIdx.x * TILE + threadIdx.x, y = blockIdx.y * TILE + threadIdx.y;
	int v[9];

	for (int i = threadIdx.y * TILE + threadIdx.x; i < (TILE + 2) * (TILE + 2);
	     i += TILE * TILE) {
		int px = (int)(blockIdx.x * TILE) + i % (TILE + 2) - 1;
		int py = (int)(blockIdx.y * TILE) + i / (TILE + 2) - 1;

		px = min(max(px, 0), width - 1);
		py = min(max(py, 0), height - 1);
		tile[i / (TILE + 2)][i % (TILE + 2)] = in[py * width + px];
	}
	__syncthreads();
	if (x >= width || y >= height)
		return;
	for (int i = 0; i < 9; i++)
		v[i] = tile[threadIdx.y + i / 3][threadIdx.x + i % 3];
	out[y * width + x] = median_of_9(v);
}

static uint8_t median_on_cpu(const std::vector<uint8_t> &in, int x, int y, int width, int height)
{
	uint8_t v[9];

	for (int i = 0; i < 9; i++) {
		int px = std::min(std::max(x + i % 3 - 1, 0), width - 1);
		int py = std::min(std::max(y + i / 3 - 1, 0), height - 1);

		v[i] = in[py * width + px];
	}
	std::sort(v, v + 9);
	return v[4];
}

int main(int argc, char **argv)
{
	const int width = program_size(argc, argv, 150), height = width * 2 / 3;
	std::vector<uint8_t> picture(width * height), got;

	for (int i = 0; i < width * height; i++)
		picture[i] = rng_below(10) ? i % width + i / width : rng_below(2) * 255;
	uint8_t *in = to_device(picture), *out = device_array<uint8_t>(width * height);
	median<<<dim3(blocks_for(width, TILE), blocks_for(height, TILE)), dim3(TILE, TILE)>>>(
		in, out, width, height);
	got = from_device(out, width * height);
	for (int i = 0; i < width * height; i++)
		CHECK(got[i] == median_on_cpu(picture, i % width, i / width, width, height));
	print_checksum("filtered", got);
	release(in, out);
	return finish();
}
