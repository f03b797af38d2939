/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * Faces qcu-device/worker/copy.c.  A copy between host and device goes one of
 * five ways, by what the host pointer points to:
 *
 *	region		the host sees the memory too (pinned, registered): it is
 *			told where, and copies there directly; the end of a synchronous
 *			copy may be watched for (belt_watch())
 *	window		pageable memory in a VM: pinned on the way (window.c), and then as
 *			a region
 *	inline		few bytes of it: in the command
 *	belt		to the device: through staging memory that is not waited for
 *			(belt.c)
 *	staged		what is left: piece by piece through staging memory.  While
 *			the host copies one half of it this thread and its crew
 *			fill, or empty, the other; a short synchronous copy from the device
 *			goes through a belt, as its end may be watched for there
 *
 * CUDA lets an asynchronous copy of pageable memory be synchronous, and asks that
 * the source may be changed as soon as the call is back.  The inline way and the belt
 * have their copy; of up to 64 KiB that are staged, or in a window, the host's driver
 * takes one, behind whatever the stream has to do first; for more the call waits
 * for the stream.
 */
#include <stdatomic.h>
#include <string.h>

#include "qcu-library/cuda/belt.h"
#include "qcu-library/cuda/capture.h"
#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/copy.h"
#include "qcu-library/cuda/crew.h"
#include "qcu-library/cuda/options.h"
#include "qcu-library/cuda/place.h"
#include "qcu-library/cuda/post.h"
#include "qcu-library/cuda/quiet.h"
#include "qcu-library/cuda/ranges.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"
#include "qcu-library/cuda/staging.h"
#include "qcu-library/cuda/stream.h"
#include "qcu-library/cuda/window.h"

/*
 * In the command: to the device that saves a copy; from it, the host's driver has to put the bytes
 * into memory that is not registered, which takes longer than staging does.
 */
#define INLINE_WRITE_MAX	((size_t)16 << 10)
#define INLINE_READ_MAX		((size_t)1 << 10)
#define HALF		(STAGING_BYTES / 2)
#define LEAVE_WORTH_IT	16	/* small copies: a belt takes some hundred microseconds to make */

/* Pieces so small that the first is soon under way, so large that few are needed */
#define PIECE_MIN	((size_t)256 << 10)
#define PIECE_MAX	((size_t)1 << 20)
static_assert(PIECE_MAX <= HALF, "a piece has half of the staging memory");

static const struct order synchronous;

static size_t piece_of(size_t bytes)
{
	size_t piece = bytes / 2 & ~(size_t)(PAGE_BYTES - 1);

	return piece < PIECE_MIN ? PIECE_MIN : piece > PIECE_MAX ? PIECE_MAX : piece;
}

/* A piece of staging memory; it may be used again as soon as the host has answered. */
static struct wire_span part(const struct staging *staging, size_t offset, size_t bytes)
{
	return (struct wire_span){ .region = staging->region, .flags = WIRE_SPAN_WAIT,
				   .offset = offset, .bytes = bytes };
}

static CUresult begin_write(struct flight *flight, CUdeviceptr dst, struct wire_span span,
			    struct order order)
{
	return order.async ? begin_write_region_async(flight, dst, span, order.stream) :
			     begin_write_region(flight, dst, span);
}

static CUresult begin_read(struct flight *flight, CUdeviceptr src, struct wire_span span,
			   struct order order)
{
	return order.async ? begin_read_region_async(flight, src, span, order.stream) :
			     begin_read_region(flight, src, span);
}

/* Wait for what is under way, unless there is nothing. */
static CUresult land(struct flight *flight, bool *flying, struct order order)
{
	CUresult rc = *flying ? remote_end(flight) : CUDA_SUCCESS;

	/* A host of old answers before the stream has come to it. */
	if (rc == CUDA_SUCCESS && *flying && order.async &&
	    session.transport->version_minor < WIRE_SPAN_WAIT_SINCE)
		rc = cuStreamSynchronize(order.stream);
	*flying = false;
	return rc;
}

