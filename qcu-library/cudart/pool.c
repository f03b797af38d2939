/* SPDX-License-Identifier: MIT */
/*
 * Stream-ordered allocation and its pools; advice, prefetching and discarding of
 * managed memory; batches of copies.  Structs and words are the driver's.
 */
#include "cudart.h"

static_assert(sizeof(struct cudaMemLocation) == sizeof(CUmemLocation) &&
	      sizeof(struct cudaMemAccessDesc) == sizeof(CUmemAccessDesc) &&
	      sizeof(struct cudaMemPoolProps) == sizeof(CUmemPoolProps) &&
	      offsetof(struct cudaMemPoolProps, maxSize) == offsetof(CUmemPoolProps, maxSize) &&
	      sizeof(struct cudaMemPoolPtrExportData) == sizeof(CUmemPoolPtrExportData),
	      "structs of pools are the driver's");
static_assert((int)cudaMemPoolAttrUsedMemHigh == CU_MEMPOOL_ATTR_USED_MEM_HIGH &&
	      (int)cudaMemHandleTypePosixFileDescriptor ==
		      CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR &&
	      (int)cudaMemAdviseUnsetAccessedBy == CU_MEM_ADVISE_UNSET_ACCESSED_BY &&
	      (int)cudaMemRangeAttributeLastPrefetchLocation ==
		      CU_MEM_RANGE_ATTRIBUTE_LAST_PREFETCH_LOCATION,
	      "words of pools and advice are the driver's");

FORWARD(cudaMallocAsync, (void **devPtr, size_t size, cudaStream_t stream),
	cuMemAllocAsync((CUdeviceptr *)devPtr, size, stream))
FORWARD(cudaFreeAsync, (void *devPtr, cudaStream_t stream),
	cuMemFreeAsync(device_ptr(devPtr), stream))
FORWARD(cudaMallocFromPoolAsync,
	(void **ptr, size_t size, cudaMemPool_t memPool, cudaStream_t stream),
	cuMemAllocFromPoolAsync((CUdeviceptr *)ptr, size, memPool, stream))

FORWARD_BARE(cudaDeviceGetDefaultMemPool, (cudaMemPool_t *memPool, int device),
	     cuDeviceGetDefaultMemPool(memPool, device))

/* Of a device that is not there NVIDIA's runtime says cudaErrorInvalidValue, here alone. */
cudaError_t cudaDeviceGetMemPool(cudaMemPool_t *memPool, int device)
{
	cudaError_t error = driver_enter();

	if (!error)
		error = error_from(driver.cuDeviceGetMemPool(memPool, device));
	return error_set(error == cudaErrorInvalidDevice ? cudaErrorInvalidValue : error);
}

FORWARD_BARE(cudaDeviceSetMemPool, (int device, cudaMemPool_t memPool),
	     cuDeviceSetMemPool(device, memPool))
FORWARD_BARE(cudaMemPoolCreate, (cudaMemPool_t *memPool, const struct cudaMemPoolProps *poolProps),
	     cuMemPoolCreate(memPool, (const CUmemPoolProps *)poolProps))
FORWARD_BARE(cudaMemPoolDestroy, (cudaMemPool_t memPool), cuMemPoolDestroy(memPool))
FORWARD_BARE(cudaMemPoolTrimTo, (cudaMemPool_t memPool, size_t minBytesToKeep),
	     cuMemPoolTrimTo(memPool, minBytesToKeep))
FORWARD_BARE(cudaMemPoolSetAttribute,
	     (cudaMemPool_t memPool, enum cudaMemPoolAttr attr, void *value),
	     cuMemPoolSetAttribute(memPool, (CUmemPool_attribute)attr, value))
FORWARD_BARE(cudaMemPoolGetAttribute,
	     (cudaMemPool_t memPool, enum cudaMemPoolAttr attr, void *value),
	     cuMemPoolGetAttribute(memPool, (CUmemPool_attribute)attr, value))
FORWARD_BARE(cudaMemPoolSetAccess,
	     (cudaMemPool_t memPool, const struct cudaMemAccessDesc *descList, size_t count),
	     cuMemPoolSetAccess(memPool, (const CUmemAccessDesc *)descList, count))
FORWARD_BARE(cudaMemPoolGetAccess,
	     (enum cudaMemAccessFlags *flags, cudaMemPool_t memPool,
	      struct cudaMemLocation *location),
	     cuMemPoolGetAccess((CUmemAccess_flags *)flags, memPool, (CUmemLocation *)location))
FORWARD_BARE(cudaMemPoolExportToShareableHandle,
	     (void *shareableHandle, cudaMemPool_t memPool,
	      enum cudaMemAllocationHandleType handleType, unsigned int flags),
	     cuMemPoolExportToShareableHandle(shareableHandle, memPool,
					      (CUmemAllocationHandleType)handleType, flags))
FORWARD_BARE(cudaMemPoolImportFromShareableHandle,
	     (cudaMemPool_t *memPool, void *shareableHandle,
	      enum cudaMemAllocationHandleType handleType, unsigned int flags),
	     cuMemPoolImportFromShareableHandle(memPool, shareableHandle,
						(CUmemAllocationHandleType)handleType, flags))
