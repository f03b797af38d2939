/* SPDX-License-Identifier: MIT */
/*
 * Linear filtering in one, two and three dimensions and within layers, as exact as weights of
 * eight bits of fraction are (CUDA C++ Programming Guide, Linear Filtering)
 */
#include "textures.h"

#define W 17
#define H 11
#define D 5
#define POINTS 512

__global__ void read_at(cudaTextureObject_t texture, int dims, const float3 *at, float *out)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;
	float3 p = at[i];

	if (dims == 1)
		out[i] = tex1D<float>(texture, p.x);
	else if (dims == 2)
		out[i] = tex2D<float>(texture, p.x, p.y);
	else if (dims == 3)
		out[i] = tex3D<float>(texture, p.x, p.y, p.z);
	else
		out[i] = tex2DLayered<float>(texture, p.x, p.y, (int)p.z);
}

static double texel(const float *host, int h, int d, int x, int y, int z)
{
	x = x < 0 ? 0 : x >= W ? W - 1 : x;
	y = y < 0 ? 0 : y >= h ? h - 1 : y;
	z = z < 0 ? 0 : z >= d ? d - 1 : z;
	return host[(z * h + y) * W + x];
}

static double split(float u, int *i)
{
	double x = u - 0.5, low = x < 0 ? -(double)(int)(1 - x) : (double)(int)x;

	*i = (int)low;
	return x - low;
}

/* The mean by exact weights */
static float filtered(const float *host, int dims, int h, int d, float3 p)
{
	double a, b = 0, c = 0, sum = 0;
	int x, y = 0, z = 0;

	a = split(p.x, &x);
	if (dims != 1)
		b = split(p.y, &y);
	if (dims == 3)
		c = split(p.z, &z);
	if (dims == 4)
		z = (int)p.z;
	for (int n = 0; n < 8; n++)
		sum += (n & 1 ? a : 1 - a) * (n & 2 ? b : 1 - b) * (n & 4 ? c : 1 - c) *
		       texel(host, h, d, x + (n & 1), y + (n >> 1 & 1), z + (n >> 2 & 1));
	return (float)sum;
}

static void run(const char *name, int dims, int h, int d, unsigned int flags)
{
	const struct cudaExtent extent = make_cudaExtent(W, dims == 1 ? 0 : h, dims < 3 ? 0 : d);
	static float host[W * H * D], got[POINTS], want[POINTS];
	static float3 at[POINTS], *dev_at;
	cudaTextureObject_t texture;
	cudaArray_t array;
	float *dev;

	for (float &f : host)
		f = rng_float();
	for (int i = 0; i < POINTS; i++) {
		at[i] = make_float3((rng_float() + 1) * 0.55f * W - 0.5f,
				    (rng_float() + 1) * 0.55f * h - 0.5f,
				    (rng_float() + 1) * 0.55f * d - 0.5f);
		if (dims == 4)
			at[i].z = (float)rng_below(d);
		want[i] = filtered(host, dims, h, d, at[i]);
	}
	array = array_make<float>(extent, flags, host);
	texture = texture_make(array, texture_desc(cudaFilterModeLinear, cudaAddressModeClamp,
						   cudaReadModeElementType, false));
	CUDA(cudaMalloc(&dev, sizeof(got)));
	CUDA(cudaMalloc(&dev_at, sizeof(at)));
	CUDA(cudaMemcpy(dev_at, at, sizeof(at), cudaMemcpyHostToDevice));
	read_at<<<POINTS / 128, 128>>>(texture, dims, dev_at, dev);
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	/* texels are in [-1, 1]: each axis is wrong by at most half a 256th of the range of 2 */
	check_near(name, got, want, POINTS, 3 * 2.0f / 256);
	CUDA(cudaDestroyTextureObject(texture));
	CUDA(cudaFreeArray(array));
	CUDA(cudaFree(dev));
	CUDA(cudaFree(dev_at));
}

int main(void)
{
	run("1D", 1, 1, 1, 0);
	run("2D", 2, H, 1, 0);
	run("3D", 3, H, D, 0);
	run("2D layered", 4, H, D, cudaArrayLayered);
	return finish();
}
