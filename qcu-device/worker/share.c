/* SPDX-License-Identifier: MIT */
/*
 * share.c - allocations and pools that guest processes hand to each other
 *
 * Faces qcu-library/cuda/share.c.  The driver's descriptor stays on the host; the
 * guest has a token for it (daemon/exchange.h).
 */
#include <stdlib.h>
#include <unistd.h>

#include "qcu-device/worker/body.h"
#include "qcu-device/worker/exchange.h"

#define FD	CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR

CUresult host_allocation_export(struct dispatch *dispatch, struct wire_token *token,
				CUmemGenericAllocationHandle handle)
{
	CUresult rc;
	int fd = -1;

	if (!token)
		return dispatch_refuse(dispatch);
	if (!driver.cuMemExportToShareableHandle)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = driver.cuMemExportToShareableHandle(&fd, handle, FD, 0);
	if (rc != CUDA_SUCCESS)
		return rc;
	if (!exchange_put_fd(EXCHANGE_ALLOCATION, token, fd))
		rc = CUDA_ERROR_OUT_OF_MEMORY;
	close(fd);
	return rc;
}

/* The guest has closed all descriptors that stood for it. */
CUresult host_share_drop(struct dispatch *dispatch, struct wire_token token)
{
	return exchange_drop_fd(&token) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

/* What the guest must know of an allocation that it has not made */
static CUresult describe(CUmemGenericAllocationHandle handle, CUdevice *device,
			 struct wire_allocation *wire)
{
	CUmemAllocationProp properties;
	CUresult rc = driver.cuMemGetAllocationPropertiesFromHandle(&properties, handle);

	if (rc != CUDA_SUCCESS)
		return rc;
	if (properties.location.type != CU_MEM_LOCATION_TYPE_DEVICE)
		return CUDA_ERROR_NOT_SUPPORTED;
	*device = properties.location.id;
	*wire = (struct wire_allocation){
		.handle_types = properties.requestedHandleTypes,
		.compression = properties.allocFlags.compressionType,
		.rdma = properties.allocFlags.gpuDirectRDMACapable,
		.usage = properties.allocFlags.usage,
	};
	return CUDA_SUCCESS;
}

CUresult host_allocation_import(struct dispatch *dispatch, CUmemGenericAllocationHandle *handle,
				struct wire_token token, CUdevice *device,
				struct wire_allocation *properties)
{
	CUresult rc;
	int fd;

	if (!device || !properties)
		return dispatch_refuse(dispatch);
	if (!driver.cuMemImportFromShareableHandle ||
	    !driver.cuMemGetAllocationPropertiesFromHandle)
		return CUDA_ERROR_NOT_SUPPORTED;
	fd = exchange_get_fd(EXCHANGE_ALLOCATION, &token);
	if (fd < 0)
		return CUDA_ERROR_INVALID_VALUE;
	rc = driver.cuMemImportFromShareableHandle(handle, (void *)(intptr_t)fd, FD);
	close(fd);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = describe(*handle, device, properties);
	if (rc != CUDA_SUCCESS)
		driver.cuMemRelease(*handle);
	return rc;
}

CUresult host_pool_export(struct dispatch *dispatch, struct wire_token *token, CUmemoryPool pool)
{
	CUresult rc;
	int fd = -1;

	if (!token)
		return dispatch_refuse(dispatch);
	if (!driver.cuMemPoolExportToShareableHandle)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = driver.cuMemPoolExportToShareableHandle(&fd, pool, FD, 0);
	if (rc != CUDA_SUCCESS)
		return rc;
	if (!exchange_put_fd(EXCHANGE_POOL, token, fd))
		rc = CUDA_ERROR_OUT_OF_MEMORY;
	close(fd);
	return rc;
}

CUresult host_pool_import(struct dispatch *dispatch, CUmemoryPool *pool, struct wire_token token)
{
	CUresult rc;
	int fd;

	if (!driver.cuMemPoolImportFromShareableHandle)
		return CUDA_ERROR_NOT_SUPPORTED;
	fd = exchange_get_fd(EXCHANGE_POOL, &token);
	if (fd < 0)
		return CUDA_ERROR_UNKNOWN;
	rc = driver.cuMemPoolImportFromShareableHandle(pool, (void *)(intptr_t)fd, FD, 0);
	close(fd);
	return rc;
}
