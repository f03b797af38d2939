/* SPDX-License-Identifier: MIT */
/* What a texture or surface object was made of can be asked; what is none is refused */
#include "check.h"
#include <cuda_runtime.h>

static cudaArray_t array;

static struct cudaResourceDesc resource_of_array(void)
{
	struct cudaResourceDesc resource;

	memset(&resource, 0, sizeof(resource));
	resource.resType = cudaResourceTypeArray;
	resource.res.array.array = array;
	return resource;
}

static void textures(void)
{
	struct cudaResourceDesc resource = resource_of_array(), got_resource;
	struct cudaTextureDesc desc = { 0 }, got_desc;
	struct cudaResourceViewDesc view = { 0 }, got_view;
	cudaTextureObject_t one, two;

	desc.addressMode[0] = desc.addressMode[1] = cudaAddressModeBorder;
	desc.filterMode = cudaFilterModeLinear;
	desc.borderColor[2] = 0.25f;
	desc.normalizedCoords = 1;
	CUDA(cudaCreateTextureObject(&one, &resource, &desc, NULL));
	view.format = cudaResViewFormatFloat1;
	view.width = 64;
	view.height = 32;
	CUDA(cudaCreateTextureObject(&two, &resource, &desc, &view));
	CHECK(one && two && one != two);
	CUDA(cudaGetTextureObjectResourceDesc(&got_resource, one));
	CHECK(got_resource.resType == cudaResourceTypeArray &&
	      got_resource.res.array.array == array);
	CUDA(cudaGetTextureObjectTextureDesc(&got_desc, one));
	CHECK(got_desc.addressMode[1] == cudaAddressModeBorder);
	CHECK(got_desc.filterMode == cudaFilterModeLinear);
	CHECK(got_desc.normalizedCoords && got_desc.readMode == cudaReadModeElementType);
	CUDA(cudaGetTextureObjectResourceViewDesc(&got_view, two));
	CHECK(got_view.format == cudaResViewFormatFloat1 && got_view.width == 64 &&
	      got_view.height == 32);
	CUDA(cudaGetTextureObjectResourceViewDesc(&got_view, one));	/* it has none */
	CUDA(cudaDestroyTextureObject(one));
	CUDA(cudaDestroyTextureObject(two));
	EXPECT(cudaErrorInvalidValue, cudaCreateTextureObject(NULL, &resource, &desc, NULL));
	EXPECT(cudaErrorInvalidValue, cudaCreateTextureObject(&one, NULL, &desc, NULL));
}

static void surfaces(void)
{
	struct cudaResourceDesc resource = resource_of_array(), got;
	cudaSurfaceObject_t surface;

	CUDA(cudaCreateSurfaceObject(&surface, &resource));
	CUDA(cudaGetSurfaceObjectResourceDesc(&got, surface));
	CHECK(got.resType == cudaResourceTypeArray && got.res.array.array == array);
	CUDA(cudaDestroySurfaceObject(surface));
	EXPECT(cudaErrorInvalidValue, cudaCreateSurfaceObject(NULL, &resource));
}

/* Linear memory is remembered by its address, format and size */
static void linear(void)
{
	struct cudaResourceDesc resource, got;
	struct cudaTextureDesc desc = { 0 };
	cudaTextureObject_t texture;
	void *dev;

	memset(&resource, 0, sizeof(resource));
	CUDA(cudaMalloc(&dev, 4096));
	resource.resType = cudaResourceTypeLinear;
	resource.res.linear.devPtr = dev;
	resource.res.linear.desc = cudaCreateChannelDesc(16, 16, 0, 0, cudaChannelFormatKindSigned);
	resource.res.linear.sizeInBytes = 4096;
	CUDA(cudaCreateTextureObject(&texture, &resource, &desc, NULL));
	CUDA(cudaGetTextureObjectResourceDesc(&got, texture));
	CHECK(got.resType == cudaResourceTypeLinear && got.res.linear.devPtr == dev &&
	      got.res.linear.sizeInBytes == 4096);
	CHECK_SAME(&got.res.linear.desc, &resource.res.linear.desc,
		   sizeof(resource.res.linear.desc));
	CUDA(cudaDestroyTextureObject(texture));
	CUDA(cudaFree(dev));
}

int main(void)
{
	struct cudaChannelFormatDesc desc = { 32, 0, 0, 0, cudaChannelFormatKindFloat };

	CUDA(cudaMallocArray(&array, &desc, 64, 32, cudaArraySurfaceLoadStore));
	textures();
	surfaces();
	linear();
	CUDA(cudaFreeArray(array));
	return finish();
}
