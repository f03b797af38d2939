/* SPDX-License-Identifier: MIT */
/*
 * notification.c - cuDeviceRegisterAsyncNotification
 *
 * Faces qcu-device/worker/notification.c.  The program's function is called by the thread of
 * host functions (callback.c), where it may not register or unregister: it may make no call at all.
 */
#include <pthread.h>
#include <stdlib.h>

#include "qcu-library/cuda/callback.h"
#include "qcu-library/cuda/device.h"
#include "qcu-library/cuda/notification.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"

/* struct entry - what a CUasyncCallbackHandle points to */
struct entry {
	struct entry *next;
	CUasyncCallback function;
	void *data;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry *entries;	/* under the lock */

/* The link that points to it, or to the end; under the lock */
static struct entry **find(uint64_t number)
{
	struct entry **at = &entries;

	while (*at && ADDRESS(*at) != number)
		at = &(*at)->next;
	return at;
}

void notification_run(const struct wire_callback *callback)
{
	CUasyncNotificationInfo info = { .type = callback->status };
	struct entry entry = { .function = NULL };

	info.info.overBudget.bytesOverBudget = callback->data;
	pthread_mutex_lock(&lock);
	if (*find(callback->function))
		entry = **find(callback->function);
	pthread_mutex_unlock(&lock);
	if (entry.function)
		entry.function(&info, entry.data,
			       (CUasyncCallbackHandle)POINTER(callback->function));
}

CUresult CUDAAPI cuDeviceRegisterAsyncNotification(CUdevice device, CUasyncCallback callbackFunc,
						   void *userData, CUasyncCallbackHandle *callback)
{
	struct entry *entry;
	CUresult rc = device_check(device);

	if (rc == CUDA_SUCCESS && (!callbackFunc || !callback))
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = callback_ready();
	if (rc != CUDA_SUCCESS)
		return rc;
	entry = malloc(sizeof(*entry));
	if (!entry)
		return CUDA_ERROR_OUT_OF_MEMORY;
	pthread_mutex_lock(&lock);
	*entry = (struct entry){ entries, callbackFunc, userData };
	entries = entry;
	pthread_mutex_unlock(&lock);
	rc = send_async_register(device, ADDRESS(entry));
	if (rc == CUDA_SUCCESS) {
		*callback = (CUasyncCallbackHandle)entry;
		return CUDA_SUCCESS;
	}
	pthread_mutex_lock(&lock);
	*find(ADDRESS(entry)) = entry->next;
	pthread_mutex_unlock(&lock);
	free(entry);
	return rc;
}

CUresult CUDAAPI cuDeviceUnregisterAsyncNotification(CUdevice device,
						     CUasyncCallbackHandle callback)
{
	struct entry **at, *entry;
	CUresult rc = callback ? device_check(device) : CUDA_ERROR_INVALID_VALUE;

	if (rc != CUDA_SUCCESS)
		return rc;
	pthread_mutex_lock(&lock);
	at = find(ADDRESS(callback));
	entry = *at;
	if (entry)
		*at = entry->next;
	pthread_mutex_unlock(&lock);
	if (!entry)
		return CUDA_ERROR_INVALID_VALUE;
	rc = send_async_unregister(ADDRESS(entry));
	free(entry);
	return rc;
}
