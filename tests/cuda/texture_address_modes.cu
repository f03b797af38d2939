/* SPDX-License-Identifier: MIT */
/* What is read outside of a texture: clamp, border, wrap, mirror, by coordinates of both kinds */
#include "textures.h"

#define N 16			/* a power of two: normalized coordinates are exact */
#define SPAN (4 * N)		/* from -1.5 to 2.5 times the texture */

__global__ void read_around(cudaTextureObject_t texture, float scale, float *out)
{
	int i = threadIdx.x;
	float x = (i - 3 * N / 2 + 0.5f) * scale, y = (5 + 0.5f) * scale;

	out[i] = tex2D<float>(texture, x, y);
	/* and along the other axis */
	out[SPAN + i] = tex2D<float>(texture, y, x);
}

/* Where texel @i is really read, or -1 for the border */
static int place(enum cudaTextureAddressMode mode, int i)
{
	switch (mode) {
	case cudaAddressModeWrap:
		return (i + 8 * N) % N;
	case cudaAddressModeMirror:
		i = (i + 8 * N) % (2 * N);
		return i < N ? i : 2 * N - 1 - i;
	case cudaAddressModeBorder:
		return i < 0 || i >= N ? -1 : i;
	default:
		return i < 0 ? 0 : i >= N ? N - 1 : i;
	}
}

static void run(const char *name, cudaArray_t array, const float *host,
		enum cudaTextureAddressMode mode, bool normalized, float *dev)
{
	struct cudaTextureDesc desc = texture_desc(cudaFilterModePoint, mode,
						   cudaReadModeElementType, normalized);
	float got[2 * SPAN], want[2 * SPAN];
	cudaTextureObject_t texture;

	desc.borderColor[0] = -7.5f;
	texture = texture_make(array, desc);
	for (int i = 0; i < SPAN; i++) {
		int x = place(mode, i - 3 * N / 2);

		want[i] = x < 0 ? -7.5f : host[5 * N + x];
		want[SPAN + i] = x < 0 ? -7.5f : host[x * N + 5];
	}
	read_around<<<1, SPAN>>>(texture, normalized ? 1.0f / N : 1, dev);
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	CHECK_SAME(got, want, sizeof(got));
	printf("%s\n", name);
	CUDA(cudaDestroyTextureObject(texture));
}

int main(void)
{
	float host[N * N], *dev;
	cudaArray_t array;

	for (float &f : host)
		f = rng_float();
	array = array_make<float>(make_cudaExtent(N, N, 0), 0, host);
	CUDA(cudaMalloc(&dev, 2 * SPAN * sizeof(float)));
	run("clamp", array, host, cudaAddressModeClamp, false, dev);
	run("border", array, host, cudaAddressModeBorder, false, dev);
	run("clamp, normalized", array, host, cudaAddressModeClamp, true, dev);
	run("border, normalized", array, host, cudaAddressModeBorder, true, dev);
	run("wrap, normalized", array, host, cudaAddressModeWrap, true, dev);
	run("mirror, normalized", array, host, cudaAddressModeMirror, true, dev);
	CUDA(cudaFreeArray(array));
	CUDA(cudaFree(dev));
	return finish();
}
