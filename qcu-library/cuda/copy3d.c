/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * Faces qcu-device/worker/copy3d.c.  All copies with pitches become one form,
 * CUDA_MEMCPY3D.  If both sides are where the host can reach them (device, array,
 * region), one command does it.  A pageable side is packed without gaps into
 * staging memory, or unpacked from it, as many rows or slices at a time as fit.
 * Between two sides on the host this thread copies itself.
 */
#include <string.h>

#include "qcu-library/cuda/capture.h"
#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/copy.h"
#include "qcu-library/cuda/place.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/staging.h"
#include "qcu-library/cuda/stream.h"

/**
 * struct side - source or destination
 * @wire: as it will be sent; for pageable memory only offsets and pitches are used
 * @host: the base address of memory on the host, NULL for anything else
 * @pageable: the host of the device cannot reach it
 */
struct side {
	struct wire_operand wire;
	uint8_t *host;
	bool pageable;
};

/**
 * struct copy
 * @holds: not NULL: the copy is one of a graph, and runs later.  Pageable memory is
 *	then shared with the host, and held here
 * @peers: the contexts of dst and src, NULL for a copy within one context
 */
struct copy {
	struct side src, dst;
	size_t width, height, depth;
	struct holds *holds;
	const CUcontext *peers;
};

/* Without a pitch, rows follow each other: what lies before the copied part belongs to each. */
static uint64_t pitch_of(const struct side *side, const struct copy *copy)
{
	return side->wire.pitch ? side->wire.pitch : side->wire.x_bytes + copy->width;
}

static uint64_t slice_of(const struct side *side, const struct copy *copy)
{
	return pitch_of(side, copy) * side->wire.height;
}

/* The first byte of a row of the copied box, on the host */
static uint8_t *row_of(const struct side *side, const struct copy *copy, size_t y, size_t z)
{
	return side->host + (side->wire.z + z) * slice_of(side, copy) +
	       (side->wire.y + y) * pitch_of(side, copy) + side->wire.x_bytes;
}

/* Bytes from a side's base address to the end of the last row; false on overflow */
static bool touched(const struct side *side, const struct copy *copy, uint64_t *bytes)
{
	uint64_t slice, to_row;

	return !__builtin_mul_overflow(pitch_of(side, copy), side->wire.height, &slice) &&
	       !__builtin_add_overflow(side->wire.z, copy->depth - 1, bytes) &&
	       !__builtin_mul_overflow(*bytes, slice, bytes) &&
	       !__builtin_add_overflow(side->wire.y, copy->height - 1, &to_row) &&
	       !__builtin_mul_overflow(to_row, pitch_of(side, copy), &to_row) &&
	       !__builtin_add_overflow(*bytes, to_row, bytes) &&
	       !__builtin_add_overflow(*bytes, side->wire.x_bytes, bytes) &&
	       !__builtin_add_overflow(*bytes, copy->width, bytes);
}

/* Give a slice its height, which one slice needs not have: a part of it does. */
static void set_height(struct side *side, const struct copy *copy)
{
	/* One that is kept is given back as the program wrote it. */
	if (!side->wire.height && (!copy->holds || copy->depth > 1))
		side->wire.height = copy->depth > 1 ? copy->height : side->wire.y + copy->height;
}

static CUresult check_pitch(const struct side *side, const struct copy *copy)
{
	uint64_t row, rows;

	if (__builtin_add_overflow(side->wire.x_bytes, copy->width, &row) ||
	    __builtin_add_overflow(side->wire.y, copy->height, &rows) ||
	    (side->wire.pitch && side->wire.pitch < row) ||
	    (side->wire.height && copy->depth > 1 && side->wire.height < rows))
		return CUDA_ERROR_INVALID_VALUE;
	return CUDA_SUCCESS;
}

/* Pageable memory of a copy that runs later: the host must find it then. */
static CUresult share(struct side *side, const struct copy *copy, uint64_t address, uint64_t bytes)
{
	struct pinned pinned;
	struct hold *hold;
	CUresult rc = hold_pages(address, bytes, &pinned, &hold);

	if (rc != CUDA_SUCCESS)
		return rc;
	side->wire.place = WIRE_PLACE_RUN;
	side->wire.region = pinned.region;
	side->wire.address = pinned.offset;
	return holds_add(copy->holds, hold, 1);
}

