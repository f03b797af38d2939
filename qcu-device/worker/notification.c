/* SPDX-License-Identifier: MIT */
/*
 * notification.c - cuDeviceRegisterAsyncNotification: the driver tells the guest program something
 *
 * Faces qcu-library/cuda/notification.c.  It goes the way of host functions (callback.c).
 */
#include <pthread.h>
#include <stdlib.h>

#include "qcu-device/worker/callback.h"

/* struct entry - a registration; @data: the driver has it, and may use it until it is ended */
struct entry {
	struct entry *next;
	uint64_t number;	/* the guest's */
	CUdevice device;
	CUasyncCallbackHandle handle;
	void *data;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry *entries;	/* under the lock */

static void notify(CUasyncNotificationInfo *info, void *data, CUasyncCallbackHandle handle)
{
	struct wire_callback wire;

	if (!callback_get(data, &wire))
		return;
	wire.status = info->type;
	if (info->type == CU_ASYNC_NOTIFICATION_TYPE_OVER_BUDGET)
		wire.data = info->info.overBudget.bytesOverBudget;
	callback_in_guest(&wire);
}

static void destroy(struct entry *entry)
{
	callback_destroy(entry->data);
	free(entry);
}

static struct entry *create(CUdevice device, uint64_t number)
{
	const struct wire_callback wire = { .function = number, .kind = WIRE_CALLBACK_ASYNC };
	struct entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return NULL;
	entry->number = number;
	entry->device = device;
	entry->data = callback_create(&wire, false);
	if (entry->data)
		return entry;
	free(entry);
	return NULL;
}

CUresult host_async_register(struct dispatch *dispatch, CUdevice device, uint64_t number)
{
	struct entry *entry;
	CUresult rc;

	if (!driver.cuDeviceRegisterAsyncNotification ||
	    !driver.cuDeviceUnregisterAsyncNotification)
		return CUDA_ERROR_NOT_SUPPORTED;
	entry = create(device, number);
	if (!entry)
		return CUDA_ERROR_OUT_OF_MEMORY;
	rc = driver.cuDeviceRegisterAsyncNotification(device, notify, entry->data,
						      &entry->handle);
	if (rc != CUDA_SUCCESS) {
		destroy(entry);
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
	/* One that is under way has its number only. */
	destroy(entry);
	return rc;
}
