/* SPDX-License-Identifier: MIT */
/*
 * context.c - contexts: made and destroyed here, stacked in the guest
 *
 * Faces qcu-library/cuda/context.c.  A device's primary context has one handle
 * for the life of the guest process, whatever object stands behind it, as in
 * CUDA a primary context keeps its CUcontext over a reset.
 */
#include "qcu-device/worker/body.h"
#include "qcu-device/worker/handle.h"

CUresult host_primary_retain(struct dispatch *dispatch, uint64_t handle, CUdevice device)
{
	CUcontext context;
	CUresult rc;

	if (handle_kind(handle) != KIND_CUcontext)
		return dispatch_refuse(dispatch);
	rc = driver.cuDevicePrimaryCtxRetain(&context, device);
	if (rc != CUDA_SUCCESS)
		return rc;
	if (!handle_put(handle, context, 0)) {
		driver.cuDevicePrimaryCtxRelease_v2(device);
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	return CUDA_SUCCESS;
}

CUresult host_primary_release(struct dispatch *dispatch, uint64_t handle, CUdevice device)
{
	CUresult rc;

	if (handle_kind(handle) != KIND_CUcontext)
		return dispatch_refuse(dispatch);
	rc = driver.cuDevicePrimaryCtxRelease_v2(device);
	if (rc == CUDA_SUCCESS)
		handle_drop(handle);
	dispatch_context_changed(dispatch);
	return rc;
}

CUresult host_primary_reset(struct dispatch *dispatch, uint64_t handle, CUdevice device)
{
	CUresult rc;

	if (handle_kind(handle) != KIND_CUcontext)
		return dispatch_refuse(dispatch);
	rc = driver.cuDevicePrimaryCtxReset_v2(device);
	if (rc == CUDA_SUCCESS)
		handle_drop_owned(handle);
	dispatch_context_changed(dispatch);
	return rc;
}

CUresult host_context_create(struct dispatch *dispatch, CUcontext *context, unsigned int flags,
			     CUdevice device)
{
	CUcontext popped;
	CUresult rc = driver.cuCtxCreate_v2(context, flags, device);

	/* It was pushed on this thread's stack; the guest keeps the stack. */
	if (rc == CUDA_SUCCESS)
		driver.cuCtxPopCurrent_v2(&popped);
	dispatch_context_changed(dispatch);
	return rc;
}
