/* SPDX-License-Identifier: MIT */
/*
 * context.c - contexts: made and destroyed here, stacked in the guest
 *
 * Faces qcu-library/cuda/context.c.  A device's primary context has one handle
 * for the life of the guest process, whatever object stands behind it, as in
 * CUDA a primary context keeps its CUcontext over a reset.  The guest counts who
 * has retained it: here it is retained once or not at all, so that a context of the
 * driver's is alive as long as it has a name (hostmem.c).
 *
 * Making a context takes a driver a tenth of a second and more, most of what a program
 * takes to start.  A spare worker has one ready, retained for nobody: the first retain
 * of a guest is that one.
 */
#include <pthread.h>

#include "qcu-device/worker/body.h"
#include "qcu-device/worker/context.h"
#include "qcu-device/worker/handle.h"
#include "qcu-device/worker/timeline.h"

#define WARM_DEVICE 0
#define MAX_DEVICES 64

/* Guards both, and is held over what changes them. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static CUcontext warm;			/* retained for nobody, or NULL */
static uint64_t primaries[MAX_DEVICES];	/* handles; 0: the guest has not retained it */

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

/* Retain a device's context; the warm one is that, or is no longer wanted.  Under the lock */
static CUresult retain(CUcontext *context, CUdevice device)
{
	CUcontext ready = warm;
	CUresult rc;

	warm = NULL;
	if (ready && device == WARM_DEVICE) {
		*context = ready;
		return CUDA_SUCCESS;
	}
	rc = driver.cuDevicePrimaryCtxRetain(context, device);
	if (ready)
		driver.cuDevicePrimaryCtxRelease_v2(WARM_DEVICE);
	return rc;
}

/* The same, by a name of which nobody has heard.  Under the lock */
static CUresult retain_as(uint64_t handle, CUdevice device)
{
	CUcontext context;
	CUresult rc = retain(&context, device);

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!handle_put(handle, context, 0)) {
		driver.cuDevicePrimaryCtxRelease_v2(device);
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	primaries[device] = handle;
	return CUDA_SUCCESS;
}

static bool is_device(CUdevice device)
{
	return device >= 0 && device < MAX_DEVICES;
}

CUresult host_primary_retain(struct dispatch *dispatch, uint64_t handle, CUdevice device)
{
	CUresult rc;

	if (!is_device(device))
		return CUDA_ERROR_INVALID_DEVICE;
	pthread_mutex_lock(&lock);
	rc = primaries[device] || !handle_is_free(KIND_CUcontext, handle) ?
		     dispatch_refuse(dispatch) :
		     retain_as(handle, device);
	pthread_mutex_unlock(&lock);
	return rc;
}

/* Is @handle the name of that device's context, and not 0?  Under the lock */
static bool is_primary(uint64_t handle, CUdevice device)
{
	return is_device(device) && handle && primaries[device] == handle;
}

/* Its context is about to be released or reset.  Under the lock */
static void primary_goes(struct dispatch *dispatch, uint64_t handle)
{
	void *context;

	if (handle_get(KIND_CUcontext, handle, &context))
		timeline_gpu_context_goes(dispatch, context);
}

CUresult host_primary_release(struct dispatch *dispatch, uint64_t handle, CUdevice device)
{
	CUresult rc;

	pthread_mutex_lock(&lock);
	primary_goes(dispatch, handle);
	rc = is_primary(handle, device) ? driver.cuDevicePrimaryCtxRelease_v2(device) :
					  dispatch_refuse(dispatch);
	if (rc == CUDA_SUCCESS) {
		handle_drop(handle);
		primaries[device] = 0;
	}
	pthread_mutex_unlock(&lock);
	dispatch_context_changed(dispatch);
	return rc;
}

/* CUDA Driver API: that does not release it.  For the guest it does, and its name is free. */
CUresult host_primary_reset(struct dispatch *dispatch, uint64_t handle, CUdevice device)
{
	CUresult rc;

	pthread_mutex_lock(&lock);
	primary_goes(dispatch, handle);
	rc = is_primary(handle, device) ? driver.cuDevicePrimaryCtxReset_v2(device) :
					  dispatch_refuse(dispatch);
	if (rc == CUDA_SUCCESS) {
		driver.cuDevicePrimaryCtxRelease_v2(device);
		handle_drop(handle);
		primaries[device] = 0;
	}
	pthread_mutex_unlock(&lock);
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
