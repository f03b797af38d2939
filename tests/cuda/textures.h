/* SPDX-License-Identifier: MIT */
/* textures.h - arrays filled from the host, and texture and surface objects over them */
#ifndef TESTS_CUDA_TEXTURES_H
#define TESTS_CUDA_TEXTURES_H

#include "check.h"
#include <cuda_runtime.h>

static inline size_t or_one(size_t extent)
{
	return extent ? extent : 1;
}

/* array_fill() - all of an array of width x height x depth elements (0: no such axis) */
static inline void array_fill(cudaArray_t array, struct cudaExtent extent, size_t element,
			      const void *host)
{
	struct cudaMemcpy3DParms copy = {};

	copy.srcPtr = make_cudaPitchedPtr((void *)host, extent.width * element, extent.width,
					  or_one(extent.height));
	copy.dstArray = array;
	copy.extent = make_cudaExtent(extent.width, or_one(extent.height), or_one(extent.depth));
	copy.kind = cudaMemcpyHostToDevice;
	CUDA(cudaMemcpy3D(&copy));
}

static inline void array_read(cudaArray_t array, struct cudaExtent extent, size_t element,
			      void *host)
{
	struct cudaMemcpy3DParms copy = {};

	copy.srcArray = array;
	copy.dstPtr = make_cudaPitchedPtr(host, extent.width * element, extent.width,
					  or_one(extent.height));
	copy.extent = make_cudaExtent(extent.width, or_one(extent.height), or_one(extent.depth));
	copy.kind = cudaMemcpyDeviceToHost;
	CUDA(cudaMemcpy3D(&copy));
}

/* array_make() - of elements of type T, with what @host has in it */
template <typename T>
static cudaArray_t array_make(struct cudaExtent extent, unsigned int flags, const T *host)
{
	struct cudaChannelFormatDesc desc = cudaCreateChannelDesc<T>();
	cudaArray_t array;

	CUDA(cudaMalloc3DArray(&array, &desc, extent, flags));
	array_fill(array, extent, sizeof(T), host);
	return array;
}

static inline struct cudaResourceDesc array_resource(cudaArray_t array)
{
	struct cudaResourceDesc resource = {};

	resource.resType = cudaResourceTypeArray;
	resource.res.array.array = array;
	return resource;
}

/* texture_desc() - one address mode for all axes */
static inline struct cudaTextureDesc texture_desc(enum cudaTextureFilterMode filter,
						  enum cudaTextureAddressMode mode,
						  enum cudaTextureReadMode read, bool normalized)
{
	struct cudaTextureDesc desc = {};

	desc.filterMode = filter;
	desc.addressMode[0] = desc.addressMode[1] = desc.addressMode[2] = mode;
	desc.readMode = read;
	desc.normalizedCoords = normalized;
	return desc;
}

static inline cudaTextureObject_t texture_make(cudaArray_t array, struct cudaTextureDesc desc)
{
	struct cudaResourceDesc resource = array_resource(array);
	cudaTextureObject_t object;

	CUDA(cudaCreateTextureObject(&object, &resource, &desc, NULL));
	return object;
}

/* texture_points() - elements as they are, by their place */
static inline cudaTextureObject_t texture_points(cudaArray_t array)
{
	return texture_make(array, texture_desc(cudaFilterModePoint, cudaAddressModeClamp,
						cudaReadModeElementType, false));
}

static inline cudaSurfaceObject_t surface_make(cudaArray_t array)
{
	struct cudaResourceDesc resource = array_resource(array);
	cudaSurfaceObject_t object;

	CUDA(cudaCreateSurfaceObject(&object, &resource));
	return object;
}

/* check_near() - floats that may differ by @tolerance */
static inline void check_near(const char *what, const float *got, const float *want, size_t count,
			      float tolerance)
{
	for (size_t i = 0; i < count; i++)
		if (!(got[i] >= want[i] - tolerance && got[i] <= want[i] + tolerance)) {
			fprintf(stderr, "%s: element %zu is %.9g, expected %.9g +- %g\n", what, i,
				got[i], want[i], tolerance);
			check_failures++;
			return;
		}
	printf("%s\n", what);
}

#endif /* TESTS_CUDA_TEXTURES_H */
