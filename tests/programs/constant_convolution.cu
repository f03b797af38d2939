/* SPDX-License-Identifier: MIT */
/*
 * Several filters over one picture: the filter is chosen by cudaMemcpyToSymbol between launches,
 * which stream order keeps apart, and by an index into constant memory.
 */
#include "program.h"

#define SIDE 5
#define FILTERS 3

struct filter {
	int w[SIDE][SIDE], divisor;
};

__constant__ filter chosen, every[FILTERS];

__host__ __device__ inline int apply(const filter &f, const uint8_t *in, int x, int y, int width,
				     int height)
{
	int sum = 0;

	for (int dy = 0; dy < SIDE; dy++)
		for (int dx = 0; dx < SIDE; dx++) {
			int px = min(max(x + dx - SIDE / 2, 0), width - 1);
			int py = min(max(y + dy - SIDE / 2, 0), height - 1);

			sum += f.w[dy][dx] * in[py * width + px];
		}
	return min(max(sum / f.divisor, 0), 255);
}

__global__ void convolve_chosen(const uint8_t *in, uint8_t *out, int width, int height)
{
	int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;

	if (x < width && y < height)
		out[y * width + x] = apply(chosen, in, x, y, width, height);
}

/* blockIdx.z says which filter */
__global__ void convolve_all(const uint8_t *in, uint8_t *out, int width, int height)
{
	int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;

	if (x < width && y < height)
		out[(blockIdx.z * height + y) * width + x] =
			apply(every[blockIdx.z], in, x, y, width, height);
}

int main(int argc, char **argv)
{
	const int width = program_size(argc, argv, 101), height = width - 20, n = width * height;
	const dim3 block(16, 8), grid(blocks_for(width, 16), blocks_for(height, 8));
	filter filters[FILTERS] = {};
	std::vector<uint8_t> picture(n), want;

	for (int i = 0; i < SIDE * SIDE; i++) {
		int y = i / SIDE, x = i % SIDE;

		filters[0].w[y][x] = 1;	 /* blur */
		filters[1].w[y][x] = -1; /* sharpen */
		filters[2].w[y][x] = x < y ? -1 : x > y; /* emboss */
	}
	filters[0].divisor = SIDE * SIDE;
	filters[1].w[2][2] = SIDE * SIDE;
	filters[1].divisor = filters[2].divisor = 1;
	rng_fill(picture.data(), n);
	for (const filter &f : filters)
		for (int i = 0; i < n; i++)
			want.push_back(apply(f, &picture[0], i % width, i / width, width, height));

	uint8_t *in = to_device(picture), *out = device_array<uint8_t>(FILTERS * n);
	for (int f = 0; f < FILTERS; f++) {
		CUDA(cudaMemcpyToSymbol(chosen, &filters[f], sizeof(filter)));
		convolve_chosen<<<grid, block>>>(in, out + f * n, width, height);
	}
	check_equal(from_device(out, FILTERS * n), want);
	CUDA(cudaMemset(out, 0, FILTERS * n));
	CUDA(cudaMemcpyToSymbol(every, filters, sizeof(filters)));
	convolve_all<<<dim3(grid.x, grid.y, FILTERS), block>>>(in, out, width, height);
	check_equal(from_device(out, FILTERS * n), want);
	print_checksum("filtered", want);
	release(in, out);
	return finish();
}
