/* SPDX-License-Identifier: MIT */
/*
 * copy_array.c - cuMemcpyAtoD and its sisters: bytes of the first row of an array
 *
 * The _ptds and _ptsz twins differ in what stream 0 is and stand beside their sisters.
 */
#include "softgpu/copy.h"

#define SYNC	false
#define ASYNC	true

static CUstream own(CUstream stream)
{
	return stream ? stream : CU_STREAM_PER_THREAD;
}

static CUDA_MEMCPY2D from_array(CUarray array, size_t offset, size_t bytes)
{
	return (CUDA_MEMCPY2D){
		.srcMemoryType = CU_MEMORYTYPE_ARRAY, .srcArray = array, .srcXInBytes = offset,
		.WidthInBytes = bytes, .Height = 1,
	};
}

static CUDA_MEMCPY2D to_array(CUarray array, size_t offset, size_t bytes)
{
	return (CUDA_MEMCPY2D){
		.dstMemoryType = CU_MEMORYTYPE_ARRAY, .dstArray = array, .dstXInBytes = offset,
		.WidthInBytes = bytes, .Height = 1,
	};
}

static CUresult from_host(CUarray to, size_t offset, const void *from, size_t bytes,
			  CUstream stream, bool async)
{
	CUDA_MEMCPY2D copy = to_array(to, offset, bytes);

	copy.srcMemoryType = CU_MEMORYTYPE_HOST;
	copy.srcHost = from;
	return copy_2d(&copy, stream, async);
}

static CUresult to_host(void *to, CUarray from, size_t offset, size_t bytes, CUstream stream,
			bool async)
{
	CUDA_MEMCPY2D copy = from_array(from, offset, bytes);

	copy.dstMemoryType = CU_MEMORYTYPE_HOST;
	copy.dstHost = to;
	return copy_2d(&copy, stream, async);
}

static CUresult from_device(CUarray to, size_t offset, CUdeviceptr from, size_t bytes,
			    CUstream stream)
{
	CUDA_MEMCPY2D copy = to_array(to, offset, bytes);

	copy.srcMemoryType = CU_MEMORYTYPE_DEVICE;
	copy.srcDevice = from;
	return copy_2d(&copy, stream, SYNC);
}

static CUresult to_device(CUdeviceptr to, CUarray from, size_t offset, size_t bytes,
			  CUstream stream)
{
	CUDA_MEMCPY2D copy = from_array(from, offset, bytes);

	copy.dstMemoryType = CU_MEMORYTYPE_DEVICE;
	copy.dstDevice = to;
	return copy_2d(&copy, stream, SYNC);
}

static CUresult between(CUarray to, size_t to_offset, CUarray from, size_t from_offset,
			size_t bytes, CUstream stream)
{
	CUDA_MEMCPY2D copy = from_array(from, from_offset, bytes);

	copy.dstMemoryType = CU_MEMORYTYPE_ARRAY;
	copy.dstArray = to;
	copy.dstXInBytes = to_offset;
	return copy_2d(&copy, stream, SYNC);
}

CUresult cuMemcpyHtoA_v2(CUarray dstArray, size_t dstOffset, const void *srcHost, size_t ByteCount)
{
	return from_host(dstArray, dstOffset, srcHost, ByteCount, CU_STREAM_LEGACY, SYNC);
}

CUresult cuMemcpyHtoA_v2_ptds(CUarray dstArray, size_t dstOffset, const void *srcHost,
			      size_t ByteCount)
{
	return from_host(dstArray, dstOffset, srcHost, ByteCount, CU_STREAM_PER_THREAD, SYNC);
}

CUresult cuMemcpyHtoAAsync_v2(CUarray dstArray, size_t dstOffset, const void *srcHost,
			      size_t ByteCount, CUstream hStream)
{
	return from_host(dstArray, dstOffset, srcHost, ByteCount, hStream, ASYNC);
}

CUresult cuMemcpyHtoAAsync_v2_ptsz(CUarray dstArray, size_t dstOffset, const void *srcHost,
				   size_t ByteCount, CUstream hStream)
{
	return from_host(dstArray, dstOffset, srcHost, ByteCount, own(hStream), ASYNC);
}

CUresult cuMemcpyAtoH_v2(void *dstHost, CUarray srcArray, size_t srcOffset, size_t ByteCount)
{
	return to_host(dstHost, srcArray, srcOffset, ByteCount, CU_STREAM_LEGACY, SYNC);
}

CUresult cuMemcpyAtoH_v2_ptds(void *dstHost, CUarray srcArray, size_t srcOffset, size_t ByteCount)
{
	return to_host(dstHost, srcArray, srcOffset, ByteCount, CU_STREAM_PER_THREAD, SYNC);
}

CUresult cuMemcpyAtoHAsync_v2(void *dstHost, CUarray srcArray, size_t srcOffset, size_t ByteCount,
			      CUstream hStream)
{
	return to_host(dstHost, srcArray, srcOffset, ByteCount, hStream, ASYNC);
}

CUresult cuMemcpyAtoHAsync_v2_ptsz(void *dstHost, CUarray srcArray, size_t srcOffset,
				   size_t ByteCount, CUstream hStream)
{
	return to_host(dstHost, srcArray, srcOffset, ByteCount, own(hStream), ASYNC);
}

CUresult cuMemcpyDtoA_v2(CUarray dstArray, size_t dstOffset, CUdeviceptr srcDevice,
			 size_t ByteCount)
{
	return from_device(dstArray, dstOffset, srcDevice, ByteCount, CU_STREAM_LEGACY);
}

CUresult cuMemcpyDtoA_v2_ptds(CUarray dstArray, size_t dstOffset, CUdeviceptr srcDevice,
			      size_t ByteCount)
{
	return from_device(dstArray, dstOffset, srcDevice, ByteCount, CU_STREAM_PER_THREAD);
}

CUresult cuMemcpyAtoD_v2(CUdeviceptr dstDevice, CUarray srcArray, size_t srcOffset,
			 size_t ByteCount)
{
	return to_device(dstDevice, srcArray, srcOffset, ByteCount, CU_STREAM_LEGACY);
}

CUresult cuMemcpyAtoD_v2_ptds(CUdeviceptr dstDevice, CUarray srcArray, size_t srcOffset,
			      size_t ByteCount)
{
	return to_device(dstDevice, srcArray, srcOffset, ByteCount, CU_STREAM_PER_THREAD);
}

CUresult cuMemcpyAtoA_v2(CUarray dstArray, size_t dstOffset, CUarray srcArray, size_t srcOffset,
			 size_t ByteCount)
{
	return between(dstArray, dstOffset, srcArray, srcOffset, ByteCount, CU_STREAM_LEGACY);
}

CUresult cuMemcpyAtoA_v2_ptds(CUarray dstArray, size_t dstOffset, CUarray srcArray,
			      size_t srcOffset, size_t ByteCount)
{
	return between(dstArray, dstOffset, srcArray, srcOffset, ByteCount, CU_STREAM_PER_THREAD);
}
