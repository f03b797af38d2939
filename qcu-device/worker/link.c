/* SPDX-License-Identifier: MIT */
/*
 * link.c - the JIT linker
 *
 * Faces qcu-library/cuda/link.c.  The driver writes into the log buffers and the
 * option values that it was given at the start until the end, so they are kept
 * beside its state; each call brings back what the logs hold by then.  A driver's
 * own error travels as an OUT, for the logs are wanted with it.
 *
 * What a handle names is ours here and not the driver's, so two threads of a guest must
 * not be able to use it while it changes or goes: who works with it holds it, one at a
 * time, and whoever comes after its end finds none.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "qcu-device/worker/handle.h"
#include "qcu-device/worker/image.h"
#include "qcu-device/worker/jit.h"

#define MAX_LOG_BYTES	(64u << 10)

/*
 * struct link - what a CUlinkState handle of the guest names
 * @users: that hold it or wait to, and its handle; under links_lock
 * @lock: of the one who works with it; guards what follows
 * @cubin, @bytes: what the driver made, its until the state is destroyed
 * @logs: info_bytes of messages, then error_bytes of errors
 */
struct link {
	unsigned int users;
	pthread_mutex_t lock;
	CUlinkState state;
	struct jit jit;
	void *cubin;
	size_t bytes;
	uint32_t info_bytes, error_bytes;
	char logs[];
};

static pthread_mutex_t links_lock = PTHREAD_MUTEX_INITIALIZER;

static void unuse(struct link *link)
{
	bool last;

	pthread_mutex_lock(&links_lock);
	last = !--link->users;
	pthread_mutex_unlock(&links_lock);
	if (!last)
		return;
	pthread_mutex_destroy(&link->lock);
	free(link);
}

static void link_put(struct link *link)
{
	pthread_mutex_unlock(&link->lock);
	unuse(link);
}

/*
 * The first handle of the command names it, now and not only when the command was decoded; NULL:
 * it is none, or has gone
 */
static struct link *link_get(const struct dispatch *dispatch)
{
	uint64_t name = dispatch->names[0];
	struct link *link = NULL;
	void *object;

	pthread_mutex_lock(&links_lock);
	if (!handle_is_special(name) && handle_get(KIND_CUlinkState, name, &object)) {
		link = object;
		link->users++;
	}
	pthread_mutex_unlock(&links_lock);
	if (!link)
		return NULL;
	pthread_mutex_lock(&link->lock);
	if (link->state)
		return link;
	link_put(link);	/* destroyed while this thread waited */
	return NULL;
}

CUresult host_link_create(struct dispatch *dispatch, CUlinkState *state, uint32_t n_options,
			  const struct wire_option *options, uint32_t info_bytes,
			  uint32_t error_bytes)
{
	struct link *link;
	CUresult rc;

	if (!driver.cuLinkCreate_v2)
		return CUDA_ERROR_NOT_SUPPORTED;
	if (info_bytes > MAX_LOG_BYTES || error_bytes > MAX_LOG_BYTES)
		return dispatch_refuse(dispatch);
	link = calloc(1, sizeof(*link) + info_bytes + error_bytes);
	if (!link)
		return CUDA_ERROR_OUT_OF_MEMORY;
	link->users = 1;
	pthread_mutex_init(&link->lock, NULL);
	link->info_bytes = info_bytes;
	link->error_bytes = error_bytes;
	rc = CUDA_ERROR_INVALID_VALUE;
	if (jit_init(&link->jit, options, n_options, link->logs, info_bytes,
		     link->logs + info_bytes, error_bytes))
		rc = driver.cuLinkCreate_v2(link->jit.n, link->jit.options, link->jit.values,
					    &link->state);
	else
		dispatch_refuse(dispatch);
	if (rc == CUDA_SUCCESS)
		*state = (CUlinkState)link;
	else
		unuse(link);
	return rc;
}

static void copy_log(char *to, uint32_t room, const char *log, uint32_t bytes)
{
	if (to && room)
		memcpy(to, log, room < bytes ? room : bytes);
}

static void copy_logs(const struct link *link, uint32_t info_bytes, char *info_log,
		      uint32_t error_bytes, char *error_log)
{
	copy_log(info_log, info_bytes, link->logs, link->info_bytes);
	copy_log(error_log, error_bytes, link->logs + link->info_bytes, link->error_bytes);
}

CUresult host_link_add(struct dispatch *dispatch, CUlinkState state, uint32_t type,
		       const char *name, struct wire_image wire, struct wire_piece piece,
		       uint32_t n_options, const struct wire_option *options, uint32_t own_logs,
		       uint32_t info_bytes, char *info_log, uint32_t error_bytes, char *error_log,
		       int *result)
{
	struct image image;
	struct link *link;
	struct jit jit;
	CUresult rc;

	if (!name || !result ||
	    !jit_init(&jit, options, n_options, info_log, own_logs ? info_bytes : 0, error_log,
		      own_logs ? error_bytes : 0))
		return dispatch_refuse(dispatch);
	rc = image_get(dispatch, &wire, &piece, 1, &image);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = CUDA_ERROR_INVALID_HANDLE;
	link = link_get(dispatch);
	if (link) {
		*result = driver.cuLinkAddData_v2(link->state, type, (void *)image.data, piece.bytes,
						  name, jit.n, jit.options, jit.values);
		if (!own_logs)
			copy_logs(link, info_bytes, info_log, error_bytes, error_log);
		link_put(link);
		rc = CUDA_SUCCESS;
	}
	image_put(&image);
	return rc;
}

CUresult host_link_complete(struct dispatch *dispatch, CUlinkState state, uint32_t info_bytes,
			    char *info_log, uint32_t error_bytes, char *error_log,
			    uint64_t *bytes, int *result)
{
	struct link *link;

	if (!bytes || !result)
		return dispatch_refuse(dispatch);
	link = link_get(dispatch);
	if (!link)
		return CUDA_ERROR_INVALID_HANDLE;
	link->bytes = 0;
	*result = driver.cuLinkComplete(link->state, &link->cubin, &link->bytes);
	if (*result != CUDA_SUCCESS)
		link->bytes = 0;
	*bytes = link->bytes;
	copy_logs(link, info_bytes, info_log, error_bytes, error_log);
	link_put(link);
	return CUDA_SUCCESS;
}

CUresult host_link_fetch(struct dispatch *dispatch, CUlinkState state, uint64_t offset,
			 uint32_t bytes, void *data)
{
	struct link *link;
	bool there;

	if (!data)
		return dispatch_refuse(dispatch);
	link = link_get(dispatch);
	if (!link)
		return CUDA_ERROR_INVALID_HANDLE;
	there = offset <= link->bytes && bytes <= link->bytes - offset;
	if (there && bytes)
		memcpy(data, (const char *)link->cubin + offset, bytes);
	link_put(link);
	return there ? CUDA_SUCCESS : dispatch_refuse(dispatch);
}

CUresult host_link_destroy(struct dispatch *dispatch, CUlinkState state)
{
	struct link *link = link_get(dispatch);
	CUresult rc;

	if (!link)
		return CUDA_ERROR_INVALID_HANDLE;
	rc = driver.cuLinkDestroy(link->state);
	if (rc == CUDA_SUCCESS) {
		link->state = NULL;
		/* Before the handle lets go: nobody must find it any more. */
		handle_drop(dispatch->names[0]);
		unuse(link);
	}
	link_put(link);
	return rc;
}
