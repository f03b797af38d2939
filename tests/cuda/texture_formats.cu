/* SPDX-License-Identifier: MIT */
/* tex2D: every element format and channel count is read as it was written */
#include "textures.h"

#define W 19
#define H 7

/* Elements of T of the texture, one thread each */
template <typename T>
__global__ void read_all(cudaTextureObject_t texture, T *out)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < W * H)
		out[i] = tex2D<T>(texture, i % W + 0.5f, i / W + 0.5f);
}

template <typename T>
static void run(const char *name)
{
	const struct cudaExtent extent = make_cudaExtent(W, H, 0);
	T *host = (T *)rng_bytes(W * H * sizeof(T)), *dev, got[W * H];
	cudaArray_t array = array_make<T>(extent, 0, host);
	cudaTextureObject_t texture = texture_points(array);

	CUDA(cudaMalloc(&dev, sizeof(got)));
	read_all<T><<<2, 128>>>(texture, dev);
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	CHECK_SAME(got, host, sizeof(got));
	printf("%s\n", name);
	CUDA(cudaDestroyTextureObject(texture));
	CUDA(cudaFreeArray(array));
	CUDA(cudaFree(dev));
	free(host);
}

/* Halves are read as floats: all of them that are numbers */
static void halves(void)
{
	static const struct { uint16_t half; float is; } table[] = {
		{ 0x0000, 0 }, { 0x3c00, 1 }, { 0xc000, -2 }, { 0x7bff, 65504 },
		{ 0x3555, 0.333251953125f }, { 0x0001, 0x1p-24f }, { 0x8400, -0x1p-14f },
	};
	struct cudaChannelFormatDesc desc = { 16, 0, 0, 0, cudaChannelFormatKindFloat };
	const struct cudaExtent extent = make_cudaExtent(W, H, 0);
	uint16_t host[W * H];
	float want[W * H], got[W * H], *dev;
	cudaTextureObject_t texture;
	cudaArray_t array;

	for (size_t i = 0; i < W * H; i++) {
		host[i] = table[i % ARRAY_SIZE(table)].half;
		want[i] = table[i % ARRAY_SIZE(table)].is;
	}
	CUDA(cudaMallocArray(&array, &desc, W, H, 0));
	array_fill(array, extent, sizeof(host[0]), host);
	texture = texture_points(array);
	CUDA(cudaMalloc(&dev, sizeof(got)));
	read_all<float><<<2, 128>>>(texture, dev);
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	CHECK_SAME(got, want, sizeof(got));
	CUDA(cudaDestroyTextureObject(texture));
	CUDA(cudaFreeArray(array));
	CUDA(cudaFree(dev));
}

int main(void)
{
#define RUN(T) run<T>(#T)
	RUN(char1); RUN(char2); RUN(char4); RUN(uchar1); RUN(uchar2); RUN(uchar4);
	RUN(short1); RUN(short2); RUN(short4); RUN(ushort1); RUN(ushort2); RUN(ushort4);
	RUN(int1); RUN(int2); RUN(int4); RUN(uint1); RUN(uint2); RUN(uint4);
	halves();
	return finish();
}
