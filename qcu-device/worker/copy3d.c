/* SPDX-License-Identifier: MIT */
/*
 * copy3d.c - copies with two or three dimensions
 *
 * Faces qcu-library/cuda/copy3d.c.  The driver would believe any host pointer,
 * so the rows and slices that a host operand touches are computed here and must
 * lie within its region.
 */
#include <stddef.h>
#include <string.h>

#include "qcu-device/worker/copy3d.h"
#include "qcu-device/worker/handle.h"

/*
 * One operand of a CUDA_MEMCPY3D, as both src and dst have it.  @unknown: it names no array,
 * which is an error of the call
 */
struct operand {
	CUmemorytype type;
	void *host;
	CUdeviceptr device;
	CUarray array;
	struct span span;
	bool has_span, unknown;
};

/*
 * Bytes from the operand's address to the end of the last row; false on overflow.  A driver takes
 * a pitch or a height of 0 for what there is of a row or a slice, from its beginning on.
 */
static bool touched(const struct wire_operand *operand, const struct wire_copy3d *copy,
		    uint64_t *bytes)
{
	uint64_t pitch, height, rows, last_slice;

	*bytes = 0;
	if (!copy->width_bytes || !copy->height || !copy->depth)
		return true;
	if (__builtin_add_overflow(operand->x_bytes, copy->width_bytes, &pitch) ||
	    __builtin_add_overflow(operand->y, copy->height, &height))
		return false;
	pitch = operand->pitch ? operand->pitch : pitch;
	height = operand->height ? operand->height : height;
	return !__builtin_add_overflow(operand->z, copy->depth - 1, &last_slice) &&
	       !__builtin_mul_overflow(last_slice, height, &rows) &&
	       !__builtin_add_overflow(rows, operand->y, &rows) &&
	       !__builtin_add_overflow(rows, copy->height - 1, &rows) &&
	       !__builtin_mul_overflow(rows, pitch, bytes) &&
	       !__builtin_add_overflow(*bytes, operand->x_bytes, bytes) &&
	       !__builtin_add_overflow(*bytes, copy->width_bytes, bytes);
}

static bool operand_get(const struct wire_operand *wire, const struct wire_copy3d *copy,
			struct operand *operand)
{
	struct wire_span span = { .region = wire->region, .offset = wire->address };
	void *array;

	memset(operand, 0, sizeof(*operand));
	switch (wire->place) {
	case WIRE_PLACE_DEVICE:
		operand->type = CU_MEMORYTYPE_DEVICE;
		operand->device = wire->address;
		return true;
	case WIRE_PLACE_RUN:
		span.flags = WIRE_SPAN_RUN;
		/* fall through */
	case WIRE_PLACE_REGION:
		operand->type = CU_MEMORYTYPE_HOST;
		if (!touched(wire, copy, &span.bytes) || !span_get(&span, &operand->span))
			return false;
		operand->has_span = true;
		operand->host = operand->span.base;
		return true;
	case WIRE_PLACE_ARRAY:
		operand->type = CU_MEMORYTYPE_ARRAY;
		operand->unknown = handle_is_special(wire->array) ||
				   !handle_get(KIND_CUarray, wire->array, &array);
		operand->array = operand->unknown ? NULL : array;
		return true;
	}
	return false;
}

static void operand_put(struct operand *operand)
{
	if (operand->has_span)
		span_put(&operand->span);
}

static CUresult refuse(struct dispatch *dispatch, const struct wire_operand *operand)
{
	return operand->place == WIRE_PLACE_RUN ? CUDA_ERROR_NOT_SUPPORTED :
						  dispatch_refuse(dispatch);
}

CUresult copy3d_get(struct dispatch *dispatch, const struct wire_copy3d *wire, struct copy3d *copy)
{
	struct operand src, dst;

	if (!operand_get(&wire->src, wire, &src))
		return refuse(dispatch, &wire->src);
	if (!operand_get(&wire->dst, wire, &dst)) {
		operand_put(&src);
		return refuse(dispatch, &wire->dst);
	}
	if (src.unknown || dst.unknown) {
		operand_put(&dst);
		operand_put(&src);
		return CUDA_ERROR_INVALID_HANDLE;
	}
	*copy = (struct copy3d){ .src = src.span, .dst = dst.span, .has_src = src.has_span,
				 .has_dst = dst.has_span };
	copy->params = (CUDA_MEMCPY3D){
		.srcXInBytes = wire->src.x_bytes, .srcY = wire->src.y, .srcZ = wire->src.z,
		.srcLOD = wire->src.lod, .srcMemoryType = src.type, .srcHost = src.host,
		.srcDevice = src.device, .srcArray = src.array, .srcPitch = wire->src.pitch,
		.srcHeight = wire->src.height,
		.dstXInBytes = wire->dst.x_bytes, .dstY = wire->dst.y, .dstZ = wire->dst.z,
		.dstLOD = wire->dst.lod, .dstMemoryType = dst.type, .dstHost = dst.host,
		.dstDevice = dst.device, .dstArray = dst.array, .dstPitch = wire->dst.pitch,
		.dstHeight = wire->dst.height,
		.WidthInBytes = wire->width_bytes, .Height = wire->height, .Depth = wire->depth,
	};
	return CUDA_SUCCESS;
}