/* Find out where a side given by pointer is. */
static CUresult locate(struct side *side, const struct copy *copy, CUmemorytype type,
		       uint64_t address)
{
	struct place place;
	uint64_t bytes;

	if (!address || !touched(side, copy, &bytes))
		return CUDA_ERROR_INVALID_VALUE;
	place = place_of(address, bytes);
	if (type == CU_MEMORYTYPE_DEVICE)
		place.kind = PLACE_DEVICE;
	else if (type == CU_MEMORYTYPE_HOST && place.kind == PLACE_DEVICE)
		return CUDA_ERROR_INVALID_VALUE;
	switch (place.kind) {
	case PLACE_DEVICE:
		side->wire.place = WIRE_PLACE_DEVICE;
		side->wire.address = place.device;
		return CUDA_SUCCESS;
	case PLACE_REGION:
		side->wire.place = WIRE_PLACE_REGION;
		side->wire.region = place.span.region;
		side->wire.address = place.span.offset;
		break;
	case PLACE_PAGEABLE:
		if (copy->holds)
			return share(side, copy, address, bytes);
		side->pageable = true;
		break;
	}
	side->host = POINTER(address);
	return CUDA_SUCCESS;
}

static bool inside(uint64_t from, uint64_t count, uint64_t extent)
{
	return from <= extent && count <= extent - from;
}

/* Rows and slices are checked here: what is sent in parts must not fail half way. */
static CUresult resolve_array(struct side *side, const struct copy *copy, CUarray array)
{
	CUDA_ARRAY3D_DESCRIPTOR descriptor;
	CUresult rc = cuArray3DGetDescriptor_v2(&descriptor, array);

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!inside(side->wire.y, copy->height, descriptor.Height ? descriptor.Height : 1) ||
	    !inside(side->wire.z, copy->depth, descriptor.Depth ? descriptor.Depth : 1))
		return CUDA_ERROR_INVALID_VALUE;
	side->wire.place = WIRE_PLACE_ARRAY;
	side->wire.array = (uint64_t)array;
	return CUDA_SUCCESS;
}

static CUresult resolve(struct side *side, const struct copy *copy, CUmemorytype type,
			const void *host, CUdeviceptr device, CUarray array)
{
	CUresult rc;

	if (type == CU_MEMORYTYPE_ARRAY)
		return resolve_array(side, copy, array);
	rc = check_pitch(side, copy);
	if (rc != CUDA_SUCCESS)
		return rc;
	set_height(side, copy);
	switch (type) {
	case CU_MEMORYTYPE_HOST:
		return locate(side, copy, type, ADDRESS(host));
	case CU_MEMORYTYPE_DEVICE:
	case CU_MEMORYTYPE_UNIFIED:
		return locate(side, copy, type, device);
	default:
		return CUDA_ERROR_INVALID_VALUE;
	}
}

static CUresult send(const struct copy *copy, const struct wire_copy3d *wire, struct order order)
{
	const CUcontext *peers = copy->peers;

	if (peers)
		return order.async ? send_copy3d_peer_async(*wire, peers[0], peers[1],
							    order.stream) :
				     send_copy3d_peer(*wire, peers[0], peers[1]);
	return order.async ? send_copy3d_async(*wire, order.stream) : send_copy3d(*wire);
}

static CUresult copy_direct(const struct copy *copy, struct order order)
{
	struct wire_copy3d wire = { .src = copy->src.wire, .dst = copy->dst.wire,
				    .width_bytes = copy->width, .height = copy->height,
				    .depth = copy->depth };

	return send(copy, &wire, order);
}

static CUresult copy_on_host(const struct copy *copy, struct order order)
{
	CUresult rc = copy_host_may_go(order);

	for (size_t z = 0; rc == CUDA_SUCCESS && z < copy->depth; z++)
		for (size_t y = 0; y < copy->height; y++)
			memmove(row_of(&copy->dst, copy, y, z), row_of(&copy->src, copy, y, z),
				copy->width);
	return rc;
}

/* Part of the copied box: @rows rows from @y of each of @slices slices from @z */
struct box {
	size_t y, z, rows, slices;
};

static void pack(const struct copy *copy, const struct box *box, uint8_t *to)
{
	for (size_t z = 0; z < box->slices; z++)
		for (size_t y = 0; y < box->rows; y++, to += copy->width)
			memcpy(to, row_of(&copy->src, copy, box->y + y, box->z + z), copy->width);
}

