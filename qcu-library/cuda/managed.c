/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * Managed memory is used by the program and by kernels at one address.  Here it is
 * pinned memory of this process that the device reaches in place (hostmem.c): there
 * is one copy, so both sides always see what the other has written.  It never
 * moves to the device: a kernel that goes over it many times pays the bus each
 * time, and is better off with cuMemAlloc() and a copy.
 *
 * The device says that it has no concurrent managed access, as it is for
 * __managed__ variables (mirror.c).  On such a device CUDA refuses advice and
 * prefetching that name the device; what names the host is remembered, and changes nothing.
 *
 * Rejected: managed memory of the host's driver with a mirror here, as for
 * variables.  Allocations are large, and all of it would cross at every wait.
 */
#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/device.h"
#include "qcu-library/cuda/hostmem.h"
#include "qcu-library/cuda/managed.h"
#include "qcu-library/cuda/ranges.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"
#include "qcu-library/cuda/stream.h"
#include "softgpu/advice.h"

CUresult CUDAAPI cuMemAllocManaged(CUdeviceptr *dptr, size_t bytesize, unsigned int flags)
{
	CUresult rc = context_check();
	void *p;

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!dptr || !bytesize || (flags != CU_MEM_ATTACH_GLOBAL && flags != CU_MEM_ATTACH_HOST))
		return CUDA_ERROR_INVALID_VALUE;
	rc = hostmem_alloc(bytesize, RANGE_MANAGED, flags, &p);
	if (rc != CUDA_SUCCESS)
		return rc;
	advice_forget(ADDRESS(p), bytesize);
	*dptr = ADDRESS(p);
	return CUDA_SUCCESS;
}

CUresult managed_free(const struct range *range)
{
	/* CUDA Driver API, cuMemFree: waits for what may use it. */
	CUresult rc = cuCtxSynchronize(), freed = hostmem_free(range);

	return rc == CUDA_SUCCESS ? freed : rc;
}

/* Is all of it one piece of managed memory? */
static bool is_managed(CUdeviceptr address, size_t bytes)
{
	struct range range;

	return bytes && ranges_find(address, &range) && range_is_managed(&range) &&
	       bytes <= range.bytes - (address - range.start);
}

/* The old way to name a place: a device, or CU_DEVICE_CPU */
static CUmemLocation location_of(CUdevice device)
{
	CUmemLocation location = { .type = CU_MEM_LOCATION_TYPE_DEVICE, .id = device };

	if (device == CU_DEVICE_CPU)
		location.type = CU_MEM_LOCATION_TYPE_HOST;
	return location;
}

CUresult CUDAAPI cuMemAdvise_v2(CUdeviceptr devPtr, size_t count, CUmem_advise advice,
				CUmemLocation location)
{
	CUresult rc = context_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!is_managed(devPtr, count))
		return CUDA_ERROR_INVALID_VALUE;
	return advice_take(devPtr, count, advice, location);
}

CUresult CUDAAPI cuMemAdvise(CUdeviceptr devPtr, size_t count, CUmem_advise advice,
			     CUdevice device)
{
	return cuMemAdvise_v2(devPtr, count, advice, location_of(device));
}

CUresult CUDAAPI cuMemPrefetchAsync_v2(CUdeviceptr devPtr, size_t count, CUmemLocation location,
				       unsigned int flags, CUstream hStream)
{
	CUresult rc = context_check();

	if (rc == CUDA_SUCCESS)
		rc = stream_check(hStream);
	if (rc != CUDA_SUCCESS)
		return rc;
	if (flags || !is_managed(devPtr, count))
		return CUDA_ERROR_INVALID_VALUE;
	return advice_prefetched(devPtr, count, location);
}

CUresult CUDAAPI cuMemPrefetchAsync(CUdeviceptr devPtr, size_t count, CUdevice dstDevice,
				    CUstream hStream)
{
	return cuMemPrefetchAsync_v2(devPtr, count, location_of(dstDevice), 0, hStream);
}

