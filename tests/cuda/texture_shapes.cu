/* SPDX-License-Identifier: MIT */
/* 1D, 2D, 3D and layered textures of floats: every element at its place, layers too */
#include "textures.h"

#define W 23
#define H 9
#define D 6

enum shape { ONE, TWO, THREE, ONE_LAYERED, TWO_LAYERED };

__global__ void read_all(cudaTextureObject_t texture, enum shape shape, float2 *out)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x, z = i / (W * H);
	float x = i % W + 0.5f, y = i / W % H + 0.5f;

	if (i >= W * H * D)
		return;
	switch (shape) {
	case ONE:
		out[i] = tex1D<float2>(texture, x);
		break;
	case TWO:
		out[i] = tex2D<float2>(texture, x, y);
		break;
	case THREE:
		out[i] = tex3D<float2>(texture, x, y, z + 0.5f);
		break;
	case ONE_LAYERED:
		out[i] = tex1DLayered<float2>(texture, x, z);
		break;
	case TWO_LAYERED:
		out[i] = tex2DLayered<float2>(texture, x, y, z);
		break;
	}
}

static void run(const char *name, enum shape shape, size_t height, size_t depth, unsigned int flags)
{
	const struct cudaExtent extent = make_cudaExtent(W, height, depth);
	const size_t rows = or_one(height), slices = or_one(depth);
	static float2 host[W * H * D], got[W * H * D], want[W * H * D];
	cudaTextureObject_t texture;
	cudaArray_t array;
	float2 *dev;

	for (size_t i = 0; i < W * H * D; i++)
		host[i] = make_float2(rng_float(), rng_float());
	for (size_t i = 0; i < W * H * D; i++)
		want[i] = host[((i / (W * H) % slices) * rows + i / W % H % rows) * W + i % W];
	array = array_make<float2>(extent, flags, host);
	texture = texture_points(array);
	CUDA(cudaMalloc(&dev, sizeof(got)));
	read_all<<<(W * H * D + 127) / 128, 128>>>(texture, shape, dev);
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	CHECK_SAME(got, want, sizeof(got));
	printf("%s\n", name);
	CUDA(cudaDestroyTextureObject(texture));
	CUDA(cudaFreeArray(array));
	CUDA(cudaFree(dev));
}

int main(void)
{
	run("1D", ONE, 0, 0, 0);
	run("2D", TWO, H, 0, 0);
	run("3D", THREE, H, D, 0);
	run("1D layered", ONE_LAYERED, 0, D, cudaArrayLayered);
	run("2D layered", TWO_LAYERED, H, D, cudaArrayLayered);
	return finish();
}