static void unpack(const struct copy *copy, const struct box *box, const uint8_t *from)
{
	for (size_t z = 0; z < box->slices; z++)
		for (size_t y = 0; y < box->rows; y++, from += copy->width)
			memcpy(row_of(&copy->dst, copy, box->y + y, box->z + z), from,
			       copy->width);
}

static struct wire_operand moved(const struct side *side, const struct box *box)
{
	struct wire_operand wire = side->wire;

	wire.y += box->y;
	wire.z += box->z;
	return wire;
}

static CUresult copy_box(const struct copy *copy, const struct box *box, struct order order,
			 const struct staging *staging)
{
	const struct wire_operand packed = { .place = WIRE_PLACE_REGION,
					     .region = staging->region, .pitch = copy->width,
					     .height = box->rows };
	struct wire_copy3d wire = { .src = packed, .dst = packed, .width_bytes = copy->width,
				    .height = box->rows, .depth = box->slices };
	CUresult rc;

	if (copy->src.pageable) {
		pack(copy, box, staging->addr);
		wire.dst = moved(&copy->dst, box);
	} else {
		wire.src = moved(&copy->src, box);
	}
	rc = send(copy, &wire, order);
	if (rc == CUDA_SUCCESS && order.async)
		rc = cuStreamSynchronize(order.stream);
	if (rc == CUDA_SUCCESS && copy->dst.pageable)
		unpack(copy, box, staging->addr);
	return rc;
}

static CUresult copy_staged(const struct copy *copy, struct order order)
{
	struct staging staging;
	CUresult rc = staging_get(copy->width, &staging);
	size_t rows, slices = 1;
	struct box box;

	if (rc != CUDA_SUCCESS)
		return rc;
	rows = staging.bytes / copy->width;
	if (rows >= copy->height) {
		slices = rows / copy->height;
		rows = copy->height;
	}
	for (box.z = 0; box.z < copy->depth; box.z += slices) {
		box.slices = copy->depth - box.z < slices ? copy->depth - box.z : slices;
		for (box.y = 0; box.y < copy->height && rc == CUDA_SUCCESS; box.y += rows) {
			box.rows = copy->height - box.y < rows ? copy->height - box.y : rows;
			rc = copy_box(copy, &box, order, &staging);
		}
	}
	staging_put(&staging);
	return rc;
}

static struct copy copy_of(const CUDA_MEMCPY3D *p, struct holds *holds)
{
	return (struct copy){
		.src.wire = { .x_bytes = p->srcXInBytes, .y = p->srcY, .z = p->srcZ,
			      .lod = p->srcLOD, .pitch = p->srcPitch, .height = p->srcHeight },
		.dst.wire = { .x_bytes = p->dstXInBytes, .y = p->dstY, .z = p->dstZ,
			      .lod = p->dstLOD, .pitch = p->dstPitch, .height = p->dstHeight },
		.width = p->WidthInBytes, .height = p->Height, .depth = p->Depth,
		.holds = holds,
	};
}

static CUresult resolve_both(struct copy *copy, const CUDA_MEMCPY3D *p)
{
	CUresult rc = resolve(&copy->src, copy, p->srcMemoryType, p->srcHost, p->srcDevice,
			      p->srcArray);

	return rc == CUDA_SUCCESS ? resolve(&copy->dst, copy, p->dstMemoryType, p->dstHost,
					    p->dstDevice, p->dstArray) :
				    rc;
}

CUresult copy3d_share(const CUDA_MEMCPY3D *p, struct wire_copy3d *wire, struct holds *holds)
{
	struct copy copy = copy_of(p, holds);
	CUresult rc = copy.width && copy.height && copy.depth ? resolve_both(&copy, p) :
								CUDA_ERROR_INVALID_VALUE;

	if (rc != CUDA_SUCCESS)
		holds_clear(holds);
	*wire = (struct wire_copy3d){ .src = copy.src.wire, .dst = copy.dst.wire,
				      .width_bytes = copy.width, .height = copy.height,
				      .depth = copy.depth };
	return rc;
}

static CUresult copy_captured(const CUDA_MEMCPY3D *p, CUstream stream)
{
	struct holds holds = { 0 };
	struct wire_copy3d wire;
	CUresult rc = copy3d_share(p, &wire, &holds);

	if (rc == CUDA_SUCCESS)
		rc = capture_keep(&holds);
	return rc == CUDA_SUCCESS ? send_copy3d_async(wire, stream) : rc;
}

