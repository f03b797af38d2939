/* SPDX-License-Identifier: MIT */
/*
 * Copies of three-dimensional regions, between arrays and pitched memory.
 *
 * The runtime counts an array's x in elements and pitched memory's in bytes, and
 * the extent in elements as soon as one side is an array; the driver counts bytes.
 */
#include "copy.h"

/* One side of a copy in the driver's terms. */
struct side {
	CUmemorytype type;
	CUarray array;
	void *ptr;
	size_t pitch, height, x, y, z;
	size_t element; /* bytes, 0 for pitched memory */
};

static cudaError_t describe(struct side *side, cudaArray_t array, struct cudaPitchedPtr ptr,
			    struct cudaPos pos, CUmemorytype type)
{
	CUDA_ARRAY3D_DESCRIPTOR descriptor;
	cudaError_t error = cudaSuccess;

	if (!array == !ptr.ptr)
		return cudaErrorInvalidValue;
	*side = (struct side){ .y = pos.y, .z = pos.z };
	if (array) {
		error = array_describe(array, &descriptor, &side->element);
		side->type = CU_MEMORYTYPE_ARRAY;
		side->array = (CUarray)array;
		side->x = pos.x * side->element;
	} else {
		side->type = type;
		side->ptr = ptr.ptr;
		side->pitch = ptr.pitch;
		side->height = ptr.ysize;
		side->x = pos.x;
	}
	return error;
}

static void fill(CUDA_MEMCPY3D *to, const struct side *src, const struct side *dst,
		 struct cudaExtent extent)
{
	size_t element = src->element ? src->element : dst->element ? dst->element : 1;

	*to = (CUDA_MEMCPY3D){
		.srcXInBytes = src->x,
		.srcY = src->y,
		.srcZ = src->z,
		.srcMemoryType = src->type,
		.srcHost = src->ptr,
		.srcDevice = device_ptr(src->ptr),
		.srcArray = src->array,
		.srcPitch = src->pitch,
		.srcHeight = src->height,
		.dstXInBytes = dst->x,
		.dstY = dst->y,
		.dstZ = dst->z,
		.dstMemoryType = dst->type,
		.dstHost = dst->ptr,
		.dstDevice = device_ptr(dst->ptr),
		.dstArray = dst->array,
		.dstPitch = dst->pitch,
		.dstHeight = dst->height,
		.WidthInBytes = extent.width * element,
		.Height = extent.height,
		.Depth = extent.depth,
	};
}

/** copy3d_from() - the driver's description of a copy for the runtime's */
cudaError_t copy3d_from(CUDA_MEMCPY3D *to, const struct cudaMemcpy3DParms *from)
{
	struct side src, dst;
	cudaError_t error = require(context_enter(), from);

	if (!error)
		error = copy_enter(from->kind);
	if (!error)
		error = describe(&src, from->srcArray, from->srcPtr, from->srcPos,
				 copy_source(from->kind));
	if (!error)
		error = describe(&dst, from->dstArray, from->dstPtr, from->dstPos,
				 copy_destination(from->kind));
	if (!error)
		fill(to, &src, &dst, from->extent);
	return error;
}

static enum cudaMemcpyKind kind_of(CUmemorytype src, CUmemorytype dst)
{
	if (src == CU_MEMORYTYPE_UNIFIED || dst == CU_MEMORYTYPE_UNIFIED)
		return cudaMemcpyDefault;
	if (src == CU_MEMORYTYPE_HOST)
		return dst == CU_MEMORYTYPE_HOST ? cudaMemcpyHostToHost : cudaMemcpyHostToDevice;
	return dst == CU_MEMORYTYPE_HOST ? cudaMemcpyDeviceToHost : cudaMemcpyDeviceToDevice;
}

static size_t element_of(CUarray array)
{
	CUDA_ARRAY3D_DESCRIPTOR descriptor;
	size_t element;

	if (!array || array_describe((cudaArray_t)array, &descriptor, &element) || !element)
		return 1;
	return element;
}