static CUresult write_staged(CUdeviceptr dst, const uint8_t *src, size_t bytes,
			     const struct staging *staging, struct order order)
{
	size_t piece = piece_of(bytes), n, half = 0;
	struct flight flight;
	bool flying = false;
	CUresult rc = CUDA_SUCCESS;

	for (size_t done = 0; rc == CUDA_SUCCESS && done < bytes; done += n, half ^= HALF) {
		n = bytes - done < piece ? bytes - done : piece;
		if (option_set(NO_OVERLAP))
			rc = land(&flight, &flying, order);
		staging_fill(staging->addr + half, src + done, n, n);
		if (rc == CUDA_SUCCESS)
			rc = land(&flight, &flying, order);
		if (rc == CUDA_SUCCESS)
			rc = begin_write(&flight, dst + done, part(staging, half, n), order);
		flying = rc == CUDA_SUCCESS;
	}
	return flying ? land(&flight, &flying, order) : rc;
}

static CUresult read_staged(uint8_t *dst, CUdeviceptr src, size_t bytes,
			    const struct staging *staging, struct order order)
{
	size_t piece = piece_of(bytes), n = bytes < piece ? bytes : piece, next, half = 0;
	struct flight flight;
	bool flying;
	CUresult rc = begin_read(&flight, src, part(staging, 0, n), order);

	flying = rc == CUDA_SUCCESS;
	if (flying)
		rc = land(&flight, &flying, order);
	for (size_t done = 0; rc == CUDA_SUCCESS && done < bytes; done += n, n = next, half ^= HALF) {
		next = bytes - done - n < piece ? bytes - done - n : piece;
		if (next)
			rc = begin_read(&flight, src + done + n, part(staging, half ^ HALF, next),
					order);
		flying = next && rc == CUDA_SUCCESS;
		if (option_set(NO_OVERLAP))
			rc = flying ? land(&flight, &flying, order) : rc;
		crew_copy(dst + done, staging->addr + half, n, option_copy_threads());
		if (flying)
			rc = land(&flight, &flying, order);
	}
	return rc;
}

static bool fits_inline(size_t bytes, size_t most)
{
	return bytes <= most && !option_set(NO_INLINE);
}

/*
 * A stream that captures wants to know where the host memory is, not what is in it:
 * it is shared with the host for as long as the graph lives.
 */
static CUresult captured_span(const void *p, size_t bytes, struct wire_span *span)
{
	struct holds holds = { 0 };
	struct pinned pinned;
	struct hold *hold;
	CUresult rc = hold_pages(ADDRESS(p), bytes, &pinned, &hold);

	if (rc != CUDA_SUCCESS)
		return rc;
	*span = (struct wire_span){ .region = pinned.region, .flags = WIRE_SPAN_RUN,
				    .offset = pinned.offset, .bytes = bytes };
	rc = holds_add(&holds, hold, 1);
	return rc == CUDA_SUCCESS ? capture_keep(&holds) : rc;
}

static CUresult within_device(CUdeviceptr dst, CUdeviceptr src, size_t bytes, struct order order)
{
	return order.async ? cuMemcpyDtoDAsync_v2(dst, src, bytes, order.stream) :
			     cuMemcpyDtoD_v2(dst, src, bytes);
}

/* Is its end all that there is to be known of a synchronous copy? */
static bool may_watch(CUdeviceptr device, size_t bytes)
{
	return belt_allowed() && quiet() && ranges_on_device(device, bytes);
}

/* Synchronous, between the device and memory that the host sees */
static CUresult move_region(CUdeviceptr device, struct wire_span host, bool to_device)
{
	CUresult rc = CUDA_SUCCESS;
	bool watched = false;

	if (may_watch(device, host.bytes))
		rc = belt_watch(device, host, to_device, &watched);
	if (!watched)
		return to_device ? send_write_region(device, host) : send_read_region(device, host);
	if (rc == CUDA_SUCCESS)
		quiet_keep();
	return rc;
}

/* Between the device and memory that the host sees: posted, if nothing can be wrong with it */
static CUresult write_region(CUdeviceptr dst, struct wire_span from, struct order order)
{
	if (!order.async)
		return move_region(dst, from, true);
	return ranges_on_device(dst, from.bytes) ?
		       post_write_region_async(dst, from, order.stream) :
		       send_write_region_async(dst, from, order.stream);
}

