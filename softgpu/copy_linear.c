/* SPDX-License-Identifier: MIT */
/*
 * copy_linear.c - cuMemcpy*, one row
 *
 * The _ptds and _ptsz twins differ in what stream 0 is and stand beside their sisters.
 */
#include "softgpu/context.h"
#include "softgpu/copy.h"
#include "softgpu/driver.h"
#include "softgpu/stream.h"

#define SYNC	false
#define ASYNC	true

static CUstream own(CUstream stream)
{
	return stream ? stream : CU_STREAM_PER_THREAD;
}

static uint64_t host(const void *pointer)
{
	return (uint64_t)(uintptr_t)pointer;
}

static CUresult to_device(CUdeviceptr to, const void *from, size_t bytes, CUstream stream,
			  bool async)
{
	return copy_linear(to, COPY_DEVICE, host(from), COPY_HOST, bytes, stream, async);
}

static CUresult to_host(void *to, CUdeviceptr from, size_t bytes, CUstream stream, bool async)
{
	return copy_linear(host(to), COPY_HOST, from, COPY_DEVICE, bytes, stream, async);
}

static CUresult in_device(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream,
			  bool async)
{
	return copy_linear(to, COPY_DEVICE, from, COPY_DEVICE, bytes, stream, async);
}

static CUresult anywhere(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream,
			 bool async)
{
	return copy_linear(to, COPY_HOST, from, COPY_HOST, bytes, stream, async);
}

/*
 * peer() - the contexts must be ones; with one address space they make no difference, but that
 * a synchronous copy comes after what both have been given to do
 */
static CUresult peer(CUdeviceptr to, CUcontext to_context, CUdeviceptr from,
		     CUcontext from_context, size_t bytes, CUstream stream, bool async)
{
	struct context *a, *b;
	CUresult result = driver_enter();

	if (result)
		return result;
	a = context_get(to_context);
	b = context_get(from_context);
	if (a && b && !async) {
		stream_synchronize_context(a);
		stream_synchronize_context(b);
	}
	result = a && b ? in_device(to, from, bytes, stream, async) : CUDA_ERROR_INVALID_CONTEXT;
	context_put(a);
	context_put(b);
	return result;
}

CUresult cuMemcpyHtoD_v2(CUdeviceptr dstDevice, const void *srcHost, size_t ByteCount)
{
	return to_device(dstDevice, srcHost, ByteCount, CU_STREAM_LEGACY, SYNC);
}

CUresult cuMemcpyHtoD_v2_ptds(CUdeviceptr dstDevice, const void *srcHost, size_t ByteCount)
{
	return to_device(dstDevice, srcHost, ByteCount, CU_STREAM_PER_THREAD, SYNC);
}

CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr dstDevice, const void *srcHost, size_t ByteCount,
			      CUstream hStream)
{
	return to_device(dstDevice, srcHost, ByteCount, hStream, ASYNC);
}

CUresult cuMemcpyHtoDAsync_v2_ptsz(CUdeviceptr dstDevice, const void *srcHost, size_t ByteCount,
				   CUstream hStream)
{
	return to_device(dstDevice, srcHost, ByteCount, own(hStream), ASYNC);
}

CUresult cuMemcpyDtoH_v2(void *dstHost, CUdeviceptr srcDevice, size_t ByteCount)
{
	return to_host(dstHost, srcDevice, ByteCount, CU_STREAM_LEGACY, SYNC);
}

CUresult cuMemcpyDtoH_v2_ptds(void *dstHost, CUdeviceptr srcDevice, size_t ByteCount)
{
	return to_host(dstHost, srcDevice, ByteCount, CU_STREAM_PER_THREAD, SYNC);
}

CUresult cuMemcpyDtoHAsync_v2(void *dstHost, CUdeviceptr srcDevice, size_t ByteCount,
			      CUstream hStream)
{
	return to_host(dstHost, srcDevice, ByteCount, hStream, ASYNC);
}

CUresult cuMemcpyDtoHAsync_v2_ptsz(void *dstHost, CUdeviceptr srcDevice, size_t ByteCount,
				   CUstream hStream)
{
	return to_host(dstHost, srcDevice, ByteCount, own(hStream), ASYNC);
}

CUresult cuMemcpyDtoD_v2(CUdeviceptr dstDevice, CUdeviceptr srcDevice, size_t ByteCount)
{
	return in_device(dstDevice, srcDevice, ByteCount, CU_STREAM_LEGACY, SYNC);
}

CUresult cuMemcpyDtoD_v2_ptds(CUdeviceptr dstDevice, CUdeviceptr srcDevice, size_t ByteCount)
{
	return in_device(dstDevice, srcDevice, ByteCount, CU_STREAM_PER_THREAD, SYNC);
}

CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr dstDevice, CUdeviceptr srcDevice, size_t ByteCount,
			      CUstream hStream)
{
	return in_device(dstDevice, srcDevice, ByteCount, hStream, ASYNC);
}

CUresult cuMemcpyDtoDAsync_v2_ptsz(CUdeviceptr dstDevice, CUdeviceptr srcDevice,
				   size_t ByteCount, CUstream hStream)
{
	return in_device(dstDevice, srcDevice, ByteCount, own(hStream), ASYNC);
}

CUresult cuMemcpy(CUdeviceptr dst, CUdeviceptr src, size_t ByteCount)
{
	return anywhere(dst, src, ByteCount, CU_STREAM_LEGACY, SYNC);
}

CUresult cuMemcpy_ptds(CUdeviceptr dst, CUdeviceptr src, size_t ByteCount)
{
	return anywhere(dst, src, ByteCount, CU_STREAM_PER_THREAD, SYNC);
}

CUresult cuMemcpyAsync(CUdeviceptr dst, CUdeviceptr src, size_t ByteCount, CUstream hStream)
{
	return anywhere(dst, src, ByteCount, hStream, ASYNC);
}

CUresult cuMemcpyAsync_ptsz(CUdeviceptr dst, CUdeviceptr src, size_t ByteCount, CUstream hStream)
{
	return anywhere(dst, src, ByteCount, own(hStream), ASYNC);
}

CUresult cuMemcpyPeer(CUdeviceptr dstDevice, CUcontext dstContext, CUdeviceptr srcDevice,
		      CUcontext srcContext, size_t ByteCount)
{
	return peer(dstDevice, dstContext, srcDevice, srcContext, ByteCount, CU_STREAM_LEGACY,
		    SYNC);
}

CUresult cuMemcpyPeer_ptds(CUdeviceptr dstDevice, CUcontext dstContext, CUdeviceptr srcDevice,
			   CUcontext srcContext, size_t ByteCount)
{
	return peer(dstDevice, dstContext, srcDevice, srcContext, ByteCount,
		    CU_STREAM_PER_THREAD, SYNC);
}

CUresult cuMemcpyPeerAsync(CUdeviceptr dstDevice, CUcontext dstContext, CUdeviceptr srcDevice,
			   CUcontext srcContext, size_t ByteCount, CUstream hStream)
{
	return peer(dstDevice, dstContext, srcDevice, srcContext, ByteCount, hStream, ASYNC);
}

CUresult cuMemcpyPeerAsync_ptsz(CUdeviceptr dstDevice, CUcontext dstContext,
				CUdeviceptr srcDevice, CUcontext srcContext, size_t ByteCount,
				CUstream hStream)
{
	return peer(dstDevice, dstContext, srcDevice, srcContext, ByteCount, own(hStream), ASYNC);
}
