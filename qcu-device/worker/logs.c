/* SPDX-License-Identifier: MIT */
/*
 * logs.c - what the host's driver has logged of this session; faces qcu-library/cuda/logs.c
 *
 * The driver calls back in the thread whose call has failed, before that call returns.  What it
 * says is kept for that thread, and the reply tells the guest to fetch it, which thus calls the
 * program's functions before its call returns.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "qcu-device/worker/body.h"
#include "qcu-device/worker/logs.h"

#define MOST_MESSAGES	64	/* kept for a thread; more are in the log only */

/* struct message - one; @text has @bytes bytes and no NUL */
struct message {
	struct message *next;
	uint32_t level;
	uint32_t bytes;
	char text[];
};

/* Of this thread: only threads of channels fetch, so that others' messages are not kept. */
static _Thread_local struct message *first, **last;
static _Thread_local unsigned n_messages;
static _Thread_local bool serves_guest;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* guards these two */
static CUlogsCallbackHandle registered;
static bool watching;

static void CUDA_CB keep(void *data, CUlogLevel level, char *text, size_t bytes)
{
	struct message *message;

	if (!serves_guest || n_messages == MOST_MESSAGES || bytes > 4096)
		return;
	message = malloc(sizeof(*message) + bytes);
	if (!message)
		return;
	*message = (struct message){ .level = level, .bytes = bytes };
	memcpy(message->text, text, bytes);
	*(first ? last : &first) = message;
	last = &message->next;
	n_messages++;
}

bool logs_wait(void)
{
	serves_guest = true;
	return first;
}

CUresult host_logs_watch(struct dispatch *dispatch, uint32_t on)
{
	CUresult rc = CUDA_SUCCESS;

	if (!driver.cuLogsRegisterCallback || !driver.cuLogsUnregisterCallback)
		return CUDA_ERROR_NOT_SUPPORTED;
	pthread_mutex_lock(&lock);
	if (on && !watching)
		rc = driver.cuLogsRegisterCallback(keep, NULL, &registered);
	else if (!on && watching)
		rc = driver.cuLogsUnregisterCallback(registered);
	if (rc == CUDA_SUCCESS)
		watching = on;
	pthread_mutex_unlock(&lock);
	return rc;
}

/* One message; a length of 0: there is none */
CUresult host_logs_take(struct dispatch *dispatch, uint32_t *level, uint32_t bytes, char *text,
			uint32_t *written)
{
	struct message *message = first;

	if (!level || !text || !bytes || !written)
		return dispatch_refuse(dispatch);
	*level = 0;
	*written = 0;
	if (!message)
		return CUDA_SUCCESS;
	first = message->next;
	n_messages--;
	*level = message->level;
	*written = message->bytes < bytes ? message->bytes : bytes;
	memcpy(text, message->text, *written);
	free(message);
	return CUDA_SUCCESS;
}

CUresult host_logs_dump(struct dispatch *dispatch, const CUlogIterator *from, uint32_t bytes,
			char *text, CUlogIterator *to, uint32_t *written)
{
	CUlogIterator iterator = from ? *from : 0;
	size_t size = bytes;
	CUresult rc;

	if (!text || !bytes || !to || !written)
		return dispatch_refuse(dispatch);
	if (!driver.cuLogsDumpToMemory)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = driver.cuLogsDumpToMemory(from ? &iterator : NULL, text, &size, 0);
	*to = iterator;
	*written = size < bytes ? size : bytes;
	return rc;
}
