/* SPDX-License-Identifier: MIT */
/* The Mandelbrot set: how many steps each point takes to escape, in single and double precision */
#include "program.h"

#define LIMIT 200

template <typename T> __host__ __device__ inline int escape(T cx, T cy)
{
	T x = 0, y = 0, t;
	int steps = 0;

	while (steps < LIMIT && x * x + y * y <= 4) {
		t = x * x - y * y + cx;
		y = 2 * x * y + cy;
		x = t;
		steps++;
	}
	return steps;
}

/* The part of the plane around (@x, @y) that is @width wide */
template <typename T> struct view {
	T x, y, width;

	__host__ __device__ int at(int column, int row, int n) const
	{
		return escape(x + width * (column - n / 2) / n, y + width * (row - n / 2) / n);
	}
};

template <typename T> __global__ void draw(view<T> v, uint8_t *image, int n)
{
	int column = blockIdx.x * blockDim.x + threadIdx.x;
	int row = blockIdx.y * blockDim.y + threadIdx.y;

	if (column < n && row < n)
		image[row * n + column] = v.at(column, row, n);
}

template <typename T> static void run(const char *name, view<T> v, int n)
{
	uint8_t *image = device_array<uint8_t>(n * n);
	std::vector<uint8_t> want(n * n), got;

	draw<<<dim3(blocks_for(n, 16), blocks_for(n, 16)), dim3(16, 16)>>>(v, image, n);
	for (int i = 0; i < n * n; i++)
		want[i] = v.at(i % n, i / n, n);
	got = from_device(image, n * n);
	check_equal(got, want);
	print_checksum(name, got);
	release(image);
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 128);

	run("single", view<float>{ -0.5f, 0, 3 }, n);
	run("double", view<double>{ -0.743643887, 0.131825904, 0.001 }, n);
	return finish();
}
