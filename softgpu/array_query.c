/* SPDX-License-Identifier: MIT */
/* array_query.c - what an array is: cuArrayGetDescriptor and the like */
#include "softgpu/array.h"
#include "softgpu/context.h"

CUresult cuArray3DGetDescriptor_v2(CUDA_ARRAY3D_DESCRIPTOR *pArrayDescriptor, CUarray hArray)
{
	struct context *context;
	struct array *array;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!pArrayDescriptor)
		return CUDA_ERROR_INVALID_VALUE;
	array = array_get(hArray);
	if (!array)
		return CUDA_ERROR_INVALID_HANDLE;
	*pArrayDescriptor = array->descriptor;
	array_put(array);
	return CUDA_SUCCESS;
}

CUresult cuArrayGetDescriptor_v2(CUDA_ARRAY_DESCRIPTOR *pArrayDescriptor, CUarray hArray)
{
	CUDA_ARRAY3D_DESCRIPTOR descriptor;
	CUresult result = cuArray3DGetDescriptor_v2(&descriptor, hArray);

	if (result)
		return result;
	if (!pArrayDescriptor)
		return CUDA_ERROR_INVALID_VALUE;
	*pArrayDescriptor = (CUDA_ARRAY_DESCRIPTOR){
		.Width = descriptor.Width, .Height = descriptor.Height,
		.Format = descriptor.Format, .NumChannels = descriptor.NumChannels,
	};
	return CUDA_SUCCESS;
}

/* refuse() - what no array here has: planes, deferred mapping, sparse tiles */
static CUresult refuse(const void *out, CUarray value)
{
	struct context *context;
	struct array *array;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	array = array_get(value);
	result = out && !array ? CUDA_ERROR_INVALID_HANDLE : CUDA_ERROR_INVALID_VALUE;
	array_put(array);
	return result;
}

CUresult cuArrayGetPlane(CUarray *pPlaneArray, CUarray hArray, unsigned int planeIdx)
{
	return refuse(pPlaneArray, hArray);
}

CUresult cuArrayGetMemoryRequirements(CUDA_ARRAY_MEMORY_REQUIREMENTS *memoryRequirements,
				      CUarray array, CUdevice device)
{
	return refuse(memoryRequirements, array);
}

CUresult cuArrayGetSparseProperties(CUDA_ARRAY_SPARSE_PROPERTIES *sparseProperties,
				    CUarray array)
{
	return refuse(sparseProperties, array);
}
