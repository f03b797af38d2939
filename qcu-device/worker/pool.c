/* SPDX-License-Identifier: MIT */
/*
 * pool.c - memory pools whose structures hold pointers, or whose sizes vary
 *
 * Faces qcu-library/cuda/pool.c.
 */
#include "qcu-device/worker/body.h"

CUresult host_pool_create(struct dispatch *dispatch, CUmemoryPool *pool, CUdevice device,
			  uint64_t max_size, uint32_t handle_types, uint32_t usage)
{
	const CUmemPoolProps props = {
		.allocType = CU_MEM_ALLOCATION_TYPE_PINNED,
		.handleTypes = handle_types,
		.location = { CU_MEM_LOCATION_TYPE_DEVICE, device },
		.maxSize = max_size,
		.usage = usage,
	};

	if (!driver.cuMemPoolCreate)
		return CUDA_ERROR_NOT_SUPPORTED;
	return driver.cuMemPoolCreate(pool, &props);
}

CUresult host_pool_get_attribute(struct dispatch *dispatch, uint64_t *value, CUmemoryPool pool,
				 CUmemPool_attribute attribute)
{
	if (!driver.cuMemPoolGetAttribute)
		return CUDA_ERROR_NOT_SUPPORTED;
	/* An int fills the lower half: the wire is little endian. */
	return driver.cuMemPoolGetAttribute(pool, attribute, value);
}

CUresult host_pool_set_attribute(struct dispatch *dispatch, CUmemoryPool pool,
				 CUmemPool_attribute attribute, uint64_t value)
{
	if (!driver.cuMemPoolSetAttribute)
		return CUDA_ERROR_NOT_SUPPORTED;
	return driver.cuMemPoolSetAttribute(pool, attribute, &value);
}

CUresult host_pool_get_access(struct dispatch *dispatch, CUmemAccess_flags *flags,
			      CUmemoryPool pool, CUdevice device)
{
	CUmemLocation location = { CU_MEM_LOCATION_TYPE_DEVICE, device };

	if (!driver.cuMemPoolGetAccess)
		return CUDA_ERROR_NOT_SUPPORTED;
	return driver.cuMemPoolGetAccess(flags, pool, &location);
}

CUresult host_pool_set_access(struct dispatch *dispatch, CUmemoryPool pool, CUdevice device,
			      CUmemAccess_flags flags)
{
	const CUmemAccessDesc access = { { CU_MEM_LOCATION_TYPE_DEVICE, device }, flags };

	if (!driver.cuMemPoolSetAccess)
		return CUDA_ERROR_NOT_SUPPORTED;
	return driver.cuMemPoolSetAccess(pool, &access, 1);
}

CUresult host_pool_free(struct dispatch *dispatch, CUdeviceptr address, CUstream stream)
{
	return driver.cuMemFreeAsync ? driver.cuMemFreeAsync(address, stream) :
				       CUDA_ERROR_NOT_SUPPORTED;
}
