/* SPDX-License-Identifier: MIT */
/* copy_rows.c - cuMemcpy2D*, cuMemcpy3D*: rows and planes */
#include "softgpu/array.h"
#include "softgpu/context.h"
#include "softgpu/copy.h"
#include "softgpu/driver.h"

#define SYNC	 false
#define ASYNC	 true
#define MAX_PITCH ((size_t)0x7fffffff)

/* struct corner - one end of a cuMemcpy2D or cuMemcpy3D, as the program says it */
struct corner {
	CUmemorytype type;
	const void *host;
	CUdeviceptr device;
	CUarray array;
	size_t x, y, z, pitch, height;
};

static CUstream own(CUstream stream)
{
	return stream ? stream : CU_STREAM_PER_THREAD;
}

/* place() - x, y and z of a corner, in bytes from its start */
static bool place(const struct corner *corner, size_t *offset)
{
	size_t rows;

	return !__builtin_mul_overflow(corner->z, corner->height, &rows) &&
	       !__builtin_add_overflow(rows, corner->y, &rows) &&
	       !__builtin_mul_overflow(rows, corner->pitch, offset) &&
	       !__builtin_add_overflow(*offset, corner->x, offset);
}

/* fits() - are pitch and height of a corner large enough?  A pitch that is not said is a row. */
static bool fits(struct corner *corner, const struct copy *copy)
{
	size_t row, rows;

	if (__builtin_add_overflow(corner->x, copy->width, &row) ||
	    __builtin_add_overflow(corner->y, copy->height, &rows))
		return false;
	if (!corner->pitch)
		corner->pitch = row;
	if (corner->pitch > MAX_PITCH || corner->pitch < row)
		return false;
	if (corner->height && corner->height < rows)
		return false;
	return corner->height || (copy->depth <= 1 && !corner->z);
}

static bool inside(size_t from, size_t count, size_t extent)
{
	return from <= extent && count <= extent - from;
}

/* resolve_array() - an array has a pitch and a height of its own; x stays between elements */
static CUresult resolve_array(const struct corner *corner, const struct copy *copy,
			      struct copy_end *end)
{
	struct array *array = array_get(corner->array);
	CUresult result = CUDA_SUCCESS;

	if (!array)
		return CUDA_ERROR_INVALID_HANDLE;
	if (!inside(corner->x, copy->width, array->row) ||
	    !inside(corner->y, copy->height, array->height) ||
	    !inside(corner->z, copy->depth, array->depth) ||
	    (corner->x | copy->width) % format_bytes(&array->format))
		result = CUDA_ERROR_INVALID_VALUE;
	*end = (struct copy_end){
		.side = COPY_DEVICE,
		.address = array->memory.base + corner->z * array->slice +
			   corner->y * array->pitch + corner->x,
		.pitch = array->pitch,
		.slice = array->slice,
	};
	array_put(array);
	return result;
}

static CUresult resolve(struct corner *corner, const struct copy *copy, struct copy_end *end)
{
	size_t offset, height = corner->height ? corner->height : 1;

	if (corner->type == CU_MEMORYTYPE_ARRAY)
		return resolve_array(corner, copy, end);
	if (!fits(corner, copy) || !place(corner, &offset))
		return CUDA_ERROR_INVALID_VALUE;
	switch (corner->type) {
	case CU_MEMORYTYPE_HOST:
		end->side = COPY_HOST;
		end->address = (uintptr_t)corner->host;
		break;
	case CU_MEMORYTYPE_DEVICE:
		end->side = COPY_DEVICE;
		end->address = corner->device;
		break;
	case CU_MEMORYTYPE_UNIFIED:
		end->side = COPY_HOST;
		end->address = corner->device;
		break;
	default:
		return CUDA_ERROR_INVALID_VALUE;
	}
	if (!end->address)
		return CUDA_ERROR_INVALID_VALUE;
	end->address += offset;
	end->pitch = corner->pitch;
	if (__builtin_mul_overflow(corner->pitch, height, &end->slice))
		return CUDA_ERROR_INVALID_VALUE;
	return CUDA_SUCCESS;
}

static CUresult aim(struct corner *to, struct corner *from, struct copy *copy)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result || !copy->width || !copy->height || !copy->depth)
		return result;
	result = resolve(to, copy, &copy->to);
	return result ? result : resolve(from, copy, &copy->from);
}

CUresult copy_2d(const CUDA_MEMCPY2D *from, CUstream stream, bool async)
{
	struct corner destination, source;
	struct copy copy;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!from)
		return CUDA_ERROR_INVALID_VALUE;
	destination = (struct corner){
		.type = from->dstMemoryType, .host = from->dstHost, .device = from->dstDevice,
		.array = from->dstArray,
		.x = from->dstXInBytes, .y = from->dstY, .pitch = from->dstPitch,
	};
	source = (struct corner){
		.type = from->srcMemoryType, .host = from->srcHost, .device = from->srcDevice,
		.array = from->srcArray,
		.x = from->srcXInBytes, .y = from->srcY, .pitch = from->srcPitch,
	};
	copy = (struct copy){ .width = from->WidthInBytes, .height = from->Height, .depth = 1 };
	result = aim(&destination, &source, &copy);
	return result ? result : copy_start(&copy, stream, async);
}

