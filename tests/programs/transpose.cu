/* SPDX-License-Identifier: MIT */
/*
 * The transpose of a matrix, through a tile in shared memory so that both the loads and the
 * stores of a warp are in a row; the tile is one wider than it need be, so that its columns lie
 * in different banks.
 */
#include "program.h"

#define TILE 32
#define ROWS 8

template <typename T> __global__ void transpose(const T *in, T *out, int width, int height)
{
	__shared__ T tile[TILE][TILE + 1];
	int x = blockIdx.x * TILE + threadIdx.x, y = blockIdx.y * TILE + threadIdx.y;

	for (int j = 0; j < TILE; j += ROWS)
		if (x < width && y + j < height)
			tile[threadIdx.y + j][threadIdx.x] = in[(y + j) * width + x];
	__syncthreads();
	x = blockIdx.y * TILE + threadIdx.x;
	y = blockIdx.x * TILE + threadIdx.y;
	for (int j = 0; j < TILE; j += ROWS)
		if (x < height && y + j < width)
			out[(y + j) * height + x] = tile[threadIdx.x][threadIdx.y + j];
}

template <typename T> static void run(const char *name, int width, int height)
{
	std::vector<T> in(width * height), want(width * height), got;
	T *dev_in, *dev_out = device_array<T>(width * height);
	dim3 grid(blocks_for(width, TILE), blocks_for(height, TILE)), block(TILE, ROWS);

	rng_fill(in.data(), in.size() * sizeof(T));
	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++)
			want[x * height + y] = in[y * width + x];
	dev_in = to_device(in);
	transpose<<<grid, block>>>(dev_in, dev_out, width, height);
	got = from_device(dev_out, width * height);
	check_equal(got, want);
	print_checksum(name, got);
	release(dev_in, dev_out);
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 250);

	run<uint8_t>("bytes", n, 2 * n);
	run<uint32_t>("words", 2 * n + 1, n);
	run<double>("doubles", n, n + 3);
	return finish();
}
