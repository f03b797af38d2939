/* SPDX-License-Identifier: MIT */
/* A view shows a range of layers or levels; sRGB is read as linear light; borders are filtered */
#include "textures.h"

#define SIZE 16
#define LAYERS 5
#define LEVELS 5

__global__ void read_layers(cudaTextureObject_t texture, float *out)
{
	out[threadIdx.x] = tex2DLayered<float>(texture, 3.5f, 2.5f, threadIdx.x);
}

__global__ void read_levels(cudaTextureObject_t texture, float *out)
{
	out[threadIdx.x] = tex2DLod<float>(texture, 0.5f, 0.5f, threadIdx.x);
}

__global__ void read_row(cudaTextureObject_t texture, float x, float4 *out)
{
	out[threadIdx.x] = tex2D<float4>(texture, threadIdx.x + x, 0.5f);
}

static struct cudaResourceViewDesc view_of(size_t size, size_t depth)
{
	struct cudaResourceViewDesc view = {};

	view.format = cudaResViewFormatFloat1;
	view.width = view.height = size;
	view.depth = depth;
	return view;
}

/* Layer i is all i; the view has layers 1 to 3 */
static void layers(float *dev)
{
	static float host[LAYERS][SIZE][SIZE];
	const float want[] = { 1, 2, 3 };
	struct cudaTextureDesc desc = texture_desc(cudaFilterModePoint, cudaAddressModeClamp,
						   cudaReadModeElementType, false);
	struct cudaResourceViewDesc view = view_of(SIZE, LAYERS);
	struct cudaResourceDesc resource;
	cudaTextureObject_t texture;
	cudaArray_t array;
	float got[3];

	for (int i = 0; i < LAYERS * SIZE * SIZE; i++)
		host[0][0][i] = (float)(i / (SIZE * SIZE));
	array = array_make<float>(make_cudaExtent(SIZE, SIZE, LAYERS), cudaArrayLayered,
				  host[0][0]);
	resource = array_resource(array);
	view.firstLayer = 1;
	view.lastLayer = 3;
	CUDA(cudaCreateTextureObject(&texture, &resource, &desc, &view));
	read_layers<<<1, 3>>>(texture, dev);
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	check_near("layers", got, want, 3, 0);
	CUDA(cudaDestroyTextureObject(texture));
	CUDA(cudaFreeArray(array));
}

/* Level i is all i; the view has levels 1 to 3 */
static void levels(float *dev)
{
	struct cudaChannelFormatDesc format = cudaCreateChannelDesc<float>();
	struct cudaTextureDesc desc = texture_desc(cudaFilterModePoint, cudaAddressModeClamp,
						   cudaReadModeElementType, true);
	struct cudaResourceViewDesc view = view_of(SIZE, 0);
	struct cudaResourceDesc resource = {};
	const float want[] = { 1, 2, 3, 3 };
	cudaTextureObject_t texture;
	cudaMipmappedArray_t mipmap;
	float host[SIZE * SIZE], got[4];
	cudaArray_t level;

	CUDA(cudaMallocMipmappedArray(&mipmap, &format, make_cudaExtent(SIZE, SIZE, 0), LEVELS,
				      0));
	for (int i = 0; i < LEVELS; i++) {
		for (float &f : host)
			f = (float)i;
		CUDA(cudaGetMipmappedArrayLevel(&level, mipmap, i));
		array_fill(level, make_cudaExtent(SIZE >> i, SIZE >> i, 0), sizeof(float), host);
	}
	resource.resType = cudaResourceTypeMipmappedArray;
	resource.res.mipmap.mipmap = mipmap;
	desc.maxMipmapLevelClamp = 100;
	view.firstMipmapLevel = 1;
	view.lastMipmapLevel = 3;
	CUDA(cudaCreateTextureObject(&texture, &resource, &desc, &view));
	read_levels<<<1, 4>>>(texture, dev);
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	check_near("levels", got, want, 4, 0);
	CUDA(cudaDestroyTextureObject(texture));
	CUDA(cudaFreeMipmappedArray(mipmap));
}

static float to_linear(float c)
{
	return c <= 0.04045f ? c / 12.92f : powf((c + 0.055f) / 1.055f, 2.4f);
}

/* Colours are on the curve, the fourth channel is not */
static void srgb(float *dev)
{
	struct cudaTextureDesc desc = texture_desc(cudaFilterModePoint, cudaAddressModeClamp,
						   cudaReadModeNormalizedFloat, false);
	uchar4 host[64];
	float got[256], want[256];
	cudaTextureObject_t texture;
	cudaArray_t array;

	for (int i = 0; i < 256; i++) {
		((unsigned char *)host)[i] = (unsigned char)i;
		want[i] = i % 4 == 3 ? i / 255.0f : to_linear(i / 255.0f);
	}
	desc.sRGB = 1;
	array = array_make<uchar4>(make_cudaExtent(64, 1, 0), 0, host);
	texture = texture_make(array, desc);
	read_row<<<1, 64>>>(texture, 0.5f, (float4 *)dev);
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	check_near("sRGB", got, want, 256, 1.0f / 255);
	CUDA(cudaDestroyTextureObject(texture));
	CUDA(cudaFreeArray(array));
}

/* Half way between a texel of 1 and the border is their mean */
static void border(float *dev)
{
	struct cudaTextureDesc desc = texture_desc(cudaFilterModeLinear, cudaAddressModeBorder,
						   cudaReadModeElementType, false);
	const float4 host[4] = { { 1, 1, 1, 1 }, { 1, 1, 1, 1 }, { 1, 1, 1, 1 }, { 1, 1, 1, 1 } };
	/* y 0.5 is the middle of the only row */
	const float want[] = { 2, 3, 4, 5, 1, 1, 1, 1 };
	cudaTextureObject_t texture;
	cudaArray_t array;
	float got[8];

	for (int i = 0; i < 4; i++)
		desc.borderColor[i] = 3.0f + 2 * i;
	array = array_make<float4>(make_cudaExtent(4, 1, 0), 0, host);
	texture = texture_make(array, desc);
	read_row<<<1, 2>>>(texture, 0, (float4 *)dev);
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	check_near("border", got, want, 8, 10.0f / 256);
	CUDA(cudaDestroyTextureObject(texture));
	CUDA(cudaFreeArray(array));
}

int main(void)
{
	float *dev;

	CUDA(cudaMalloc(&dev, 4096));
	layers(dev);
	levels(dev);
	srgb(dev);
	border(dev);
	CUDA(cudaFree(dev));
	return finish();
}