static CUresult read_region(CUdeviceptr src, const struct place *to, struct order order)
{
	/* Whether memory that is only to be read may be written the host has to say. */
	if (!order.async)
		return to->read_only ? send_read_region(src, to->span) :
				       move_region(src, to->span, false);
	return ranges_on_device(src, to->span.bytes) && !to->read_only ?
		       post_read_region_async(src, to->span, order.stream) :
		       send_read_region_async(src, to->span, order.stream);
}

/* What it copies is in the command when the call returns. */
static CUresult write_inline_async(CUdeviceptr dst, const void *src, size_t bytes, CUstream stream)
{
	return ranges_on_device(dst, bytes) ? post_write_inline_async(dst, stream, bytes, src) :
					      send_write_inline_async(dst, stream, bytes, src);
}

/* Through a window, if there is one.  *bytes: how many the answer is about; false: none were copied */
static bool write_window(CUdeviceptr dst, const uint8_t *src, size_t *bytes, struct order order,
			 CUresult *rc)
{
	struct wire_span span;
	struct window *window = window_get(ADDRESS(src), bytes, &span);

	if (!window)
		return false;
	*rc = order.async ? send_write_region_async(dst, span, order.stream) :
			    send_write_region(dst, span);
	window_put(window);
	return *rc != CUDA_ERROR_NOT_FOUND;
}

static bool read_window(uint8_t *dst, CUdeviceptr src, size_t *bytes, struct order order,
			CUresult *rc)
{
	struct wire_span span;
	struct window *window = window_get(ADDRESS(dst), bytes, &span);

	if (!window)
		return false;
	*rc = order.async ? send_read_region_async(src, span, order.stream) :
			    send_read_region(src, span);
	window_put(window);
	return *rc != CUDA_ERROR_NOT_FOUND;
}

/* A synchronous copy begins when the default stream is empty (quiet.h). */
static CUresult wait_before(struct order order)
{
	return order.async || quiet() ? CUDA_SUCCESS : cuStreamSynchronize(NULL);
}

/* A small synchronous copy is one round trip: a belt is better only if there is no wait before it. */
static bool worth_leaving(void)
{
	static _Atomic size_t so_far;

	return !option_set(NO_LEAVE) && quiet() &&
	       atomic_fetch_add_explicit(&so_far, 1, memory_order_relaxed) >= LEAVE_WORTH_IT;
}

/*
 * Left to the host when it has been copied from the program's memory.  *left: false if it was not,
 * because the host has to say whether it can be done.
 */
static CUresult write_and_leave(CUdeviceptr dst, const uint8_t *src, size_t bytes,
				struct order order, bool *left)
{
	CUresult rc = CUDA_SUCCESS;

	*left = belt_allowed() && ranges_on_device(dst, bytes) &&
		(order.async || !fits_inline(bytes, INLINE_WRITE_MAX) || worth_leaving());
	if (*left)
		rc = wait_before(order);
	if (!*left || rc != CUDA_SUCCESS)
		return rc;
	if (order.async && fits_inline(bytes, INLINE_WRITE_MAX))
		rc = post_write_inline_async(dst, order.stream, bytes, src);
	else
		rc = belt_write(dst, src, bytes, order, left);
	if (!order.async && *left)
		quiet_keep();
	return rc;
}

static CUresult write_pageable(CUdeviceptr dst, const uint8_t *src, size_t bytes,
			       struct order order)
{
	bool left;

	CUresult rc = CUDA_SUCCESS;
	struct staging staging;
	size_t n;

	for (size_t done = 0; rc == CUDA_SUCCESS && done < bytes; done += n) {
		n = bytes - done;
		if (write_window(dst + done, src + done, &n, order, &rc))
			continue;
		rc = write_and_leave(dst + done, src + done, n, order, &left);
		if (left || rc != CUDA_SUCCESS)
			continue;
		if (fits_inline(n, INLINE_WRITE_MAX)) {
			rc = order.async ? write_inline_async(dst + done, src + done, n, order.stream) :
					   send_write_inline(dst + done, n, src + done);
			continue;
		}
		rc = staging_get(0, &staging);
		if (rc != CUDA_SUCCESS)
			return rc;
		rc = write_staged(dst + done, src + done, n, &staging, order);
		staging_put(&staging);
	}
	return rc;
}

