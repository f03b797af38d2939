/* SPDX-License-Identifier: MIT */
/*
 * Objects of several classes made by a kernel, and asked for their area through a pointer to their
 * base class by another: neighbouring threads then run different functions.
 */
#include "program.h"

class shape {
public:
	__host__ __device__ virtual float area() const = 0;
	__host__ __device__ virtual int corners() const
	{
		return 0;
	}
	__host__ __device__ virtual ~shape()
	{
	}
};

class circle : public shape {
	float radius;

public:
	__host__ __device__ circle(float r) : radius(r)
	{
	}
	__host__ __device__ float area() const override
	{
		return 3.14159274f * radius * radius;
	}
};

class rectangle : public shape {
protected:
	float width, height;

public:
	__host__ __device__ rectangle(float w, float h) : width(w), height(h)
	{
	}
	__host__ __device__ float area() const override
	{
		return width * height;
	}
	__host__ __device__ int corners() const override
	{
		return 4;
	}
};

class triangle : public rectangle {
public:
	__host__ __device__ triangle(float w, float h) : rectangle(w, h)
	{
	}
	__host__ __device__ float area() const override
	{
		return rectangle::area() / 2;
	}
	__host__ __device__ int corners() const override
	{
		return 3;
	}
};

__host__ __device__ inline shape *make(int i, float a, float b)
{
	switch (i % 3) {
	case 0:
		return new circle(a);
	case 1:
		return new rectangle(a, b);
	default:
		return new triangle(a, b);
	}
}

__global__ void make_all(shape **shapes, const float *a, const float *b, int n)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		shapes[i] = make(i, a[i], b[i]);
}

__global__ void measure(shape *const *shapes, float *areas, int *corners, int n)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n) {
		areas[i] = shapes[i]->area();
		atomicAdd(corners, shapes[i]->corners());
	}
}

__global__ void destroy(shape **shapes, int n)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		delete shapes[i];
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 1000), blocks = blocks_for(n, 128);
	std::vector<float> a = random_floats(n), b = random_floats(n), want(n);
	float *dev_a = to_device(a), *dev_b = to_device(b), *areas = device_array<float>(n);
	shape **shapes = device_array<shape *>(n);
	int *corners = to_device(std::vector<int>(1, 0)), want_corners = 0;

	for (int i = 0; i < n; i++) {
		shape *s = make(i, a[i], b[i]);

		want[i] = s->area();
		want_corners += s->corners();
		delete s;
	}
	make_all<<<blocks, 128>>>(shapes, dev_a, dev_b, n);
	measure<<<blocks, 128>>>(shapes, areas, corners, n);
	destroy<<<blocks, 128>>>(shapes, n);
	check_equal(from_device(areas, n), want);
	CHECK(from_device(corners, 1)[0] == want_corners);
	printf("%d corners\n", want_corners);
	print_checksum("areas", want);
	release(dev_a, dev_b, areas, shapes, corners);
	return finish();
}
