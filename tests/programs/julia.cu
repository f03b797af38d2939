/* SPDX-License-Identifier: MIT */
/* Julia sets, a frame for each of several constants, with a class for complex numbers */
#include "program.h"

#define FRAMES 4
#define LIMIT 100

struct complex_number {
	float re, im;

	__host__ __device__ complex_number(float r, float i) : re(r), im(i)
	{
	}
	__host__ __device__ complex_number operator*(const complex_number &o) const
	{
		return complex_number(re * o.re - im * o.im, re * o.im + im * o.re);
	}
	__host__ __device__ complex_number operator+(const complex_number &o) const
	{
		return complex_number(re + o.re, im + o.im);
	}
	__host__ __device__ float square() const
	{
		return re * re + im * im;
	}
};

__host__ __device__ inline int julia(int x, int y, int n, int frame)
{
	complex_number c(-0.8f + 0.05f * frame, 0.156f);
	complex_number z(3.0f * (x - n / 2) / n, 3.0f * (y - n / 2) / n);
	int i = 0;

	for (; i < LIMIT && z.square() < 1000; i++)
		z = z * z + c;
	return i;
}

/* A thread a pixel; blockIdx.z is the frame */
__global__ void draw(uchar4 *image, int n)
{
	int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
	int steps;

	if (x >= n || y >= n)
		return;
	steps = julia(x, y, n, blockIdx.z);
	image[(blockIdx.z * n + y) * n + x] = make_uchar4(steps, 2 * steps, 255 - steps, 255);
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 96);
	uchar4 *image = device_array<uchar4>(FRAMES * n * n);
	std::vector<uchar4> got;

	draw<<<dim3(blocks_for(n, 32), blocks_for(n, 4), FRAMES), dim3(32, 4)>>>(image, n);
	got = from_device(image, FRAMES * n * n);
	for (int i = 0; i < FRAMES * n * n; i++) {
		int steps = julia(i % n, i / n % n, n, i / n / n);

		CHECK(got[i].x == steps && got[i].y == 2 * steps && got[i].z == 255 - steps);
		CHECK(got[i].w == 255);
	}
	print_checksum("frames", got);
	release(image);
	return finish();
}
