/* SPDX-License-Identifier: MIT */
/* tex2DLod and tex2DGrad: which level is read, and how two levels are mixed */
#include "textures.h"

#define SIZE 32
#define LEVELS 6
#define POINTS 64

__global__ void read_lods(cudaTextureObject_t texture, const float *lod, float *out)
{
	out[threadIdx.x] = tex2DLod<float>(texture, 0.5f, 0.5f, lod[threadIdx.x]);
}

/* Gradients of 2^level texels of the base */
__global__ void read_gradients(cudaTextureObject_t texture, float *out)
{
	float step = (float)(1 << threadIdx.x) / SIZE;

	out[threadIdx.x] = tex2DGrad<float>(texture, 0.5f, 0.5f, make_float2(step, 0),
					    make_float2(0, step));
}

/* All of level i is 10 * i */
static cudaMipmappedArray_t levels_make(void)
{
	struct cudaChannelFormatDesc desc = cudaCreateChannelDesc<float>();
	cudaMipmappedArray_t mipmap;
	float host[SIZE * SIZE];
	cudaArray_t level;

	CUDA(cudaMallocMipmappedArray(&mipmap, &desc, make_cudaExtent(SIZE, SIZE, 0), LEVELS, 0));
	for (int i = 0; i < LEVELS; i++) {
		for (float &f : host)
			f = 10.0f * i;
		CUDA(cudaGetMipmappedArrayLevel(&level, mipmap, i));
		array_fill(level, make_cudaExtent(SIZE >> i, SIZE >> i, 0), sizeof(float), host);
	}
	return mipmap;
}

static cudaTextureObject_t object_make(cudaMipmappedArray_t mipmap,
				       enum cudaTextureFilterMode filter, float bias, float low,
				       float high)
{
	struct cudaTextureDesc desc = texture_desc(cudaFilterModePoint, cudaAddressModeClamp,
						   cudaReadModeElementType, true);
	struct cudaResourceDesc resource = {};
	cudaTextureObject_t object;

	resource.resType = cudaResourceTypeMipmappedArray;
	resource.res.mipmap.mipmap = mipmap;
	desc.mipmapFilterMode = filter;
	desc.mipmapLevelBias = bias;
	desc.minMipmapLevelClamp = low;
	desc.maxMipmapLevelClamp = high;
	CUDA(cudaCreateTextureObject(&object, &resource, &desc, NULL));
	return object;
}

static float limited(float x, float low, float high)
{
	return x < low ? low : x > high ? high : x;
}

static void run(const char *name, cudaMipmappedArray_t mipmap, enum cudaTextureFilterMode filter,
		float bias, float low, float high)
{
	cudaTextureObject_t object = object_make(mipmap, filter, bias, low, high);
	float lod[POINTS], got[POINTS], want[POINTS], *dev_lod, *dev;

	/* multiples of 1/8, off by 1/16: never half way between two levels */
	for (int i = 0; i < POINTS; i++) {
		float level = limited((i - 8) / 8.0f + 0.0625f + bias, low, high);

		lod[i] = (i - 8) / 8.0f + 0.0625f;
		level = limited(level, 0, LEVELS - 1);
		want[i] = 10 * (filter == cudaFilterModePoint ? (float)(int)(level + 0.5f) : level);
	}
	CUDA(cudaMalloc(&dev, sizeof(got)));
	CUDA(cudaMalloc(&dev_lod, sizeof(lod)));
	CUDA(cudaMemcpy(dev_lod, lod, sizeof(lod), cudaMemcpyHostToDevice));
	read_lods<<<1, POINTS>>>(object, dev_lod, dev);
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	check_near(name, got, want, POINTS, 10 * 2.0f / 256);
	CUDA(cudaDestroyTextureObject(object));
	CUDA(cudaFree(dev));
	CUDA(cudaFree(dev_lod));
}

static void gradients(cudaMipmappedArray_t mipmap)
{
	cudaTextureObject_t object = object_make(mipmap, cudaFilterModePoint, 0, 0, LEVELS);
	float got[LEVELS], want[LEVELS], *dev;

	for (int i = 0; i < LEVELS; i++)
		want[i] = 10.0f * i;
	CUDA(cudaMalloc(&dev, sizeof(got)));
	read_gradients<<<1, LEVELS>>>(object, dev);
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	check_near("gradients", got, want, LEVELS, 0);
	CUDA(cudaDestroyTextureObject(object));
	CUDA(cudaFree(dev));
}

int main(void)
{
	cudaMipmappedArray_t mipmap = levels_make();

	run("nearest level", mipmap, cudaFilterModePoint, 0, 0, 100);
	run("between levels", mipmap, cudaFilterModeLinear, 0, 0, 100);
	run("with a bias", mipmap, cudaFilterModeLinear, 1.5f, 0, 100);
	run("within limits", mipmap, cudaFilterModeLinear, 0, 1.25f, 3.5f);
	gradients(mipmap);
	CUDA(cudaFreeMipmappedArray(mipmap));
	return finish();
}