/*
 * Batches are for devices with concurrent managed access (CUDA Driver API, cuMemPrefetchBatchAsync),
 * and none here says that it has it.
 */
static CUresult refuse_batch(CUstream stream)
{
	CUresult rc = context_check();

	if (rc == CUDA_SUCCESS)
		rc = stream_check(stream);
	return rc == CUDA_SUCCESS ? CUDA_ERROR_NOT_SUPPORTED : rc;
}

CUresult CUDAAPI cuMemPrefetchBatchAsync(CUdeviceptr *dptrs, size_t *sizes, size_t count,
					 CUmemLocation *prefetchLocs, size_t *prefetchLocIdxs,
					 size_t numPrefetchLocs, unsigned long long flags,
					 CUstream hStream)
{
	return refuse_batch(hStream);
}

CUresult CUDAAPI cuMemDiscardBatchAsync(CUdeviceptr *dptrs, size_t *sizes, size_t count,
					unsigned long long flags, CUstream hStream)
{
	return refuse_batch(hStream);
}

CUresult CUDAAPI cuMemDiscardAndPrefetchBatchAsync(CUdeviceptr *dptrs, size_t *sizes, size_t count,
						   CUmemLocation *prefetchLocs,
						   size_t *prefetchLocIdxs, size_t numPrefetchLocs,
						   unsigned long long flags, CUstream hStream)
{
	return refuse_batch(hStream);
}

/* What is attached is visible to everybody all the same. */
CUresult CUDAAPI cuStreamAttachMemAsync(CUstream hStream, CUdeviceptr dptr, size_t length,
					unsigned int flags)
{
	struct range range;
	CUresult rc = context_check();

	if (rc == CUDA_SUCCESS)
		rc = stream_check(hStream);
	if (rc != CUDA_SUCCESS)
		return rc;
	if (flags != CU_MEM_ATTACH_GLOBAL && flags != CU_MEM_ATTACH_HOST &&
	    flags != CU_MEM_ATTACH_SINGLE)
		return CUDA_ERROR_INVALID_VALUE;
	if (!ranges_find(dptr, &range) || !range_is_managed(&range) ||
	    (length && (range.start != dptr || range.bytes != length)))
		return CUDA_ERROR_INVALID_VALUE;
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuMemRangeGetAttribute(void *data, size_t dataSize,
					CUmem_range_attribute attribute, CUdeviceptr devPtr,
					size_t count)
{
	CUresult rc = context_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	return is_managed(devPtr, count) ? advice_attribute(data, dataSize, attribute, devPtr, count) :
					   CUDA_ERROR_INVALID_VALUE;
}

CUresult CUDAAPI cuMemRangeGetAttributes(void **data, size_t *dataSizes,
					 CUmem_range_attribute *attributes, size_t numAttributes,
					 CUdeviceptr devPtr, size_t count)
{
	CUresult rc = context_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!data || !dataSizes || !attributes || !numAttributes || !is_managed(devPtr, count))
		return CUDA_ERROR_INVALID_VALUE;
	for (size_t i = 0; rc == CUDA_SUCCESS && i < numAttributes; i++)
		rc = advice_attribute(data[i], dataSizes[i], attributes[i], devPtr, count);
	return rc;
}

CUresult CUDAAPI cuMemGetAddressRange_v2(CUdeviceptr *pbase, size_t *psize, CUdeviceptr dptr)
{
	struct range range;
	CUresult rc = context_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	/* To the host it is whole pages. */
	if (!ranges_find(dptr, &range) || range.kind != RANGE_MANAGED)
		return send_cuMemGetAddressRange_v2(pbase, psize, dptr);
	if (pbase)
		*pbase = range.start;
	if (psize)
		*psize = range.bytes;
	return CUDA_SUCCESS;
}
