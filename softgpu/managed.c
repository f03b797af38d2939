/* SPDX-License-Identifier: MIT */
/*
 * managed.c - managed memory: advice, prefetching, attributes of ranges
 *
 * There is only one memory, so managed memory is always where it is needed.  The device says
 * that it has no concurrent managed access (a guest's device cannot have it), and on such a
 * device advice and prefetching that name the device are refused; what names the host is
 * remembered, and changes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "softgpu/driver.h"
#include "softgpu/memory.h"
#include "softgpu/stream.h"
#include "softgpu/advice.h"

#define MANAGED (1u << MEMORY_MANAGED | 1u << MEMORY_MANAGED_VARIABLE)

/* is_managed() - is all of the range one managed block? */
static bool is_managed(CUdeviceptr address, size_t bytes)
{
	struct memory_block block;

	return bytes && memory_find(address, &block) && MANAGED >> block.kind & 1 &&
	       memory_covers(address, bytes);
}

/* location_of() - the old way to name a place: a device, or CU_DEVICE_CPU */
static CUmemLocation location_of(CUdevice device)
{
	CUmemLocation location = { .type = CU_MEM_LOCATION_TYPE_DEVICE, .id = device };

	if (device == CU_DEVICE_CPU)
		location.type = CU_MEM_LOCATION_TYPE_HOST;
	return location;
}

CUresult cuMemAdvise_v2(CUdeviceptr devPtr, size_t count, CUmem_advise advice,
			CUmemLocation location)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!is_managed(devPtr, count))
		return CUDA_ERROR_INVALID_VALUE;
	return advice_take(devPtr, count, advice, location);
}

CUresult cuMemAdvise(CUdeviceptr devPtr, size_t count, CUmem_advise advice, CUdevice device)
{
	return cuMemAdvise_v2(devPtr, count, advice, location_of(device));
}

CUresult cuMemPrefetchAsync_v2(CUdeviceptr devPtr, size_t count, CUmemLocation location,
			       unsigned int flags, CUstream hStream)
{
	struct stream *stream;
	CUresult result = stream_resolve(hStream, &stream);

	if (result)
		return result;
	stream_put(stream);
	if (flags || !is_managed(devPtr, count))
		return CUDA_ERROR_INVALID_VALUE;
	return advice_prefetched(devPtr, count, location);
}

CUresult cuMemPrefetchAsync(CUdeviceptr devPtr, size_t count, CUdevice dstDevice, CUstream hStream)
{
	return cuMemPrefetchAsync_v2(devPtr, count, location_of(dstDevice), 0, hStream);
}

/*
 * refuse_batch() - batches are for devices with concurrent managed access, which this is not
 * Source: CUDA Driver API, cuMemPrefetchBatchAsync
 */
static CUresult refuse_batch(CUstream value)
{
	struct stream *stream;
	CUresult result = stream_resolve(value, &stream);

	if (result)
		return result;
	stream_put(stream);
	return CUDA_ERROR_NOT_SUPPORTED;
}

CUresult cuMemPrefetchBatchAsync(CUdeviceptr *dptrs, size_t *sizes, size_t count,
				 CUmemLocation *prefetchLocs, size_t *prefetchLocIdxs,
				 size_t numPrefetchLocs, unsigned long long flags, CUstream hStream)
{
	return refuse_batch(hStream);
}

CUresult cuMemDiscardBatchAsync(CUdeviceptr *dptrs, size_t *sizes, size_t count,
				unsigned long long flags, CUstream hStream)
{
	return refuse_batch(hStream);
}

CUresult cuMemDiscardAndPrefetchBatchAsync(CUdeviceptr *dptrs, size_t *sizes, size_t count,
					   CUmemLocation *prefetchLocs, size_t *prefetchLocIdxs,
					   size_t numPrefetchLocs, unsigned long long flags,
					   CUstream hStream)
{
	return refuse_batch(hStream);
}

/* cuStreamAttachMemAsync: visibility is always to everybody */
CUresult cuStreamAttachMemAsync(CUstream hStream, CUdeviceptr dptr, size_t length,
				unsigned int flags)
{
	struct memory_block block;
	struct stream *stream;
	CUresult result = stream_resolve(hStream, &stream);

	if (result)
		return result;
	stream_put(stream);
	if (flags != CU_MEM_ATTACH_GLOBAL && flags != CU_MEM_ATTACH_HOST &&
	    flags != CU_MEM_ATTACH_SINGLE)
		return CUDA_ERROR_INVALID_VALUE;
	if (!memory_find(dptr, &block) || !(MANAGED >> block.kind & 1))
		return CUDA_ERROR_INVALID_VALUE;
	if (length && (block.base != dptr || block.size != length))
		return CUDA_ERROR_INVALID_VALUE;
	return CUDA_SUCCESS;
}

CUresult cuMemRangeGetAttribute(void *data, size_t dataSize, CUmem_range_attribute attribute,
				CUdeviceptr devPtr, size_t count)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!is_managed(devPtr, count))
		return CUDA_ERROR_INVALID_VALUE;
	return advice_attribute(data, dataSize, attribute, devPtr, count);
}

CUresult cuMemRangeGetAttributes(void **data, size_t *dataSizes, CUmem_range_attribute *attributes,
				 size_t numAttributes, CUdeviceptr devPtr, size_t count)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!data || !dataSizes || !attributes || !numAttributes || !is_managed(devPtr, count))
		return CUDA_ERROR_INVALID_VALUE;
	for (size_t i = 0; i < numAttributes && !result; i++)
		result = advice_attribute(data[i], dataSizes[i], attributes[i], devPtr, count);
	return result;
}