/* What is less is there before several pieces would be. */
#define BELT_READ_MIN	((size_t)512 << 10)

static CUresult read_by_belt(uint8_t *dst, CUdeviceptr src, size_t bytes, struct order order,
			     bool *taken)
{
	CUresult rc = CUDA_SUCCESS;

	*taken = bytes >= BELT_READ_MIN && belt_allowed() && ranges_on_device(src, bytes);
	if (*taken)
		return belt_read(dst, src, bytes, order, taken);
	if (!order.async && may_watch(src, bytes))
		rc = belt_watch_out(dst, src, bytes, taken);
	if (*taken && rc == CUDA_SUCCESS)
		quiet_keep();
	return rc;
}

static CUresult read_pageable(uint8_t *dst, CUdeviceptr src, size_t bytes, struct order order)
{
	CUresult rc = CUDA_SUCCESS;
	struct staging staging;
	bool taken;
	size_t n;

	for (size_t done = 0; rc == CUDA_SUCCESS && done < bytes; done += n) {
		n = bytes - done;
		if (read_window(dst + done, src + done, &n, order, &rc))
			continue;
		rc = read_by_belt(dst + done, src + done, n, order, &taken);
		if (taken || rc != CUDA_SUCCESS)
			continue;
		if (fits_inline(n, INLINE_READ_MAX)) {
			rc = order.async ? send_read_inline_async(src + done, order.stream, n,
								  dst + done) :
					   send_read_inline(src + done, n, dst + done);
			continue;
		}
		rc = staging_get(0, &staging);
		if (rc != CUDA_SUCCESS)
			return rc;
		rc = read_staged(dst + done, src + done, n, &staging, order);
		staging_put(&staging);
	}
	return rc;
}

/* Host to device.  @bytes is not 0. */
static CUresult write_device(CUdeviceptr dst, const void *src, size_t bytes, struct order order)
{
	struct place from = place_of(ADDRESS(src), bytes);
	CUresult rc;

	dst = place_on_device(dst);
	if (from.kind == PLACE_DEVICE && from.managed)
		return within_device(dst, from.device, bytes, order);
	if (!src || from.kind == PLACE_DEVICE)
		return CUDA_ERROR_INVALID_VALUE;
	if (from.kind == PLACE_REGION)
		return write_region(dst, from.span, order);
	if (order.async && capture_of(order.stream)) {
		rc = captured_span(src, bytes, &from.span);
		return rc == CUDA_SUCCESS ? send_write_region_async(dst, from.span, order.stream) :
					    rc;
	}
	return write_pageable(dst, src, bytes, order);
}

/* Device to host.  @bytes is not 0. */
static CUresult read_device(void *dst, CUdeviceptr src, size_t bytes, struct order order)
{
	struct place to = place_of(ADDRESS(dst), bytes);
	CUresult rc;

	src = place_on_device(src);
	if (to.kind == PLACE_DEVICE && to.managed)
		return within_device(to.device, src, bytes, order);
	if (!dst || to.kind == PLACE_DEVICE)
		return CUDA_ERROR_INVALID_VALUE;
	if (to.kind == PLACE_REGION)
		return read_region(src, &to, order);
	if (order.async && capture_of(order.stream)) {
		rc = captured_span(dst, bytes, &to.span);
		return rc == CUDA_SUCCESS ? send_read_region_async(src, to.span, order.stream) : rc;
	}
	return read_pageable(dst, src, bytes, order);
}

CUresult copy_host_may_go(struct order order)
{
	/* A synchronous copy is one on the legacy default stream. */
	return cuStreamSynchronize(order.async ? order.stream : NULL);
}

static CUresult copy_on_host(void *dst, const void *src, size_t bytes, struct order order)
{
	CUresult rc = copy_host_may_go(order);

	if (rc == CUDA_SUCCESS)
		memmove(dst, src, bytes);
	return rc;
}

/* Between two places on the host, as a node of a graph: only the other form can say it. */
static CUresult copy_captured(CUdeviceptr dst, CUdeviceptr src, size_t bytes, struct order order)
{
	const CUDA_MEMCPY3D copy = {
		.srcMemoryType = CU_MEMORYTYPE_HOST, .srcHost = POINTER(src),
		.dstMemoryType = CU_MEMORYTYPE_HOST, .dstHost = POINTER(dst),
		.WidthInBytes = bytes, .Height = 1, .Depth = 1,
	};

	return cuMemcpy3DAsync_v2(&copy, order.stream);
}

