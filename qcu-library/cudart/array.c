/* SPDX-License-Identifier: MIT */
/* CUDA arrays and mipmapped arrays; the runtime's handles are the driver's. */
#include "copy.h"
#include "format.h"

static_assert(cudaArrayLayered == CUDA_ARRAY3D_LAYERED &&
	      cudaArraySurfaceLoadStore == CUDA_ARRAY3D_SURFACE_LDST &&
	      cudaArrayCubemap == CUDA_ARRAY3D_CUBEMAP &&
	      cudaArrayTextureGather == CUDA_ARRAY3D_TEXTURE_GATHER &&
	      cudaArraySparse == CUDA_ARRAY3D_SPARSE &&
	      cudaArrayDeferredMapping == CUDA_ARRAY3D_DEFERRED_MAPPING,
	      "flags of arrays are the driver's");

static cudaError_t describe(CUDA_ARRAY3D_DESCRIPTOR *to, const struct cudaChannelFormatDesc *desc,
			    struct cudaExtent extent, unsigned int flags)
{
	struct format format;
	cudaError_t error = require(context_enter(), desc);

	if (!error)
		error = format_from_desc(desc, &format);
	if (error)
		return error;
	*to = (CUDA_ARRAY3D_DESCRIPTOR){
		.Width = extent.width,
		.Height = extent.height,
		.Depth = extent.depth,
		.Format = format.format,
		.NumChannels = format.channels,
		.Flags = flags,
	};
	return cudaSuccess;
}

cudaError_t cudaMalloc3DArray(cudaArray_t *array, const struct cudaChannelFormatDesc *desc,
			      struct cudaExtent extent, unsigned int flags)
{
	CUDA_ARRAY3D_DESCRIPTOR descriptor;
	cudaError_t error = describe(&descriptor, desc, extent, flags);

	if (!error)
		error = error_from(driver.cuArray3DCreate((CUarray *)array, &descriptor));
	return error_set(error);
}

cudaError_t cudaMallocArray(cudaArray_t *array, const struct cudaChannelFormatDesc *desc,
			    size_t width, size_t height, unsigned int flags)
{
	return cudaMalloc3DArray(array, desc, (struct cudaExtent){ width, height, 0 }, flags);
}

cudaError_t cudaMallocMipmappedArray(cudaMipmappedArray_t *mipmappedArray,
				     const struct cudaChannelFormatDesc *desc,
				     struct cudaExtent extent, unsigned int numLevels,
				     unsigned int flags)
{
	CUDA_ARRAY3D_DESCRIPTOR descriptor;
	cudaError_t error = describe(&descriptor, desc, extent, flags);

	if (!error)
		error = error_from(driver.cuMipmappedArrayCreate(
			(CUmipmappedArray *)mipmappedArray, &descriptor, numLevels));
	return error_set(error);
}

cudaError_t cudaFreeArray(cudaArray_t array)
{
	cudaError_t error = context_enter();

	if (!error && array)
		error = error_from(driver.cuArrayDestroy((CUarray)array));
	return error_set(error);
}

cudaError_t cudaFreeMipmappedArray(cudaMipmappedArray_t mipmappedArray)
{
	cudaError_t error = context_enter();

	if (!error && mipmappedArray)
		error = error_from(driver.cuMipmappedArrayDestroy(
			(CUmipmappedArray)mipmappedArray));
	return error_set(error);
}

FORWARD(cudaGetMipmappedArrayLevel,
	(cudaArray_t *level, cudaMipmappedArray_const_t mipmappedArray, unsigned int index),
	cuMipmappedArrayGetLevel((CUarray *)level, (CUmipmappedArray)mipmappedArray, index))
FORWARD(cudaArrayGetPlane, (cudaArray_t *plane, cudaArray_t array, unsigned int index),
	cuArrayGetPlane((CUarray *)plane, (CUarray)array, index))

/** array_describe() - what an array is, and the bytes of an element */
cudaError_t array_describe(cudaArray_const_t array, CUDA_ARRAY3D_DESCRIPTOR *descriptor,
			   size_t *element)
{
	cudaError_t error;

	if (!array)
		return cudaErrorInvalidResourceHandle;
	error = error_from(driver.cuArray3DGetDescriptor(descriptor, (CUarray)array));
	if (!error)
		*element = format_size((struct format){ descriptor->Format,
							descriptor->NumChannels });
	return error;
}

cudaError_t cudaArrayGetInfo(struct cudaChannelFormatDesc *desc, struct cudaExtent *extent,
			     unsigned int *flags, cudaArray_t array)
{
	CUDA_ARRAY3D_DESCRIPTOR descriptor;
	cudaError_t error = context_enter();
	size_t element;

	if (!error)
		error = array_describe(array, &descriptor, &element);
	if (error)
		return error_set(error);
	if (desc)
		*desc = format_to_desc((struct format){ descriptor.Format,
							descriptor.NumChannels });
	if (extent)
		*extent = (struct cudaExtent){ descriptor.Width, descriptor.Height,
					       descriptor.Depth };
	if (flags)
		*flags = descriptor.Flags;
	return cudaSuccess;
}

cudaError_t cudaGetChannelDesc(struct cudaChannelFormatDesc *desc, cudaArray_const_t array)
{
	cudaError_t error = require(driver_enter(), desc);

	return error ? error_set(error) :
		       cudaArrayGetInfo(desc, NULL, NULL, (cudaArray_t)array);
}

static_assert(sizeof(struct cudaArrayMemoryRequirements) ==
		      sizeof(CUDA_ARRAY_MEMORY_REQUIREMENTS) &&
	      sizeof(struct cudaArraySparseProperties) == sizeof(CUDA_ARRAY_SPARSE_PROPERTIES),
	      "what arrays need is told in the driver's structs");

FORWARD(cudaArrayGetMemoryRequirements,
	(struct cudaArrayMemoryRequirements *requirements, cudaArray_t array, int device),
	cuArrayGetMemoryRequirements((CUDA_ARRAY_MEMORY_REQUIREMENTS *)requirements,
				     (CUarray)array, device))
FORWARD(cudaMipmappedArrayGetMemoryRequirements,
	(struct cudaArrayMemoryRequirements *requirements, cudaMipmappedArray_t mipmap,
	 int device),
	cuMipmappedArrayGetMemoryRequirements((CUDA_ARRAY_MEMORY_REQUIREMENTS *)requirements,
					      (CUmipmappedArray)mipmap, device))
FORWARD(cudaArrayGetSparseProperties,
	(struct cudaArraySparseProperties *properties, cudaArray_t array),
	cuArrayGetSparseProperties((CUDA_ARRAY_SPARSE_PROPERTIES *)properties, (CUarray)array))
FORWARD(cudaMipmappedArrayGetSparseProperties,
	(struct cudaArraySparseProperties *properties, cudaMipmappedArray_t mipmap),
	cuMipmappedArrayGetSparseProperties((CUDA_ARRAY_SPARSE_PROPERTIES *)properties,
					    (CUmipmappedArray)mipmap))

cudaError_t cudaDeviceGetTexture1DLinearMaxWidth(size_t *maxWidthInElements,
						 const struct cudaChannelFormatDesc *fmtDesc,
						 int device)
{
	struct format format;
	cudaError_t error = require(driver_enter(), fmtDesc);

	if (!error)
		error = format_from_desc(fmtDesc, &format);
	if (!error)
		error = error_from(driver.cuDeviceGetTexture1DLinearMaxWidth(
			maxWidthInElements, format.format, format.channels, device));
	return error_set(error);
}
