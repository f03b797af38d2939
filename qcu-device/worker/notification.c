/* SPDX-License-Identifier: MIT */
/*
 * notification.c - cuDeviceRegisterAsyncNotification: the driver tells the guest program something
 *
 * Faces qcu-library/cuda/notification.c.  It goes the way of host functions (callback.c).
 */
#include <pthread.h>
#include <stdlib.h>

#include "qcu-device/worker/callback.h"

/* struct entry - a registration; the driver has its address and may use it until it is ended */
struct entry {
	struct entry *next;
	uint64_t number;	/* the guest's */
	CUdevice device;
	CUasyncCallbackHandle handle;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry *entries;	/* under the lock */

static void notify(CUasyncNotificationInfo *info, void *data, CUasyncCallbackHandle handle)
{
	const struct entry *entry = data;
	struct wire_callback wire = {
		.function = entry->number,
		.kind = WIRE_CALLBACK_ASYNC,
		.status = info->type,
	};

	if (info->type == CU_ASYNC_NOTIFICATION_TYPE_OVER_BUDGET)
		wire.data = info->info.overBudget.bytesOverBudget;
	callback_in_guest(&wire);
}

CUresult host_async_register(struct dispatch *dispatch, CUdevice device, uint64_t number)
{
	struct entry *entry;
	CUresult rc;

	if (!driver.cuDeviceRegisterAsyncNotification ||
	    !driver.cuDeviceUnregisterAsyncNotification)
		return CUDA_ERROR_NOT_SUPPORTED;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return CUDA_ERROR_OUT_OF_MEMORY;
	entry->number = number;
	entry->device = device;
	rc = driver.cuDeviceRegisterAsyncNotification(device, notify, entry, &entry->handle);
	if (rc != CUDA_SUCCESS) {
		free(entry);
		return rc;
	}
	pthread_mutex_lock(&lock);
	entry->next = entries;
	entries = entry;
	pthread_mutex_unlock(&lock);
	return CUDA_SUCCESS;
}

CUresult host_async_unregister(struct dispatch *dispatch, uint64_t number)
{
	struct entry **at, *entry;
	CUresult rc;

	pthread_mutex_lock(&lock);
	for (at = &entries; *at && (*at)->number != number; at = &(*at)->next)
		;
	entry = *at;
	if (entry)
		*at = entry->next;
	pthread_mutex_unlock(&lock);
	if (!entry)
		return CUDA_ERROR_INVALID_VALUE;
	rc = driver.cuDeviceUnregisterAsyncNotification(entry->device, entry->handle);
	/* Its few bytes stay: a notification may be under way. */
	return rc;
}
