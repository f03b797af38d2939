/* SPDX-License-Identifier: MIT */
/*
 * logs.c - the driver's log of what went wrong
 *
 * Faces qcu-device/worker/logs.c.  The log is the host driver's: it knows more of an
 * error than its code, and has seen the calls of this session only.
 *
 * Functions that the program registers are called in the thread whose call has failed, before it
 * returns.  The reply says that the host's driver has logged something.  Calls that are
 * wrong by their handles do not get there; for these a line is made up here.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qcu-library/cuda/logs.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"

#define LOG_BYTES	25600u	/* CUDA Driver API: all that is ever kept */

CUresult CUDAAPI cuLogsDumpToMemory(CUlogIterator *iterator, char *buffer, size_t *size,
				    unsigned int flags)
{
	CUresult rc = session_check();
	uint32_t written = 0;
	CUlogIterator to;

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!buffer || !size || !*size || flags)
		return CUDA_ERROR_INVALID_VALUE;
	rc = send_logs_dump(iterator, *size < LOG_BYTES ? *size : LOG_BYTES, buffer, &to, &written);
	*size = written;
	if (rc == CUDA_SUCCESS && iterator)
		*iterator = to;
	return rc;
}

CUresult CUDAAPI cuLogsDumpToFile(CUlogIterator *iterator, const char *pathToFile,
				  unsigned int flags)
{
	size_t size = LOG_BYTES;
	char *text;
	FILE *file;
	CUresult rc;

	if (!pathToFile)
		return CUDA_ERROR_INVALID_VALUE;
	text = malloc(size);
	if (!text)
		return CUDA_ERROR_OUT_OF_MEMORY;
	rc = cuLogsDumpToMemory(iterator, text, &size, flags);
	if (rc == CUDA_SUCCESS) {
		file = fopen(pathToFile, "we");
		if (!file || fwrite(text, 1, size, file) != size)
			rc = CUDA_ERROR_INVALID_VALUE;
		if (file && fclose(file))
			rc = CUDA_ERROR_INVALID_VALUE;
	}
	free(text);
	return rc;
}

#define MOST_CALLBACKS	64
#define MESSAGE_BYTES	4096u

/* What a CUlogsCallbackHandle is the address of */
struct entry {
	CUlogsCallback function;	/* NULL: free */
	void *data;
};

/* Guards the entries; held while the host is asked to begin or end. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry entries[MOST_CALLBACKS];
static atomic_uint n_entries;

bool logs_watched(void)
{
	return atomic_load_explicit(&n_entries, memory_order_relaxed);
}

/* Call all of them, no lock held. */
static void tell(CUlogLevel level, char *text, size_t bytes)
{
	struct entry all[MOST_CALLBACKS];

	pthread_mutex_lock(&lock);
	memcpy(all, entries, sizeof(all));
	pthread_mutex_unlock(&lock);
	for (size_t i = 0; i < MOST_CALLBACKS; i++)
		if (all[i].function)
			all[i].function(all[i].data, level, text, bytes);
}

void logs_fetch(void)
{
	char text[MESSAGE_BYTES + 1];
	uint32_t level, bytes;

	while (send_logs_take(&level, MESSAGE_BYTES, text, &bytes) == CUDA_SUCCESS && bytes) {
		bytes = bytes < MESSAGE_BYTES ? bytes : MESSAGE_BYTES;
		text[bytes] = '\0';
		tell(level, text, bytes);
	}
}

void logs_say(const char *call, CUresult rc)
{
	const char *name = "an error";
	char text[256];

	cuGetErrorName(rc, &name);
	snprintf(text, sizeof(text), "%s: %s", call, name);
	tell(CU_LOG_LEVEL_ERROR, text, strlen(text));
}

CUresult CUDAAPI cuLogsRegisterCallback(CUlogsCallback callbackFunc, void *userData,
					CUlogsCallbackHandle *callback_out)
{
	struct entry *entry = NULL;
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && !callbackFunc)
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc != CUDA_SUCCESS)
		return rc;
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < MOST_CALLBACKS && !entry; i++)
		if (!entries[i].function)
			entry = &entries[i];
	rc = !entry ? CUDA_ERROR_OUT_OF_MEMORY : n_entries ? CUDA_SUCCESS : send_logs_watch(1);
	if (rc == CUDA_SUCCESS) {
		*entry = (struct entry){ callbackFunc, userData };
		n_entries++;
	}
	pthread_mutex_unlock(&lock);
	if (rc == CUDA_SUCCESS && callback_out)
		*callback_out = (CUlogsCallbackHandle)entry;
	return rc;
}

CUresult CUDAAPI cuLogsUnregisterCallback(CUlogsCallbackHandle callback)
{
	CUresult rc = session_check();
	struct entry *entry = NULL;

	if (rc != CUDA_SUCCESS)
		return rc;
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < MOST_CALLBACKS; i++)
		if (callback == (CUlogsCallbackHandle)&entries[i] && entries[i].function)
			entry = &entries[i];
	if (entry) {
		*entry = (struct entry){ NULL, NULL };
		if (!--n_entries)
			send_logs_watch(0);
	}
	pthread_mutex_unlock(&lock);
	return entry ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
