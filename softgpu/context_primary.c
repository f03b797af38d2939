/* SPDX-License-Identifier: MIT */
/*
 * context_primary.c - cuDevicePrimaryCtx*
 *
 * device->lock is held while the context is activated or deactivated, so nobody gets one that
 * is half made.
 */
#include "softgpu/context.h"
#include "softgpu/driver.h"

static CUresult enter(CUdevice dev, struct device **device)
{
	CUresult result = driver_enter();

	if (result)
		return result;
	*device = device_get(dev);
	return *device ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE;
}

static bool is_active(const struct device *device)
{
	return device->primary && __atomic_load_n(&device->primary->alive, __ATOMIC_ACQUIRE);
}

/* prepare() - the context object; under the lock */
static CUresult prepare(struct device *device)
{
	if (!device->primary)
		device->primary = context_new(device, 0, true);
	return device->primary ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

CUresult cuDevicePrimaryCtxRetain(CUcontext *pctx, CUdevice dev)
{
	struct device *device;
	CUresult result = enter(dev, &device);

	if (result)
		return result;
	if (!pctx)
		return CUDA_ERROR_INVALID_VALUE;
	pthread_mutex_lock(&device->lock);
	result = prepare(device);
	if (!result && !is_active(device))
		result = context_activate(device->primary);
	if (!result) {
		device->retained++;
		*pctx = context_value(device->primary);
	}
	pthread_mutex_unlock(&device->lock);
	return result;
}

CUresult cuDevicePrimaryCtxRelease_v2(CUdevice dev)
{
	struct device *device;
	CUresult result = enter(dev, &device);

	if (result)
		return result;
	pthread_mutex_lock(&device->lock);
	if (!device->retained)
		result = CUDA_ERROR_INVALID_CONTEXT;
	else if (!--device->retained && is_active(device))
		context_deactivate(device->primary);
	pthread_mutex_unlock(&device->lock);
	return result;
}

CUresult cuDevicePrimaryCtxRelease(CUdevice dev)
{
	return cuDevicePrimaryCtxRelease_v2(dev);
}

/* CUDA Driver API: who has retained it is to release it all the same */
CUresult cuDevicePrimaryCtxReset_v2(CUdevice dev)
{
	struct device *device;
	CUresult result = enter(dev, &device);

	if (result)
		return result;
	pthread_mutex_lock(&device->lock);
	if (is_active(device))
		context_deactivate(device->primary);
	pthread_mutex_unlock(&device->lock);
	return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxReset(CUdevice dev)
{
	return cuDevicePrimaryCtxReset_v2(dev);
}

CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice dev, unsigned int flags)
{
	struct device *device;
	CUresult result = enter(dev, &device);

	if (result)
		return result;
	if (!context_flags_valid(flags))
		return CUDA_ERROR_INVALID_VALUE;
	pthread_mutex_lock(&device->lock);
	result = prepare(device);
	if (!result)
		device->primary->flags = flags;
	pthread_mutex_unlock(&device->lock);
	return result;
}

CUresult cuDevicePrimaryCtxSetFlags(CUdevice dev, unsigned int flags)
{
	return cuDevicePrimaryCtxSetFlags_v2(dev, flags);
}

CUresult cuDevicePrimaryCtxGetState(CUdevice dev, unsigned int *flags, int *active)
{
	struct device *device;
	CUresult result = enter(dev, &device);

	if (result)
		return result;
	pthread_mutex_lock(&device->lock);
	if (flags)
		*flags = device->primary ? device->primary->flags : 0;
	if (active)
		*active = is_active(device);
	pthread_mutex_unlock(&device->lock);
	return CUDA_SUCCESS;
}
