/* SPDX-License-Identifier: MIT */
/*
 * context.c - contexts: made and destroyed here, stacked in the guest
 *
 * Faces qcu-library/cuda/context.c.  A device's primary context has one handle
 * for the life of the guest process, whatever object stands behind it, as in
 * CUDA a primary context keeps its CUcontext over a reset.
 *
 * Making a context takes a driver a tenth of a second and more, most of what a program
 * takes to start.  A spare worker has one ready, retained for nobody: the first retain
 * of a guest is that one.
 */
#include <pthread.h>

#include "qcu-device/worker/body.h"
#include "qcu-device/worker/context.h"
#include "qcu-device/worker/handle.h"

#define WARM_DEVICE 0

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static CUcontext warm;	/* retained for nobody, or NULL; under lock */

void context_warm(void)
{
	CUdevice device;
	int mode;

	/* In an exclusive mode it would keep everybody else out. */
	if (driver.cuDeviceGet(&device, WARM_DEVICE) != CUDA_SUCCESS ||
	    driver.cuDeviceGetAttribute(&mode, CU_DEVICE_ATTRIBUTE_COMPUTE_MODE, device) !=
		    CUDA_SUCCESS || mode != CU_COMPUTEMODE_DEFAULT ||
	    driver.cuDevicePrimaryCtxRetain(&warm, device) != CUDA_SUCCESS)
		warm = NULL;
}

/* Retain a device's context; the warm one is that, or is no longer wanted. */
static CUresult retain(CUcontext *context, CUdevice device)
{
	CUresult rc = CUDA_SUCCESS;
	CUcontext ready;

	pthread_mutex_lock(&lock);
	ready = warm;
	warm = NULL;
	pthread_mutex_unlock(&lock);
	if (ready && device == WARM_DEVICE) {
		*context = ready;
		return CUDA_SUCCESS;
	}
	rc = driver.cuDevicePrimaryCtxRetain(context, device);
	if (ready)
		driver.cuDevicePrimaryCtxRelease_v2(WARM_DEVICE);
	return rc;
}

CUresult host_primary_retain(struct dispatch *dispatch, uint64_t handle, CUdevice device)
{
	CUcontext context;
	CUresult rc;

	if (handle_kind(handle) != KIND_CUcontext)
		return dispatch_refuse(dispatch);
	rc = retain(&context, device);
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
