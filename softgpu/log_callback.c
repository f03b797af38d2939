/* SPDX-License-Identifier: MIT */
/* log_callback.c - cuLogsRegisterCallback: functions that are told each line of the log */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "softgpu/driver.h"
#include "softgpu/log.h"

enum { MOST_CALLBACKS = 64 };

/* struct entry - what a CUlogsCallbackHandle points to; @function is NULL if it is free */
struct entry {
	CUlogsCallback function;
	void *data;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry entries[MOST_CALLBACKS];	/* under the lock */

void log_tell(const char *line)
{
	struct entry all[MOST_CALLBACKS];
	char copy[1024];

	snprintf(copy, sizeof(copy), "%s", line);
	pthread_mutex_lock(&lock);
	memcpy(all, entries, sizeof(all));
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < MOST_CALLBACKS; i++)
		if (all[i].function)
			all[i].function(all[i].data, CU_LOG_LEVEL_ERROR, copy, strlen(copy));
}

CUresult cuLogsRegisterCallback(CUlogsCallback callbackFunc, void *userData,
				CUlogsCallbackHandle *callback_out)
{
	struct entry *entry = NULL;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!callbackFunc)
		return CUDA_ERROR_INVALID_VALUE;
	pthread_mutex_lock(&lock);
	for (int i = 0; i < MOST_CALLBACKS && !entry; i++)
		if (!entries[i].function)
			entry = &entries[i];
	if (entry)
		*entry = (struct entry){ callbackFunc, userData };
	pthread_mutex_unlock(&lock);
	if (!entry)
		return CUDA_ERROR_OUT_OF_MEMORY;
	if (callback_out)
		*callback_out = (CUlogsCallbackHandle)entry;
	return CUDA_SUCCESS;
}

CUresult cuLogsUnregisterCallback(CUlogsCallbackHandle callback)
{
	bool found = false;
	CUresult result = driver_enter();

	if (result)
		return result;
	pthread_mutex_lock(&lock);
	for (int i = 0; i < MOST_CALLBACKS; i++) {
		if (callback == (CUlogsCallbackHandle)&entries[i] && entries[i].function) {
			entries[i] = (struct entry){ NULL, NULL };
			found = true;
		}
	}
	pthread_mutex_unlock(&lock);
	return found ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