void copy3d_put(struct copy3d *copy)
{
	if (copy->has_src)
		span_put(&copy->src);
	if (copy->has_dst)
		span_put(&copy->dst);
}

/* Where one side is, for the guest; false if it is nothing of the guest's */
static bool describe(struct wire_operand *operand, CUmemorytype type, const void *host,
		     CUdeviceptr device, CUarray array)
{
	/* Memory of the guest is at the same address in both forms, or in no region at all. */
	if (type == CU_MEMORYTYPE_HOST || type == CU_MEMORYTYPE_UNIFIED) {
		const void *address = type == CU_MEMORYTYPE_HOST ? host : (void *)device;

		operand->place = WIRE_PLACE_HOST;
		if (region_vaddr(address, &operand->address))
			return true;
		operand->place = WIRE_PLACE_DEVICE;
		operand->address = device;
		return type == CU_MEMORYTYPE_UNIFIED;
	}
	if (type == CU_MEMORYTYPE_ARRAY) {
		operand->place = WIRE_PLACE_ARRAY;
		operand->array = handle_name_of(KIND_CUarray, array);
		return operand->array;
	}
	operand->place = WIRE_PLACE_DEVICE;
	operand->address = device;
	return true;
}

bool copy3d_describe(const CUDA_MEMCPY3D *p, struct wire_copy3d *wire)
{
	*wire = (struct wire_copy3d){
		.src = { .x_bytes = p->srcXInBytes, .y = p->srcY, .z = p->srcZ, .lod = p->srcLOD,
			 .pitch = p->srcPitch, .height = p->srcHeight },
		.dst = { .x_bytes = p->dstXInBytes, .y = p->dstY, .z = p->dstZ, .lod = p->dstLOD,
			 .pitch = p->dstPitch, .height = p->dstHeight },
		.width_bytes = p->WidthInBytes, .height = p->Height, .depth = p->Depth,
	};
	return describe(&wire->src, p->srcMemoryType, p->srcHost, p->srcDevice, p->srcArray) &&
	       describe(&wire->dst, p->dstMemoryType, p->dstHost, p->dstDevice, p->dstArray);
}

static CUresult copy3d(struct dispatch *dispatch, const struct wire_copy3d *wire, bool async,
		       CUstream stream)
{
	struct copy3d copy;
	CUresult rc = copy3d_get(dispatch, wire, &copy);

	if (rc != CUDA_SUCCESS)
		return rc;
	rc = async ? driver.cuMemcpy3DAsync_v2(&copy.params, stream) :
		     driver.cuMemcpy3D_v2(&copy.params);
	copy3d_put(&copy);
	return rc;
}

CUresult host_copy3d(struct dispatch *dispatch, struct wire_copy3d copy)
{
	return copy3d(dispatch, &copy, false, NULL);
}

CUresult host_copy3d_async(struct dispatch *dispatch, struct wire_copy3d copy, CUstream stream)
{
	return copy3d(dispatch, &copy, true, stream);
}

_Static_assert(offsetof(CUDA_MEMCPY3D, reserved0) == offsetof(CUDA_MEMCPY3D_PEER, srcContext) &&
	       offsetof(CUDA_MEMCPY3D, reserved1) == offsetof(CUDA_MEMCPY3D_PEER, dstContext) &&
	       sizeof(CUDA_MEMCPY3D) == sizeof(CUDA_MEMCPY3D_PEER),
	       "a copy between peers is a copy that says the contexts");

static CUresult copy3d_peer(struct dispatch *dispatch, const struct wire_copy3d *wire,
			    CUcontext to, CUcontext from, bool async, CUstream stream)
{
	CUDA_MEMCPY3D_PEER peer;
	struct copy3d copy;
	CUresult rc = copy3d_get(dispatch, wire, &copy);

	if (rc != CUDA_SUCCESS)
		return rc;
	memcpy(&peer, &copy.params, sizeof(peer));
	peer.dstContext = to;
	peer.srcContext = from;
	rc = async ? driver.cuMemcpy3DPeerAsync(&peer, stream) : driver.cuMemcpy3DPeer(&peer);
	copy3d_put(&copy);
	return rc;
}

CUresult host_copy3d_peer(struct dispatch *dispatch, struct wire_copy3d copy,
			  CUcontext dst_context, CUcontext src_context)
{
	return copy3d_peer(dispatch, &copy, dst_context, src_context, false, NULL);
}

CUresult host_copy3d_peer_async(struct dispatch *dispatch, struct wire_copy3d copy,
				CUcontext dst_context, CUcontext src_context, CUstream stream)
{
	return copy3d_peer(dispatch, &copy, dst_context, src_context, true, stream);
}