static CUresult aim_3d(const CUDA_MEMCPY3D *from, struct copy *copy)
{
	struct corner destination, source;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!from || from->srcLOD || from->dstLOD)
		return CUDA_ERROR_INVALID_VALUE;
	destination = (struct corner){
		.type = from->dstMemoryType, .host = from->dstHost, .device = from->dstDevice,
		.array = from->dstArray,
		.x = from->dstXInBytes, .y = from->dstY, .z = from->dstZ,
		.pitch = from->dstPitch, .height = from->dstHeight,
	};
	source = (struct corner){
		.type = from->srcMemoryType, .host = from->srcHost, .device = from->srcDevice,
		.array = from->srcArray,
		.x = from->srcXInBytes, .y = from->srcY, .z = from->srcZ,
		.pitch = from->srcPitch, .height = from->srcHeight,
	};
	*copy = (struct copy){
		.width = from->WidthInBytes, .height = from->Height, .depth = from->Depth,
		.said = from,
	};
	return aim(&destination, &source, copy);
}

CUresult copy_3d(const CUDA_MEMCPY3D *from, CUstream stream, bool async)
{
	struct copy copy;
	CUresult result = aim_3d(from, &copy);

	return result ? result : copy_start(&copy, stream, async);
}

CUresult copy_3d_new(const CUDA_MEMCPY3D *from, struct task **out)
{
	struct copy copy;
	CUresult result = aim_3d(from, &copy);

	return result ? result : copy_new(&copy, out);
}

/* copy_peer() - the contexts must be ones; with one address space they make no difference */
static CUresult copy_peer(const CUDA_MEMCPY3D_PEER *from, CUstream stream, bool async)
{
	struct context *a, *b;
	CUDA_MEMCPY3D plain;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!from)
		return CUDA_ERROR_INVALID_VALUE;
	plain = (CUDA_MEMCPY3D){
		.srcXInBytes = from->srcXInBytes, .srcY = from->srcY, .srcZ = from->srcZ,
		.srcLOD = from->srcLOD, .srcMemoryType = from->srcMemoryType,
		.srcHost = from->srcHost, .srcDevice = from->srcDevice,
		.srcArray = from->srcArray, .srcPitch = from->srcPitch,
		.srcHeight = from->srcHeight,
		.dstXInBytes = from->dstXInBytes, .dstY = from->dstY, .dstZ = from->dstZ,
		.dstLOD = from->dstLOD, .dstMemoryType = from->dstMemoryType,
		.dstHost = from->dstHost, .dstDevice = from->dstDevice,
		.dstArray = from->dstArray, .dstPitch = from->dstPitch,
		.dstHeight = from->dstHeight,
		.WidthInBytes = from->WidthInBytes, .Height = from->Height, .Depth = from->Depth,
	};
	a = context_get(from->srcContext);
	b = context_get(from->dstContext);
	result = a && b ? copy_3d(&plain, stream, async) : CUDA_ERROR_INVALID_CONTEXT;
	context_put(a);
	context_put(b);
	return result;
}

CUresult cuMemcpy2D_v2(const CUDA_MEMCPY2D *pCopy)
{
	return copy_2d(pCopy, CU_STREAM_LEGACY, SYNC);
}

CUresult cuMemcpy2D_v2_ptds(const CUDA_MEMCPY2D *pCopy)
{
	return copy_2d(pCopy, CU_STREAM_PER_THREAD, SYNC);
}

CUresult cuMemcpy2DUnaligned_v2(const CUDA_MEMCPY2D *pCopy)
{
	return copy_2d(pCopy, CU_STREAM_LEGACY, SYNC);
}

CUresult cuMemcpy2DUnaligned_v2_ptds(const CUDA_MEMCPY2D *pCopy)
{
	return copy_2d(pCopy, CU_STREAM_PER_THREAD, SYNC);
}

CUresult cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D *pCopy, CUstream hStream)
{
	return copy_2d(pCopy, hStream, ASYNC);
}

CUresult cuMemcpy2DAsync_v2_ptsz(const CUDA_MEMCPY2D *pCopy, CUstream hStream)
{
	return copy_2d(pCopy, own(hStream), ASYNC);
}

CUresult cuMemcpy3D_v2(const CUDA_MEMCPY3D *pCopy)
{
	return copy_3d(pCopy, CU_STREAM_LEGACY, SYNC);
}

CUresult cuMemcpy3D_v2_ptds(const CUDA_MEMCPY3D *pCopy)
{
	return copy_3d(pCopy, CU_STREAM_PER_THREAD, SYNC);
}

CUresult cuMemcpy3DAsync_v2(const CUDA_MEMCPY3D *pCopy, CUstream hStream)
{
	return copy_3d(pCopy, hStream, ASYNC);
}

CUresult cuMemcpy3DAsync_v2_ptsz(const CUDA_MEMCPY3D *pCopy, CUstream hStream)
{
	return copy_3d(pCopy, own(hStream), ASYNC);
}

CUresult cuMemcpy3DPeer(const CUDA_MEMCPY3D_PEER *pCopy)
{
	return copy_peer(pCopy, CU_STREAM_LEGACY, SYNC);
}

CUresult cuMemcpy3DPeer_ptds(const CUDA_MEMCPY3D_PEER *pCopy)
{
	return copy_peer(pCopy, CU_STREAM_PER_THREAD, SYNC);
}

CUresult cuMemcpy3DPeerAsync(const CUDA_MEMCPY3D_PEER *pCopy, CUstream hStream)
{
	return copy_peer(pCopy, hStream, ASYNC);
}

CUresult cuMemcpy3DPeerAsync_ptsz(const CUDA_MEMCPY3D_PEER *pCopy, CUstream hStream)
{
	return copy_peer(pCopy, own(hStream), ASYNC);
}
