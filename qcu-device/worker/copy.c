/* SPDX-License-Identifier: MIT */
/*
 * copy.c - copies between the guest's host memory and the device
 *
 * Faces qcu-library/cuda/copy.c.  The guest's bytes are in the command itself
 * (inline) or in a region.  Which of the two, and in what pieces, is the
 * guest's choice; here each is one call of the driver.
 *
 * The driver treats unregistered memory as pageable: it has taken its copy, or
 * put the data there, before the call returns (CUDA Driver API, "API
 * synchronization behavior"), so nothing must outlive the command.  What the guest
 * says is such memory goes a faster way if it is large (staged.c).
 *
 * But if the stream captures, the copy is done when the graph runs, with whatever lies
 * at that address then.  Our library sends no such copy; a hostile guest must not get
 * a graph that reads or writes the worker's heap, so what is in a command goes by the
 * thread's passage (space.h).
 */
#include <string.h>

#include "qcu-device/common/version.h"
#include "qcu-device/worker/body.h"
#include "qcu-device/worker/span.h"
#include "qcu-device/worker/staged.h"

CUresult host_write_inline(struct dispatch *dispatch, CUdeviceptr dst, size_t bytes,
			   const void *data)
{
	if (!data && bytes)
		return dispatch_refuse(dispatch);
	return driver.cuMemcpyHtoD_v2(dst, data, bytes);
}

/* By the thread's passage: @data may be changed when this returns. */
static CUresult write_by_passage(struct dispatch *dispatch, CUdeviceptr dst, const void *data,
				 size_t bytes, CUstream stream)
{
	void *passage = dispatch_passage(dispatch);

	if (!passage)
		return CUDA_ERROR_OUT_OF_MEMORY;
	if (bytes)
		memcpy(passage, data, bytes);
	return driver.cuMemcpyHtoDAsync_v2(dst, passage, bytes, stream);
}

CUresult host_write_inline_async(struct dispatch *dispatch, CUdeviceptr dst, CUstream stream,
				 size_t bytes, const void *data)
{
	if ((!data && bytes) || bytes > DISPATCH_PASSAGE)
		return dispatch_refuse(dispatch);
	return write_by_passage(dispatch, dst, data, bytes, stream);
}

CUresult host_read_inline(struct dispatch *dispatch, CUdeviceptr src, size_t bytes, void *data)
{
	if (!data && bytes)
		return dispatch_refuse(dispatch);
	return driver.cuMemcpyDtoH_v2(data, src, bytes);
}

CUresult host_read_inline_async(struct dispatch *dispatch, CUdeviceptr src, CUstream stream,
				size_t bytes, void *data)
{
	void *passage = dispatch_passage(dispatch);
	CUresult rc;

	if ((!data && bytes) || bytes > DISPATCH_PASSAGE)
		return dispatch_refuse(dispatch);
	if (!passage)
		return CUDA_ERROR_OUT_OF_MEMORY;
	rc = driver.cuMemcpyDtoHAsync_v2(passage, src, bytes, stream);
	/* The reply leaves with this function, so the data must be there. */
	if (rc == CUDA_SUCCESS)
		rc = driver.cuStreamSynchronize(stream);
	if (rc == CUDA_SUCCESS && bytes)
		memcpy(data, passage, bytes);
	return rc;
}

#define STAGED_MIN	((size_t)256 << 10)

static bool to_be_staged(const struct wire_span *wire)
{
	return wire->flags & WIRE_SPAN_PAGEABLE && wire->bytes >= STAGED_MIN;
}

/*
 * A few bytes the driver enqueues and waits for sooner than it copies them (bench/host_memory, waits).
 * Of pageable memory it takes its own copy, whatever is in the stream before (CUDA Driver API, "API
 * synchronization behavior").
 */
#define ENQUEUED_MAX	((size_t)64 << 10)

static CUresult write_now(CUdeviceptr dst, const void *src, size_t bytes)
{
	if (bytes <= ENQUEUED_MAX &&
	    driver.cuMemcpyHtoDAsync_v2(dst, src, bytes, NULL) == CUDA_SUCCESS)
		return driver.cuStreamSynchronize(NULL);
	return driver.cuMemcpyHtoD_v2(dst, src, bytes);
}

CUresult host_write_region(struct dispatch *dispatch, CUdeviceptr dst, struct wire_span wire)
{
	struct span span;
	CUresult rc;

	if (!span_get(&wire, &span))
		return span_refuse(dispatch, &wire);
	rc = to_be_staged(&wire) ? staged_write(dispatch, dst, &span, NULL) :
				   write_now(dst, span.base, span.bytes);
	span_put(&span);
	return rc;
}

/* A copy that was enqueued: does the guest want to know when it is done? */
static CUresult enqueued(CUresult rc, const struct wire_span *wire, CUstream stream)
{
	return rc == CUDA_SUCCESS && wire->flags & WIRE_SPAN_WAIT &&
			       version_minor >= WIRE_SPAN_WAIT_SINCE ?
		       driver.cuStreamSynchronize(stream) :
		       rc;
}

/* The guest changes the memory when it has the answer, which is not to wait for earlier work. */
static bool may_go_by_passage(const struct wire_span *wire)
{
	return wire->flags & WIRE_SPAN_WAIT && wire->bytes <= ENQUEUED_MAX;
}

CUresult host_write_region_async(struct dispatch *dispatch, CUdeviceptr dst, struct wire_span wire,
				 CUstream stream)
{
	struct span span;
	CUresult rc;

	if (!span_get(&wire, &span))
		return span_refuse(dispatch, &wire);
	if (may_go_by_passage(&wire))
		rc = write_by_passage(dispatch, dst, span.base, span.bytes, stream);
	else if (to_be_staged(&wire))
		rc = staged_write(dispatch, dst, &span, stream);
	else
		rc = enqueued(driver.cuMemcpyHtoDAsync_v2(dst, span.base, span.bytes, stream),
			      &wire, stream);
	span_put(&span);
	return rc;
}

CUresult host_read_region(struct dispatch *dispatch, CUdeviceptr src, struct wire_span wire)
{
	struct span span;
	CUresult rc;

	if (!span_get(&wire, &span))
		return span_refuse(dispatch, &wire);
	rc = to_be_staged(&wire) ? staged_read(dispatch, &span, src, NULL) :
				   driver.cuMemcpyDtoH_v2(span.base, src, span.bytes);
	span_put(&span);
	return rc;
}

CUresult host_read_region_async(struct dispatch *dispatch, CUdeviceptr src, struct wire_span wire,
				CUstream stream)
{
	struct span span;
	CUresult rc;

	if (!span_get(&wire, &span))
		return span_refuse(dispatch, &wire);
	rc = to_be_staged(&wire) ?
		     staged_read(dispatch, &span, src, stream) :
		     enqueued(driver.cuMemcpyDtoHAsync_v2(span.base, src, span.bytes, stream),
			      &wire, stream);
	span_put(&span);
	return rc;
}
