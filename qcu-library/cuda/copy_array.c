/* SPDX-License-Identifier: MIT */
/*
 * copy_array.c - cuMemcpyAtoD and its sisters: bytes of the first row of an array
 *
 * Each is a cuMemcpy2D of one row.  The _ptds and _ptsz twins stand beside their sisters, since
 * only the copies with the host have an asynchronous form to be made of.
 */
#include "qcu-library/cuda/api.h"

/* The first row of an array, from a byte on */
struct row {
	CUarray array;
	size_t offset;
};

static CUDA_MEMCPY2D from_row(struct row row, size_t bytes)
{
	return (CUDA_MEMCPY2D){
		.srcMemoryType = CU_MEMORYTYPE_ARRAY, .srcArray = row.array,
		.srcXInBytes = row.offset, .WidthInBytes = bytes, .Height = 1,
	};
}

static CUDA_MEMCPY2D to_row(struct row row, size_t bytes)
{
	return (CUDA_MEMCPY2D){
		.dstMemoryType = CU_MEMORYTYPE_ARRAY, .dstArray = row.array,
		.dstXInBytes = row.offset, .WidthInBytes = bytes, .Height = 1,
	};
}

static CUDA_MEMCPY2D from_host(struct row to, const void *from, size_t bytes)
{
	CUDA_MEMCPY2D copy = to_row(to, bytes);

	copy.srcMemoryType = CU_MEMORYTYPE_HOST;
	copy.srcHost = from;
	return copy;
}

static CUDA_MEMCPY2D to_host(void *to, struct row from, size_t bytes)
{
	CUDA_MEMCPY2D copy = from_row(from, bytes);

	copy.dstMemoryType = CU_MEMORYTYPE_HOST;
	copy.dstHost = to;
	return copy;
}

static CUDA_MEMCPY2D from_device(struct row to, CUdeviceptr from, size_t bytes)
{
	CUDA_MEMCPY2D copy = to_row(to, bytes);

	copy.srcMemoryType = CU_MEMORYTYPE_DEVICE;
	copy.srcDevice = from;
	return copy;
}

static CUDA_MEMCPY2D to_device(CUdeviceptr to, struct row from, size_t bytes)
{
	CUDA_MEMCPY2D copy = from_row(from, bytes);

	copy.dstMemoryType = CU_MEMORYTYPE_DEVICE;
	copy.dstDevice = to;
	return copy;
}

static CUDA_MEMCPY2D between(struct row to, struct row from, size_t bytes)
{
	CUDA_MEMCPY2D copy = from_row(from, bytes);

	copy.dstMemoryType = CU_MEMORYTYPE_ARRAY;
	copy.dstArray = to.array;
	copy.dstXInBytes = to.offset;
	return copy;
}

static CUresult now(CUDA_MEMCPY2D copy)
{
	return cuMemcpy2D_v2(&copy);
}

static CUresult now_in_thread(CUDA_MEMCPY2D copy)
{
	return cuMemcpy2D_v2_ptds(&copy);
}

static CUresult in_stream(CUDA_MEMCPY2D copy, CUstream stream)
{
	return cuMemcpy2DAsync_v2(&copy, stream);
}

static CUresult in_own_stream(CUDA_MEMCPY2D copy, CUstream stream)
{
	return cuMemcpy2DAsync_v2_ptsz(&copy, stream);
}

#define ROW(array, offset) (struct row){ array, offset }

CUresult CUDAAPI cuMemcpyHtoA_v2(CUarray dstArray, size_t dstOffset, const void *srcHost,
				 size_t ByteCount)
{
	return now(from_host(ROW(dstArray, dstOffset), srcHost, ByteCount));
}

CUresult CUDAAPI cuMemcpyHtoA_v2_ptds(CUarray dstArray, size_t dstOffset, const void *srcHost,
				      size_t ByteCount)
{
	return now_in_thread(from_host(ROW(dstArray, dstOffset), srcHost, ByteCount));
}

CUresult CUDAAPI cuMemcpyHtoAAsync_v2(CUarray dstArray, size_t dstOffset, const void *srcHost,
				      size_t ByteCount, CUstream hStream)
{
	return in_stream(from_host(ROW(dstArray, dstOffset), srcHost, ByteCount), hStream);
}

CUresult CUDAAPI cuMemcpyHtoAAsync_v2_ptsz(CUarray dstArray, size_t dstOffset,
					   const void *srcHost, size_t ByteCount, CUstream hStream)
{
	return in_own_stream(from_host(ROW(dstArray, dstOffset), srcHost, ByteCount), hStream);
}

CUresult CUDAAPI cuMemcpyAtoH_v2(void *dstHost, CUarray srcArray, size_t srcOffset,
				 size_t ByteCount)
{
	return now(to_host(dstHost, ROW(srcArray, srcOffset), ByteCount));
}

CUresult CUDAAPI cuMemcpyAtoH_v2_ptds(void *dstHost, CUarray srcArray, size_t srcOffset,
				      size_t ByteCount)
{
	return now_in_thread(to_host(dstHost, ROW(srcArray, srcOffset), ByteCount));
}

CUresult CUDAAPI cuMemcpyAtoHAsync_v2(void *dstHost, CUarray srcArray, size_t srcOffset,
				      size_t ByteCount, CUstream hStream)
{
	return in_stream(to_host(dstHost, ROW(srcArray, srcOffset), ByteCount), hStream);
}

CUresult CUDAAPI cuMemcpyAtoHAsync_v2_ptsz(void *dstHost, CUarray srcArray, size_t srcOffset,
					   size_t ByteCount, CUstream hStream)
{
	return in_own_stream(to_host(dstHost, ROW(srcArray, srcOffset), ByteCount), hStream);
}

CUresult CUDAAPI cuMemcpyDtoA_v2(CUarray dstArray, size_t dstOffset, CUdeviceptr srcDevice,
				 size_t ByteCount)
{
	return now(from_device(ROW(dstArray, dstOffset), srcDevice, ByteCount));
}

CUresult CUDAAPI cuMemcpyDtoA_v2_ptds(CUarray dstArray, size_t dstOffset, CUdeviceptr srcDevice,
				      size_t ByteCount)
{
	return now_in_thread(from_device(ROW(dstArray, dstOffset), srcDevice, ByteCount));
}

CUresult CUDAAPI cuMemcpyAtoD_v2(CUdeviceptr dstDevice, CUarray srcArray, size_t srcOffset,
				 size_t ByteCount)
{
	return now(to_device(dstDevice, ROW(srcArray, srcOffset), ByteCount));
}

CUresult CUDAAPI cuMemcpyAtoD_v2_ptds(CUdeviceptr dstDevice, CUarray srcArray, size_t srcOffset,
				      size_t ByteCount)
{
	return now_in_thread(to_device(dstDevice, ROW(srcArray, srcOffset), ByteCount));
}

CUresult CUDAAPI cuMemcpyAtoA_v2(CUarray dstArray, size_t dstOffset, CUarray srcArray,
				 size_t srcOffset, size_t ByteCount)
{
	return now(between(ROW(dstArray, dstOffset), ROW(srcArray, srcOffset), ByteCount));
}

CUresult CUDAAPI cuMemcpyAtoA_v2_ptds(CUarray dstArray, size_t dstOffset, CUarray srcArray,
				      size_t srcOffset, size_t ByteCount)
{
	return now_in_thread(between(ROW(dstArray, dstOffset), ROW(srcArray, srcOffset),
				     ByteCount));
}
