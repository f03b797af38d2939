/* SPDX-License-Identifier: MIT */
/*
 * copy_batch.c - cuMemcpyBatchAsync, cuMemcpy3DBatchAsync: the copies of a batch, one by one
 *
 * The copies of a batch have no order among them, so the stream's order will do.  Everything
 * is checked before the first copy starts.  Nothing here knows what is under the API: the guest's
 * libcuda is made of this file too.
 */
#include <stdbool.h>
#include <stddef.h>

#include "softgpu/api.h"

/* The index that the older forms give for an error of no particular copy */
#define NO_COPY	((size_t)-1)

static CUstream own(CUstream stream)
{
	return stream ? stream : CU_STREAM_PER_THREAD;
}

static bool order_valid(CUmemcpySrcAccessOrder order)
{
	return order == CU_MEMCPY_SRC_ACCESS_ORDER_STREAM ||
	       order == CU_MEMCPY_SRC_ACCESS_ORDER_DURING_API_CALL ||
	       order == CU_MEMCPY_SRC_ACCESS_ORDER_ANY;
}

/* CUDA Driver API: a batch may not go to the legacy default stream. */
static bool stream_valid(CUstream stream)
{
	return stream && stream != CU_STREAM_LEGACY;
}

/* finish() - the sources of some copies may be gone when the call returns */
static CUresult finish(CUresult result, bool during_call, CUstream stream)
{
	return !result && during_call ? cuStreamSynchronize(stream) : result;
}

/* attributes_valid() - each copy has its attributes; *during_call: a source may not be read later */
static bool attributes_valid(const CUmemcpyAttributes *attrs, const size_t *first, size_t n,
			     size_t count, bool *during_call)
{
	if (!attrs || !first || !n || n > count || first[0])
		return false;
	*during_call = false;
	for (size_t i = 0; i < n; i++) {
		if (!order_valid(attrs[i].srcAccessOrder) || first[i] >= count ||
		    (i && first[i] <= first[i - 1]))
			return false;
		*during_call |= attrs[i].srcAccessOrder ==
				CU_MEMCPY_SRC_ACCESS_ORDER_DURING_API_CALL;
	}
	return true;
}

/* linear() - @fail: which copy could not be started */
static CUresult linear(CUdeviceptr *dsts, CUdeviceptr *srcs, size_t *sizes, size_t count,
		       CUmemcpyAttributes *attrs, size_t *first, size_t n, size_t *fail,
		       CUstream stream)
{
	CUresult result = CUDA_SUCCESS;
	bool during_call;

	*fail = NO_COPY;
	if (!dsts || !srcs || !sizes || !count || !stream_valid(stream) ||
	    !attributes_valid(attrs, first, n, count, &during_call))
		return CUDA_ERROR_INVALID_VALUE;
	for (size_t i = 0; i < count; i++) {
		*fail = i;
		if (!dsts[i] || !srcs[i] || !sizes[i])
			return CUDA_ERROR_INVALID_VALUE;
	}
	for (size_t i = 0; !result && i < count; i++) {
		*fail = i;
		result = cuMemcpyAsync(dsts[i], srcs[i], sizes[i], stream);
	}
	return finish(result, during_call, stream);
}

CUresult cuMemcpyBatchAsync(CUdeviceptr *dsts, CUdeviceptr *srcs, size_t *sizes, size_t count,
			    CUmemcpyAttributes *attrs, size_t *attrsIdxs, size_t numAttrs,
			    size_t *failIdx, CUstream hStream)
{
	size_t fail;
	CUresult result = linear(dsts, srcs, sizes, count, attrs, attrsIdxs, numAttrs, &fail,
				 hStream);

	if (result && failIdx)
		*failIdx = fail;
	return result;
}

CUresult cuMemcpyBatchAsync_ptsz(CUdeviceptr *dsts, CUdeviceptr *srcs, size_t *sizes,
				 size_t count, CUmemcpyAttributes *attrs, size_t *attrsIdxs,
				 size_t numAttrs, size_t *failIdx, CUstream hStream)
{
	return cuMemcpyBatchAsync(dsts, srcs, sizes, count, attrs, attrsIdxs, numAttrs, failIdx,
				  own(hStream));
}

