/* SPDX-License-Identifier: MIT */
/* cudaReadModeNormalizedFloat: integers of 8 and 16 bits are read as [0, 1] or [-1, 1] */
#include "textures.h"

#define N 512

__global__ void read_all(cudaTextureObject_t texture, float4 *out)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	out[i] = tex1D<float4>(texture, i + 0.5f);
}

template <typename T, typename C>
static void run(const char *name, float most)
{
	T host[N];
	float want[4 * N], got[4 * N];
	cudaTextureObject_t texture;
	cudaArray_t array;
	float4 *dev;

	rng_fill(host, sizeof(host));
	for (int i = 0; i < 4 * N; i++) {
		float f = (float)((C *)host)[i] / most;

		want[i] = f < -1 ? -1 : f;
	}
	array = array_make<T>(make_cudaExtent(N, 0, 0), 0, host);
	texture = texture_make(array, texture_desc(cudaFilterModePoint, cudaAddressModeClamp,
						   cudaReadModeNormalizedFloat, false));
	CUDA(cudaMalloc(&dev, sizeof(got)));
	read_all<<<N / 128, 128>>>(texture, dev);
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	check_near(name, got, want, 4 * N, 1e-6f);
	CUDA(cudaDestroyTextureObject(texture));
	CUDA(cudaFreeArray(array));
	CUDA(cudaFree(dev));
}

int main(void)
{
	run<uchar4, unsigned char>("uchar4", 255);
	run<char4, signed char>("char4", 127);
	run<ushort4, unsigned short>("ushort4", 65535);
	run<short4, short>("short4", 32767);
	return finish();
}