FORWARD_BARE(cudaMemPoolExportPointer, (struct cudaMemPoolPtrExportData *exportData, void *ptr),
	     cuMemPoolExportPointer((CUmemPoolPtrExportData *)exportData, device_ptr(ptr)))
FORWARD_BARE(cudaMemPoolImportPointer,
	     (void **ptr, cudaMemPool_t memPool, struct cudaMemPoolPtrExportData *exportData),
	     cuMemPoolImportPointer((CUdeviceptr *)ptr, memPool,
				    (CUmemPoolPtrExportData *)exportData))

FORWARD(cudaMemRangeGetAttribute,
	(void *data, size_t dataSize, enum cudaMemRangeAttribute attribute, const void *devPtr,
	 size_t count),
	cuMemRangeGetAttribute(data, dataSize, (CUmem_range_attribute)attribute,
			       device_ptr(devPtr), count))
FORWARD(cudaMemRangeGetAttributes,
	(void **data, size_t *dataSizes, enum cudaMemRangeAttribute *attributes,
	 size_t numAttributes, const void *devPtr, size_t count),
	cuMemRangeGetAttributes(data, dataSizes, (CUmem_range_attribute *)attributes,
				numAttributes, device_ptr(devPtr), count))

static CUmemLocation place(struct cudaMemLocation location)
{
	return (CUmemLocation){ .type = (CUmemLocationType)location.type, .id = location.id };
}

FORWARD(cudaMemPrefetchAsync,
	(const void *devPtr, size_t count, struct cudaMemLocation location, unsigned int flags,
	 cudaStream_t stream),
	cuMemPrefetchAsync_v2(device_ptr(devPtr), count, place(location), flags, stream))
FORWARD(cudaMemAdvise,
	(const void *devPtr, size_t count, enum cudaMemoryAdvise advice,
	 struct cudaMemLocation location),
	cuMemAdvise_v2(device_ptr(devPtr), count, (CUmem_advise)advice, place(location)))

#if CUDART_VERSION >= 13000

FORWARD(cudaMemPrefetchBatchAsync,
	(void **dptrs, size_t *sizes, size_t count, struct cudaMemLocation *locations,
	 size_t *indices, size_t numLocations, unsigned long long flags, cudaStream_t stream),
	cuMemPrefetchBatchAsync((CUdeviceptr *)dptrs, sizes, count, (CUmemLocation *)locations,
				indices, numLocations, flags, stream))
FORWARD(cudaMemDiscardBatchAsync,
	(void **dptrs, size_t *sizes, size_t count, unsigned long long flags, cudaStream_t stream),
	cuMemDiscardBatchAsync((CUdeviceptr *)dptrs, sizes, count, flags, stream))
FORWARD(cudaMemDiscardAndPrefetchBatchAsync,
	(void **dptrs, size_t *sizes, size_t count, struct cudaMemLocation *locations,
	 size_t *indices, size_t numLocations, unsigned long long flags, cudaStream_t stream),
	cuMemDiscardAndPrefetchBatchAsync((CUdeviceptr *)dptrs, sizes, count,
					  (CUmemLocation *)locations, indices, numLocations,
					  flags, stream))

FORWARD_BARE(cudaMemGetDefaultMemPool,
	     (cudaMemPool_t *memPool, struct cudaMemLocation *location,
	      enum cudaMemAllocationType type),
	     cuMemGetDefaultMemPool(memPool, (CUmemLocation *)location, (CUmemAllocationType)type))
FORWARD_BARE(cudaMemGetMemPool,
	     (cudaMemPool_t *memPool, struct cudaMemLocation *location,
	      enum cudaMemAllocationType type),
	     cuMemGetMemPool(memPool, (CUmemLocation *)location, (CUmemAllocationType)type))
FORWARD_BARE(cudaMemSetMemPool,
	     (struct cudaMemLocation *location, enum cudaMemAllocationType type,
	      cudaMemPool_t memPool),
	     cuMemSetMemPool((CUmemLocation *)location, (CUmemAllocationType)type, memPool))

static_assert(sizeof(struct cudaMemcpyAttributes) == sizeof(CUmemcpyAttributes) &&
	      sizeof(struct cudaMemcpy3DBatchOp) == sizeof(CUDA_MEMCPY3D_BATCH_OP) &&
	      offsetof(struct cudaMemcpy3DBatchOp, srcAccessOrder) ==
		      offsetof(CUDA_MEMCPY3D_BATCH_OP, srcAccessOrder),
	      "structs of batches are the driver's");

FORWARD(cudaMemcpyBatchAsync,
	(void *const *dsts, const void *const *srcs, const size_t *sizes, size_t count,
	 struct cudaMemcpyAttributes *attrs, size_t *attrsIdxs, size_t numAttrs,
	 cudaStream_t stream),
	cuMemcpyBatchAsync((CUdeviceptr *)dsts, (CUdeviceptr *)srcs, (size_t *)sizes, count,
			   (CUmemcpyAttributes *)attrs, attrsIdxs, numAttrs, stream))
FORWARD(cudaMemcpy3DBatchAsync,
	(size_t numOps, struct cudaMemcpy3DBatchOp *opList, unsigned long long flags,
	 cudaStream_t stream),
	cuMemcpy3DBatchAsync(numOps, (CUDA_MEMCPY3D_BATCH_OP *)opList, flags, stream))

#endif