CUresult cuMemcpyBatchAsync_v2(CUdeviceptr *dsts, CUdeviceptr *srcs, size_t *sizes, size_t count,
			       CUmemcpyAttributes *attrs, size_t *attrsIdxs, size_t numAttrs,
			       CUstream hStream)
{
	return cuMemcpyBatchAsync(dsts, srcs, sizes, count, attrs, attrsIdxs, numAttrs, NULL,
				  hStream);
}

CUresult cuMemcpyBatchAsync_v2_ptsz(CUdeviceptr *dsts, CUdeviceptr *srcs, size_t *sizes,
				    size_t count, CUmemcpyAttributes *attrs, size_t *attrsIdxs,
				    size_t numAttrs, CUstream hStream)
{
	return cuMemcpyBatchAsync(dsts, srcs, sizes, count, attrs, attrsIdxs, numAttrs, NULL,
				  own(hStream));
}

/* struct side - an operand as CUDA_MEMCPY3D has it */
struct side {
	CUmemorytype type;
	CUdeviceptr pointer;
	CUarray array;
	size_t x_bytes, y, z, pitch, height;
};

static size_t bytes_of_format(CUarray_format format)
{
	switch (format) {
	case CU_AD_FORMAT_UNSIGNED_INT8:
	case CU_AD_FORMAT_SIGNED_INT8:
		return 1;
	case CU_AD_FORMAT_UNSIGNED_INT16:
	case CU_AD_FORMAT_SIGNED_INT16:
	case CU_AD_FORMAT_HALF:
		return 2;
	case CU_AD_FORMAT_UNSIGNED_INT32:
	case CU_AD_FORMAT_SIGNED_INT32:
	case CU_AD_FORMAT_FLOAT:
		return 4;
	default:
		return 0;
	}
}

/* element_of() - bytes of an operand's elements, 0 if it does not say */
static CUresult element_of(const CUmemcpy3DOperand *operand, size_t *bytes)
{
	CUDA_ARRAY3D_DESCRIPTOR descriptor;
	CUresult result;

	*bytes = 0;
	if (operand->type == CU_MEMCPY_OPERAND_TYPE_POINTER)
		return CUDA_SUCCESS;
	if (operand->type != CU_MEMCPY_OPERAND_TYPE_ARRAY)
		return CUDA_ERROR_INVALID_VALUE;
	result = cuArray3DGetDescriptor_v2(&descriptor, operand->op.array.array);
	if (result)
		return result;
	*bytes = bytes_of_format(descriptor.Format) * descriptor.NumChannels;
	return *bytes ? CUDA_SUCCESS : CUDA_ERROR_NOT_SUPPORTED;
}

/* side_of() - false if its rows or layers are less than is copied, or sizes overflow */
static bool side_of(const CUmemcpy3DOperand *operand, const CUextent3D *extent, size_t element,
		    struct side *side)
{
	if (operand->type == CU_MEMCPY_OPERAND_TYPE_ARRAY) {
		const CUoffset3D *offset = &operand->op.array.offset;

		*side = (struct side){ .type = CU_MEMORYTYPE_ARRAY, .y = offset->y,
				       .z = offset->z, .array = operand->op.array.array };
		return !__builtin_mul_overflow(offset->x, element, &side->x_bytes);
	}
	*side = (struct side){ .type = CU_MEMORYTYPE_UNIFIED, .pointer = operand->op.ptr.ptr,
			       .pitch = operand->op.ptr.rowLength,
			       .height = operand->op.ptr.layerHeight };
	if (!side->pitch)
		side->pitch = extent->width;
	if (!side->height)
		side->height = extent->height;
	return side->pointer && side->pitch >= extent->width && side->height >= extent->height &&
	       !__builtin_mul_overflow(side->pitch, element, &side->pitch);
}

