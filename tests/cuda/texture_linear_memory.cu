/* SPDX-License-Identifier: MIT */
/* tex1Dfetch of linear memory, 0 outside of it, and tex2D of pitched memory */
#include "textures.h"

#define N 1000
#define W 50
#define H 40

__global__ void fetch_all(cudaTextureObject_t texture, int4 *out, int first)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	out[i] = tex1Dfetch<int4>(texture, first + i);
}

__global__ void read_rows(cudaTextureObject_t texture, float *out)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < W * H)
		out[i] = tex2D<float>(texture, i % W + 0.5f, i / W + 0.5f);
}

static void linear(void)
{
	struct cudaTextureDesc desc = {};
	struct cudaResourceDesc resource = {};
	int4 *host = (int4 *)rng_bytes(N * sizeof(int4)), got[1024], want[1024] = {}, *dev, *out;
	cudaTextureObject_t texture;

	CUDA(cudaMalloc(&dev, N * sizeof(int4)));
	CUDA(cudaMalloc(&out, sizeof(got)));
	CUDA(cudaMemcpy(dev, host, N * sizeof(int4), cudaMemcpyHostToDevice));
	resource.resType = cudaResourceTypeLinear;
	resource.res.linear.devPtr = dev;
	resource.res.linear.desc = cudaCreateChannelDesc<int4>();
	resource.res.linear.sizeInBytes = N * sizeof(int4);
	CUDA(cudaCreateTextureObject(&texture, &resource, &desc, NULL));
	fetch_all<<<4, 256>>>(texture, out, 0);
	CUDA(cudaMemcpy(got, out, sizeof(got), cudaMemcpyDeviceToHost));
	memcpy(want, host, N * sizeof(int4));
	CHECK_SAME(got, want, sizeof(want));
	fetch_all<<<4, 256>>>(texture, out, -24);
	CUDA(cudaMemcpy(got, out, sizeof(got), cudaMemcpyDeviceToHost));
	memset(want, 0, sizeof(want));
	memcpy(want + 24, host, N * sizeof(int4));
	CHECK_SAME(got, want, sizeof(want));
	CUDA(cudaDestroyTextureObject(texture));
	CUDA(cudaFree(dev));
	CUDA(cudaFree(out));
	free(host);
}

static void pitched(void)
{
	struct cudaTextureDesc desc = texture_desc(cudaFilterModePoint, cudaAddressModeClamp,
						   cudaReadModeElementType, false);
	struct cudaResourceDesc resource = {};
	float host[W * H], got[W * H], *out;
	cudaTextureObject_t texture;
	size_t pitch;
	void *dev;

	for (float &f : host)
		f = rng_float();
	CUDA(cudaMallocPitch(&dev, &pitch, W * sizeof(float), H));
	CUDA(cudaMalloc(&out, sizeof(got)));
	CUDA(cudaMemcpy2D(dev, pitch, host, W * sizeof(float), W * sizeof(float), H,
			  cudaMemcpyHostToDevice));
	resource.resType = cudaResourceTypePitch2D;
	resource.res.pitch2D.devPtr = dev;
	resource.res.pitch2D.desc = cudaCreateChannelDesc<float>();
	resource.res.pitch2D.width = W;
	resource.res.pitch2D.height = H;
	resource.res.pitch2D.pitchInBytes = pitch;
	CUDA(cudaCreateTextureObject(&texture, &resource, &desc, NULL));
	read_rows<<<W * H / 128 + 1, 128>>>(texture, out);
	CUDA(cudaMemcpy(got, out, sizeof(got), cudaMemcpyDeviceToHost));
	CHECK_SAME(got, host, sizeof(got));
	CUDA(cudaDestroyTextureObject(texture));
	CUDA(cudaFree(dev));
	CUDA(cudaFree(out));
}

int main(void)
{
	linear();
	pitched();
	return finish();
}