static CUresult copy3d(const CUDA_MEMCPY3D *p, const CUcontext *peers, struct order order)
{
	CUresult rc = context_check();
	struct copy copy;

	if (rc == CUDA_SUCCESS && order.async)
		rc = stream_check(order.stream);
	if (rc != CUDA_SUCCESS)
		return rc;
	if (!p)
		return CUDA_ERROR_INVALID_VALUE;
	if (!p->WidthInBytes || !p->Height || !p->Depth)
		return CUDA_SUCCESS;
	if (order.async && capture_of(order.stream))
		return copy_captured(p, order.stream);
	copy = copy_of(p, NULL);
	copy.peers = peers;
	rc = resolve_both(&copy, p);
	if (rc != CUDA_SUCCESS)
		return rc;
	if (copy.src.host && copy.dst.host)
		return copy_on_host(&copy, order);
	if (copy.src.pageable || copy.dst.pageable)
		return copy_staged(&copy, order);
	return copy_direct(&copy, order);
}

static CUresult copy2d(const CUDA_MEMCPY2D *p, struct order order)
{
	CUDA_MEMCPY3D copy;

	if (!p)
		return copy3d(NULL, NULL, order);
	copy = (CUDA_MEMCPY3D){
		.srcXInBytes = p->srcXInBytes, .srcY = p->srcY, .srcMemoryType = p->srcMemoryType,
		.srcHost = p->srcHost, .srcDevice = p->srcDevice, .srcArray = p->srcArray,
		.srcPitch = p->srcPitch,
		.dstXInBytes = p->dstXInBytes, .dstY = p->dstY, .dstMemoryType = p->dstMemoryType,
		.dstHost = p->dstHost, .dstDevice = p->dstDevice, .dstArray = p->dstArray,
		.dstPitch = p->dstPitch,
		.WidthInBytes = p->WidthInBytes, .Height = p->Height, .Depth = 1,
	};
	return copy3d(&copy, NULL, order);
}

static_assert(offsetof(CUDA_MEMCPY3D, reserved0) == offsetof(CUDA_MEMCPY3D_PEER, srcContext) &&
	      offsetof(CUDA_MEMCPY3D, reserved1) == offsetof(CUDA_MEMCPY3D_PEER, dstContext) &&
	      sizeof(CUDA_MEMCPY3D) == sizeof(CUDA_MEMCPY3D_PEER),
	      "a copy between peers is a copy that says the contexts");

static CUresult copy3d_peer(const CUDA_MEMCPY3D_PEER *p, struct order order)
{
	CUcontext peers[2];
	CUDA_MEMCPY3D copy;

	if (!p)
		return copy3d(NULL, NULL, order);
	peers[0] = p->dstContext;
	peers[1] = p->srcContext;
	memcpy(&copy, p, sizeof(copy));
	return copy3d(&copy, peers, order);
}

CUresult CUDAAPI cuMemcpy2D_v2(const CUDA_MEMCPY2D *pCopy)
{
	return copy2d(pCopy, (struct order){ false });
}

CUresult CUDAAPI cuMemcpy2DUnaligned_v2(const CUDA_MEMCPY2D *pCopy)
{
	return copy2d(pCopy, (struct order){ false });
}

CUresult CUDAAPI cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D *pCopy, CUstream hStream)
{
	return copy2d(pCopy, (struct order){ true, hStream });
}

CUresult CUDAAPI cuMemcpy3D_v2(const CUDA_MEMCPY3D *pCopy)
{
	return copy3d(pCopy, NULL, (struct order){ false });
}

CUresult CUDAAPI cuMemcpy3DAsync_v2(const CUDA_MEMCPY3D *pCopy, CUstream hStream)
{
	return copy3d(pCopy, NULL, (struct order){ true, hStream });
}

CUresult CUDAAPI cuMemcpy3DPeer(const CUDA_MEMCPY3D_PEER *pCopy)
{
	return copy3d_peer(pCopy, (struct order){ false });
}

CUresult CUDAAPI cuMemcpy3DPeerAsync(const CUDA_MEMCPY3D_PEER *pCopy, CUstream hStream)
{
	return copy3d_peer(pCopy, (struct order){ true, hStream });
}