/** copy3d_to() - the runtime's description of a copy for the driver's */
void copy3d_to(struct cudaMemcpy3DParms *to, const CUDA_MEMCPY3D *from)
{
	bool src_array = from->srcMemoryType == CU_MEMORYTYPE_ARRAY;
	bool dst_array = from->dstMemoryType == CU_MEMORYTYPE_ARRAY;
	size_t src = element_of(src_array ? from->srcArray : NULL);
	size_t dst = element_of(dst_array ? from->dstArray : NULL);

	*to = (struct cudaMemcpy3DParms){
		.srcPos = { from->srcXInBytes / src, from->srcY, from->srcZ },
		.dstPos = { from->dstXInBytes / dst, from->dstY, from->dstZ },
		.extent = { from->WidthInBytes / (src_array ? src : dst), from->Height,
			    from->Depth },
		.kind = kind_of(from->srcMemoryType, from->dstMemoryType),
	};
	if (src_array)
		to->srcArray = (cudaArray_t)from->srcArray;
	else
		to->srcPtr = (struct cudaPitchedPtr){
			from->srcMemoryType == CU_MEMORYTYPE_HOST ? (void *)from->srcHost :
								    (void *)from->srcDevice,
			from->srcPitch, from->srcPitch, from->srcHeight };
	if (dst_array)
		to->dstArray = (cudaArray_t)from->dstArray;
	else
		to->dstPtr = (struct cudaPitchedPtr){
			from->dstMemoryType == CU_MEMORYTYPE_HOST ? from->dstHost :
								    (void *)from->dstDevice,
			from->dstPitch, from->dstPitch, from->dstHeight };
}

static bool empty(const CUDA_MEMCPY3D *copy)
{
	return !copy->WidthInBytes || !copy->Height || !copy->Depth;
}

cudaError_t cudaMemcpy3D(const struct cudaMemcpy3DParms *p)
{
	CUDA_MEMCPY3D copy;
	cudaError_t error = copy3d_from(&copy, p);

	if (!error && !empty(&copy))
		error = error_from(driver.cuMemcpy3D(&copy));
	return error_set(error);
}

cudaError_t cudaMemcpy3DAsync(const struct cudaMemcpy3DParms *p, cudaStream_t stream)
{
	CUDA_MEMCPY3D copy;
	cudaError_t error = copy3d_from(&copy, p);

	if (!error && !empty(&copy))
		error = error_from(driver.cuMemcpy3DAsync(&copy, stream));
	return error_set(error);
}

static_assert(offsetof(CUDA_MEMCPY3D, reserved0) == offsetof(CUDA_MEMCPY3D_PEER, srcContext) &&
	      offsetof(CUDA_MEMCPY3D, reserved1) == offsetof(CUDA_MEMCPY3D_PEER, dstContext) &&
	      sizeof(CUDA_MEMCPY3D) == sizeof(CUDA_MEMCPY3D_PEER),
	      "a copy between peers is a copy that says the contexts");

union peer_copy {
	CUDA_MEMCPY3D copy;
	CUDA_MEMCPY3D_PEER peer;
};

static cudaError_t peer_from(union peer_copy *to, const struct cudaMemcpy3DPeerParms *from)
{
	struct side src, dst;
	CUcontext src_context, dst_context;
	cudaError_t error = require(context_enter(), from);

	if (!error)
		error = context_retain(from->srcDevice, &src_context);
	if (!error)
		error = context_retain(from->dstDevice, &dst_context);
	if (!error)
		error = describe(&src, from->srcArray, from->srcPtr, from->srcPos,
				 CU_MEMORYTYPE_DEVICE);
	if (!error)
		error = describe(&dst, from->dstArray, from->dstPtr, from->dstPos,
				 CU_MEMORYTYPE_DEVICE);
	if (error)
		return error;
	fill(&to->copy, &src, &dst, from->extent);
	to->peer.srcContext = src_context;
	to->peer.dstContext = dst_context;
	return cudaSuccess;
}

cudaError_t cudaMemcpy3DPeer(const struct cudaMemcpy3DPeerParms *p)
{
	union peer_copy copy;
	cudaError_t error = peer_from(&copy, p);

	if (!error && !empty(&copy.copy))
		error = error_from(driver.cuMemcpy3DPeer(&copy.peer));
	return error_set(error);
}

cudaError_t cudaMemcpy3DPeerAsync(const struct cudaMemcpy3DPeerParms *p, cudaStream_t stream)
{
	union peer_copy copy;
	cudaError_t error = peer_from(&copy, p);

	if (!error && !empty(&copy.copy))
		error = error_from(driver.cuMemcpy3DPeerAsync(&copy.peer, stream));
	return error_set(error);
}
