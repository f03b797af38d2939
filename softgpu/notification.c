/* SPDX-License-Identifier: MIT */
/* notification.c - cuDevice*AsyncNotification: nothing ever happens here that they tell of */
#include <pthread.h>
#include <stdlib.h>

#include "softgpu/device.h"
#include "softgpu/driver.h"

/* struct entry - what a CUasyncCallbackHandle points to */
struct entry {
	struct entry *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry *entries;	/* under the lock */

static CUresult enter(CUdevice device)
{
	CUresult result = driver_enter();

	if (result)
		return result;
	return device_get(device) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE;
}

CUresult cuDeviceRegisterAsyncNotification(CUdevice device, CUasyncCallback callbackFunc,
					   void *userData, CUasyncCallbackHandle *callback)
{
	CUresult result = enter(device);
	struct entry *entry;

	if (result)
		return result;
	if (!callbackFunc || !callback)
		return CUDA_ERROR_INVALID_VALUE;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return CUDA_ERROR_OUT_OF_MEMORY;
	pthread_mutex_lock(&lock);
	entry->next = entries;
	entries = entry;
	pthread_mutex_unlock(&lock);
	*callback = (CUasyncCallbackHandle)entry;
	return CUDA_SUCCESS;
}

CUresult cuDeviceUnregisterAsyncNotification(CUdevice device, CUasyncCallbackHandle callback)
{
	struct entry **at, *entry;
	CUresult result = callback ? enter(device) : CUDA_ERROR_INVALID_VALUE;

	if (result)
		return result;
	pthread_mutex_lock(&lock);
	for (at = &entries; *at && (CUasyncCallbackHandle)*at != callback; at = &(*at)->next)
		;
	entry = *at;
	if (entry)
		*at = entry->next;
	pthread_mutex_unlock(&lock);
	free(entry);
	return entry ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