/* translate() - an entry of a batch as a copy of its own */
static CUresult translate(const CUDA_MEMCPY3D_BATCH_OP *from, CUDA_MEMCPY3D *to)
{
	size_t src_element, dst_element, element, width;
	struct side src, dst;
	CUresult result = element_of(&from->src, &src_element);

	if (!result)
		result = element_of(&from->dst, &dst_element);
	if (result)
		return result;
	if (src_element && dst_element && src_element != dst_element)
		return CUDA_ERROR_INVALID_VALUE;
	element = src_element ? src_element : dst_element ? dst_element : 1;
	if (!from->extent.width || !from->extent.height || !from->extent.depth ||
	    !order_valid(from->srcAccessOrder) ||
	    !side_of(&from->src, &from->extent, element, &src) ||
	    !side_of(&from->dst, &from->extent, element, &dst) ||
	    __builtin_mul_overflow(from->extent.width, element, &width))
		return CUDA_ERROR_INVALID_VALUE;
	*to = (CUDA_MEMCPY3D){
		.srcMemoryType = src.type, .srcDevice = src.pointer, .srcArray = src.array,
		.srcXInBytes = src.x_bytes, .srcY = src.y, .srcZ = src.z, .srcPitch = src.pitch,
		.srcHeight = src.height,
		.dstMemoryType = dst.type, .dstDevice = dst.pointer, .dstArray = dst.array,
		.dstXInBytes = dst.x_bytes, .dstY = dst.y, .dstZ = dst.z, .dstPitch = dst.pitch,
		.dstHeight = dst.height,
		.WidthInBytes = width, .Height = from->extent.height, .Depth = from->extent.depth,
	};
	return CUDA_SUCCESS;
}

static CUresult boxes(size_t n, const CUDA_MEMCPY3D_BATCH_OP *list, unsigned long long flags,
		      size_t *fail, CUstream stream)
{
	CUresult result = CUDA_SUCCESS;
	bool during_call = false;
	CUDA_MEMCPY3D copy;

	*fail = NO_COPY;
	if (!n || !list || flags || !stream_valid(stream))
		return CUDA_ERROR_INVALID_VALUE;
	for (size_t i = 0; !result && i < n; i++) {
		*fail = i;
		result = translate(&list[i], &copy);
		during_call |= list[i].srcAccessOrder ==
			       CU_MEMCPY_SRC_ACCESS_ORDER_DURING_API_CALL;
	}
	for (size_t i = 0; !result && i < n; i++) {
		*fail = i;
		result = translate(&list[i], &copy);
		if (!result)
			result = cuMemcpy3DAsync_v2(&copy, stream);
	}
	return finish(result, during_call, stream);
}

CUresult cuMemcpy3DBatchAsync(size_t numOps, CUDA_MEMCPY3D_BATCH_OP *opList, size_t *failIdx,
			      unsigned long long flags, CUstream hStream)
{
	size_t fail;
	CUresult result = boxes(numOps, opList, flags, &fail, hStream);

	if (result && failIdx)
		*failIdx = fail;
	return result;
}

CUresult cuMemcpy3DBatchAsync_ptsz(size_t numOps, CUDA_MEMCPY3D_BATCH_OP *opList, size_t *failIdx,
				   unsigned long long flags, CUstream hStream)
{
	return cuMemcpy3DBatchAsync(numOps, opList, failIdx, flags, own(hStream));
}

CUresult cuMemcpy3DBatchAsync_v2(size_t numOps, CUDA_MEMCPY3D_BATCH_OP *opList,
				 unsigned long long flags, CUstream hStream)
{
	return cuMemcpy3DBatchAsync(numOps, opList, NULL, flags, hStream);
}

CUresult cuMemcpy3DBatchAsync_v2_ptsz(size_t numOps, CUDA_MEMCPY3D_BATCH_OP *opList,
				      unsigned long long flags, CUstream hStream)
{
	return cuMemcpy3DBatchAsync(numOps, opList, NULL, flags, own(hStream));
}
