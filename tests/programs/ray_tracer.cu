/* SPDX-License-Identifier: MIT */
/*
 * A ray tracer: spheres over a chequered floor, with shadows, and mirrors by recursion.  Only
 * operations that are rounded exactly, so that CPU and GPU draw the same picture.
 */
#include "program.h"

#define SPHERES 12
#define DEEPEST 4

struct vec {
	float x, y, z;

	__host__ __device__ vec operator+(vec o) const { return { x + o.x, y + o.y, z + o.z }; }
	__host__ __device__ vec operator-(vec o) const { return { x - o.x, y - o.y, z - o.z }; }
	__host__ __device__ vec operator*(float f) const { return { x * f, y * f, z * f }; }
	__host__ __device__ float dot(vec o) const { return x * o.x + y * o.y + z * o.z; }
	__host__ __device__ vec unit() const { return *this * (1 / sqrtf(dot(*this))); }
};

struct sphere {
	vec centre, colour;
	float radius, mirror;
};

struct scene {
	sphere spheres[SPHERES];
	vec light;
};

__constant__ scene dev_scene;

/* How far along the ray @from + t @to, |to| = 1, the sphere is hit; negative if it is not */
__host__ __device__ inline float hit(const sphere &s, vec from, vec to)
{
	vec d = from - s.centre;
	float b = d.dot(to), root = b * b - d.dot(d) + s.radius * s.radius, t;

	if (root < 0)
		return -1;
	t = -b - sqrtf(root);
	return t > 1e-3f ? t : -b + sqrtf(root) > 1e-3f ? -b + sqrtf(root) : -1;
}

/* The first sphere on the ray; -1 if there is none.  @distance is lowered to it */
__host__ __device__ inline int first_hit(const scene &s, vec from, vec to, float &distance)
{
	int first = -1;

	for (int i = 0; i < SPHERES; i++) {
		float t = hit(s.spheres[i], from, to);

		if (t > 0 && t < distance) {
			distance = t;
			first = i;
		}
	}
	return first;
}

__host__ __device__ vec trace(const scene &s, vec from, vec to, int depth)
{
	float distance = to.y < 0 ? -from.y / to.y : 1e6f, far = 1e6f, light;
	int i = first_hit(s, from, to, distance);
	vec at, normal = { 0, 1, 0 }, colour, seen;
	float mirror = 0.1f;

	if (i < 0 && to.y >= 0)
		return vec{ 0.5f, 0.7f, 1 } * (0.3f + 0.7f * to.y);
	at = from + to * distance;
	if (i >= 0) {
		normal = (at - s.spheres[i].centre) * (1 / s.spheres[i].radius);
		colour = s.spheres[i].colour;
		mirror = s.spheres[i].mirror;
	} else {
		bool odd = ((int)floorf(at.x) + (int)floorf(at.z)) & 1;

		colour = vec{ 1, 1, 1 } * (odd ? 0.9f : 0.2f);
	}
	light = normal.dot(s.light);
	light = light > 0 && first_hit(s, at, s.light, far) < 0 ? light : 0;
	colour = colour * (0.2f + 0.8f * light);
	if (depth == DEEPEST)
		return colour;
	seen = trace(s, at, to - normal * (2 * normal.dot(to)), depth + 1);
	return colour * (1 - mirror) + seen * mirror;
}

__host__ __device__ inline uchar4 pixel(const scene &s, int x, int y, int n)
{
	vec to = { (float)(x - n / 2) / n, (float)(n / 2 - y) / n, -1 };
	vec colour = trace(s, vec{ 0, 2, 6 }, to.unit(), 0) * 255;

	return make_uchar4(fminf(colour.x, 255), fminf(colour.y, 255), fminf(colour.z, 255), 255);
}

__global__ void draw(uchar4 *image, int n)
{
	int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;

	if (x < n && y < n)
		image[y * n + x] = pixel(dev_scene, x, y, n);
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 80);
	uchar4 *image = device_array<uchar4>(n * n);
	std::vector<uchar4> want(n * n), got;
	scene s = { {}, vec{ 1, 2, 1.5f }.unit() };

	for (sphere &b : s.spheres) {
		b.radius = 0.5f + 0.4f * rng_float();
		b.centre = { 4 * rng_float(), b.radius + fabsf(rng_float()), 3 * rng_float() };
		b.colour = { fabsf(rng_float()), fabsf(rng_float()), fabsf(rng_float()) };
		b.mirror = 0.4f * fabsf(rng_float());
	}
	/* the compiler cannot know how deep the recursion goes */
	CUDA(cudaDeviceSetLimit(cudaLimitStackSize, 8192));
	CUDA(cudaMemcpyToSymbol(dev_scene, &s, sizeof(s)));
	draw<<<dim3(blocks_for(n, 8), blocks_for(n, 8)), dim3(8, 8)>>>(image, n);
	for (int i = 0; i < n * n; i++)
		want[i] = pixel(s, i % n, i / n, n);
	got = from_device(image, n * n);
	check_equal(got, want);
	print_checksum("picture", got);
	release(image);
	return finish();
}