/* Is it on the host only?  Managed memory is the device's as well, and copied as such. */
static bool is_on_host(CUdeviceptr address, size_t bytes)
{
	struct place place = place_of(address, bytes);

	return place.kind != PLACE_DEVICE && !place.managed;
}

/* By what the pointers point to (CUDA Driver API, cuMemcpy) */
static CUresult copy(CUdeviceptr dst, CUdeviceptr src, size_t bytes, struct order order)
{
	bool dst_on_host = is_on_host(dst, bytes), src_on_host = is_on_host(src, bytes);

	if (!dst || !src)
		return CUDA_ERROR_INVALID_VALUE;
	if (dst_on_host && src_on_host)
		return order.async && capture_of(order.stream) ?
			       copy_captured(dst, src, bytes, order) :
			       copy_on_host(POINTER(dst), POINTER(src), bytes, order);
	if (src_on_host)
		return write_device(dst, POINTER(src), bytes, order);
	if (dst_on_host)
		return read_device(POINTER(dst), src, bytes, order);
	return within_device(dst, src, bytes, order);
}

/* Is there anything to do?  If not, *rc is what the call returns. */
static bool begin(size_t bytes, struct order order, CUresult *rc)
{
	*rc = context_check();
	if (*rc == CUDA_SUCCESS && order.async)
		*rc = stream_check(order.stream);
	return *rc == CUDA_SUCCESS && bytes;
}

CUresult CUDAAPI cuMemcpyHtoD_v2(CUdeviceptr dstDevice, const void *srcHost, size_t ByteCount)
{
	CUresult rc;

	return begin(ByteCount, synchronous, &rc) ?
		       write_device(dstDevice, srcHost, ByteCount, synchronous) :
		       rc;
}

CUresult CUDAAPI cuMemcpyDtoH_v2(void *dstHost, CUdeviceptr srcDevice, size_t ByteCount)
{
	CUresult rc;

	return begin(ByteCount, synchronous, &rc) ?
		       read_device(dstHost, srcDevice, ByteCount, synchronous) :
		       rc;
}

CUresult CUDAAPI cuMemcpyHtoDAsync_v2(CUdeviceptr dstDevice, const void *srcHost, size_t ByteCount,
				      CUstream hStream)
{
	struct order order = { true, hStream };
	CUresult rc;

	return begin(ByteCount, order, &rc) ? write_device(dstDevice, srcHost, ByteCount, order) :
					      rc;
}

CUresult CUDAAPI cuMemcpyDtoHAsync_v2(void *dstHost, CUdeviceptr srcDevice, size_t ByteCount,
				      CUstream hStream)
{
	struct order order = { true, hStream };
	CUresult rc;

	return begin(ByteCount, order, &rc) ? read_device(dstHost, srcDevice, ByteCount, order) :
					      rc;
}

CUresult CUDAAPI cuMemcpyDtoDAsync_v2(CUdeviceptr dstDevice, CUdeviceptr srcDevice,
				      size_t ByteCount, CUstream hStream)
{
	return ByteCount && context_current() && ranges_on_device(dstDevice, ByteCount) &&
			       ranges_on_device(srcDevice, ByteCount) ?
		       post_cuMemcpyDtoDAsync_v2(dstDevice, srcDevice, ByteCount, hStream) :
		       send_cuMemcpyDtoDAsync_v2(dstDevice, srcDevice, ByteCount, hStream);
}

CUresult CUDAAPI cuMemcpy(CUdeviceptr dst, CUdeviceptr src, size_t ByteCount)
{
	CUresult rc;

	return begin(ByteCount, synchronous, &rc) ? copy(dst, src, ByteCount, synchronous) : rc;
}

CUresult CUDAAPI cuMemcpyAsync(CUdeviceptr dst, CUdeviceptr src, size_t ByteCount,
			       CUstream hStream)
{
	struct order order = { true, hStream };
	CUresult rc;

	return begin(ByteCount, order, &rc) ? copy(dst, src, ByteCount, order) : rc;
}
