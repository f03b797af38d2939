/* SPDX-License-Identifier: MIT */
/* tex2Dgather: a component of the four texels around a point; cubemaps: a direction's face */
#include "textures.h"

#define W 8
#define H 8

__global__ void gather_all(cudaTextureObject_t texture, uint4 *out)
{
	int x = threadIdx.x, y = threadIdx.y, i = y * W + x;

	/* the corner that four texels share */
	out[i] = tex2Dgather<uint4>(texture, x, y, 0);
	out[W * H + i] = tex2Dgather<uint4>(texture, x, y, 2);
}

static void gather(void)
{
	const struct cudaExtent extent = make_cudaExtent(W, H, 0);
	uint4 host[W * H], got[2 * W * H], *dev;
	cudaTextureObject_t texture;
	cudaArray_t array;

	rng_fill(host, sizeof(host));
	array = array_make<uint4>(extent, cudaArrayTextureGather, host);
	texture = texture_points(array);
	CUDA(cudaMalloc(&dev, sizeof(got)));
	gather_all<<<1, dim3(W, H)>>>(texture, dev);
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	for (int y = 1; y < H; y++)
		for (int x = 1; x < W; x++) {
			const uint4 *at = &host[y * W + x], *up = at - W, *i = &got[y * W + x];
			const uint4 *j = i + W * H;

			CHECK(i->x == at[-1].x && i->y == at[0].x && i->z == up[0].x &&
			      i->w == up[-1].x);
			CHECK(j->x == at[-1].z && j->y == at[0].z && j->z == up[0].z &&
			      j->w == up[-1].z);
		}
	puts("gather");
	CUDA(cudaDestroyTextureObject(texture));
	CUDA(cudaFreeArray(array));
	CUDA(cudaFree(dev));
}

#define SIZE 4
#define FACE (SIZE * SIZE)

/* A direction through texel (x, y) of a face, by the table of the Programming Guide */
__device__ float3 direction(int face, float s, float t)
{
	switch (face) {
	case 0:
		return make_float3(1, -t, -s);
	case 1:
		return make_float3(-1, -t, s);
	case 2:
		return make_float3(s, 1, t);
	case 3:
		return make_float3(s, -1, -t);
	case 4:
		return make_float3(s, -t, 1);
	default:
		return make_float3(-s, -t, -1);
	}
}

__global__ void read_faces(cudaTextureObject_t texture, int layered, float *out)
{
	int i = threadIdx.x, face = i / FACE, cube = blockIdx.x;
	float s = (i % SIZE + 0.5f) * 2 / SIZE - 1, t = (i / SIZE % SIZE + 0.5f) * 2 / SIZE - 1;
	float3 d = direction(face, s, t);

	out[cube * 6 * FACE + i] =
		layered ? texCubemapLayered<float>(texture, 3 * d.x, 3 * d.y, 3 * d.z, cube) :
			  texCubemap<float>(texture, d.x, d.y, d.z);
}

static void cube(const char *name, int cubes, unsigned int flags)
{
	float host[2 * 6 * FACE], got[2 * 6 * FACE], *dev;
	cudaTextureObject_t texture;
	cudaArray_t array;

	for (float &f : host)
		f = rng_float();
	array = array_make<float>(make_cudaExtent(SIZE, SIZE, 6 * cubes), flags, host);
	texture = texture_make(array, texture_desc(cudaFilterModePoint, cudaAddressModeClamp,
						   cudaReadModeElementType, true));
	CUDA(cudaMalloc(&dev, sizeof(got)));
	read_faces<<<cubes, 6 * FACE>>>(texture, cubes > 1, dev);
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	CHECK_SAME(got, host, cubes * 6 * FACE * sizeof(float));
	puts(name);
	CUDA(cudaDestroyTextureObject(texture));
	CUDA(cudaFreeArray(array));
	CUDA(cudaFree(dev));
}

int main(void)
{
	gather();
	cube("cube", 1, cudaArrayCubemap);
	cube("cubes in layers", 2, cudaArrayCubemap | cudaArrayLayered);
	return finish();
}
