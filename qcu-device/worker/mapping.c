/* SPDX-License-Identifier: MIT */
/*
 * mapping.c - virtual memory management: allocations and who may use them
 *
 * Faces qcu-library/cuda/mapping.c.  Addresses are checked by the driver, which
 * maps only into what it has reserved in this process.
 */
#include "qcu-device/worker/body.h"

static CUmemAllocationProp properties_of(CUdevice device, const struct wire_allocation *wire)
{
	return (CUmemAllocationProp){
		.type = CU_MEM_ALLOCATION_TYPE_PINNED,
		.requestedHandleTypes = wire->handle_types,
		.location = { CU_MEM_LOCATION_TYPE_DEVICE, device },
		.allocFlags = { .compressionType = wire->compression,
				.gpuDirectRDMACapable = wire->rdma,
				.usage = wire->usage },
	};
}

CUresult host_allocation_create(struct dispatch *dispatch, CUmemGenericAllocationHandle *handle,
				size_t size, CUdevice device, struct wire_allocation wire)
{
	const CUmemAllocationProp properties = properties_of(device, &wire);

	if (!driver.cuMemCreate)
		return CUDA_ERROR_NOT_SUPPORTED;
	return driver.cuMemCreate(handle, size, &properties, 0);
}

CUresult host_allocation_granularity(struct dispatch *dispatch, size_t *granularity,
				     CUdevice device, struct wire_allocation wire,
				     CUmemAllocationGranularity_flags option)
{
	const CUmemAllocationProp properties = properties_of(device, &wire);

	if (!driver.cuMemGetAllocationGranularity)
		return CUDA_ERROR_NOT_SUPPORTED;
	return driver.cuMemGetAllocationGranularity(granularity, &properties, option);
}

CUresult host_mapping_set_access(struct dispatch *dispatch, CUdeviceptr ptr, size_t size,
				 CUdevice device, CUmemAccess_flags flags)
{
	const CUmemAccessDesc access = { { CU_MEM_LOCATION_TYPE_DEVICE, device }, flags };

	if (!driver.cuMemSetAccess)
		return CUDA_ERROR_NOT_SUPPORTED;
	return driver.cuMemSetAccess(ptr, size, &access, 1);
}

CUresult host_mapping_get_access(struct dispatch *dispatch, unsigned long long *flags,
				 CUdeviceptr ptr, CUdevice device)
{
	const CUmemLocation location = { CU_MEM_LOCATION_TYPE_DEVICE, device };

	if (!driver.cuMemGetAccess)
		return CUDA_ERROR_NOT_SUPPORTED;
	return driver.cuMemGetAccess(flags, &location, ptr);
}
