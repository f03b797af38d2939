/* SPDX-License-Identifier: MIT */
/* Descriptions that are none: wrong alignment, pitch, format; arrays no kernel may write */
#include "check.h"

static CUarray array;
static CUmipmappedArray mipmap;
static CUdeviceptr dev;
static CUtexObject object;

static CUresult create(const CUDA_RESOURCE_DESC *resource, const CUDA_TEXTURE_DESC *desc)
{
	return cuTexObjectCreate(&object, resource, desc, NULL);
}

static void linear_memory(void)
{
	CUDA_RESOURCE_DESC resource = { .resType = CU_RESOURCE_TYPE_LINEAR };
	CUDA_TEXTURE_DESC desc = { 0 };

	/* not aligned to CU_DEVICE_ATTRIBUTE_TEXTURE_ALIGNMENT */
	resource.res.linear.devPtr = dev + 4;
	resource.res.linear.format = CU_AD_FORMAT_FLOAT;
	resource.res.linear.numChannels = 1;
	resource.res.linear.sizeInBytes = 1024;
	CHECK(create(&resource, &desc) != CUDA_SUCCESS);
	resource.res.linear.devPtr = dev;
	resource.res.linear.numChannels = 3;
	CHECK(create(&resource, &desc) != CUDA_SUCCESS);
	resource.res.linear.numChannels = 1;
	CU(create(&resource, &desc));
	CU(cuTexObjectDestroy(object));
}

static void pitched_memory(void)
{
	CUDA_RESOURCE_DESC resource = { .resType = CU_RESOURCE_TYPE_PITCH2D };
	CUDA_TEXTURE_DESC desc = { 0 };

	desc.addressMode[0] = desc.addressMode[1] = CU_TR_ADDRESS_MODE_CLAMP;
	resource.res.pitch2D.devPtr = dev;
	resource.res.pitch2D.format = CU_AD_FORMAT_FLOAT;
	resource.res.pitch2D.numChannels = 1;
	resource.res.pitch2D.width = 16;
	resource.res.pitch2D.height = 4;
	resource.res.pitch2D.pitchInBytes = 68;	/* not aligned either */
	CHECK(create(&resource, &desc) != CUDA_SUCCESS);
	resource.res.pitch2D.pitchInBytes = 64;
	CU(create(&resource, &desc));
	CU(cuTexObjectDestroy(object));
}

static void mipmaps_are_no_surfaces(void)
{
	CUDA_RESOURCE_DESC resource = { .resType = CU_RESOURCE_TYPE_MIPMAPPED_ARRAY };
	CUsurfObject surface;

	resource.res.mipmap.hMipmappedArray = mipmap;
	CHECK(cuSurfObjectCreate(&surface, &resource) != CUDA_SUCCESS);
}

int main(void)
{
	CUDA_ARRAY3D_DESCRIPTOR descriptor = {
		.Width = 32, .Height = 32, .Format = CU_AD_FORMAT_FLOAT, .NumChannels = 1,
	};
	CUcontext context;
	CUdevice device;

	CU(cuInit(0));
	CU(cuDeviceGet(&device, 0));
	CU(cuDevicePrimaryCtxRetain(&context, device));
	CU(cuCtxSetCurrent(context));
	CU(cuArray3DCreate(&array, &descriptor));
	CU(cuMipmappedArrayCreate(&mipmap, &descriptor, 3));
	CU(cuMemAlloc(&dev, 4096));
	linear_memory();
	pitched_memory();
	mipmaps_are_no_surfaces();
	puts("refused");
	CU(cuMemFree(dev));
	CU(cuMipmappedArrayDestroy(mipmap));
	CU(cuArrayDestroy(array));
	return finish();
}
