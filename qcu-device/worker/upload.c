/* SPDX-License-Identifier: MIT */
/*
 * upload.c - module images that come piece by piece
 *
 * Faces qcu-library/cuda/upload.c.  The pieces are copied into the one private copy that the
 * driver will be given, while the guest fills the memory for the next.  An upload is made by its first piece,
 * and ends when it is loaded or dropped; then no command can reach the copy any more.
 *
 * What cannot be had memory for is left out in silence, for pieces may have been posted: it is the
 * call that loads the image that fails.
 */
#include <pthread.h>
#include <stdlib.h>

#include "qcu-device/worker/span.h"
#include "qcu-device/worker/upload.h"

#define MOST		1024	/* at a time: a guest's threads have one each */

/* struct upload - @busy: a piece is being copied: a guest sends one after another */
struct upload {
	struct upload *next;
	struct wire_upload name;
	bool busy;
	struct image_memory *memory;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* guards these and all of an upload but its memory */
static struct upload *uploads;
static unsigned int n_uploads;

/* The link that points to the upload, or to the end.  Called with the lock held. */
static struct upload **find(uint32_t id)
{
	struct upload **at = &uploads;

	while (*at && (*at)->name.id != id)
		at = &(*at)->next;
	return at;
}

/* Called with the lock held; NULL without room. */
static struct upload *upload_new(const struct wire_upload *name)
{
	struct upload *upload = n_uploads < MOST ? calloc(1, sizeof(*upload)) : NULL;

	if (!upload)
		return NULL;
	upload->name = *name;
	upload->memory = image_memory_new(name->bytes);
	if (!upload->memory) {
		free(upload);
		return NULL;
	}
	upload->next = uploads;
	uploads = upload;
	n_uploads++;
	return upload;
}

/*
 * The upload of which @bytes come at @offset, a new one perhaps, until upload_put().  Return: CUDA_SUCCESS, and an upload
 * or NULL if there is no room; dispatch_refuse() for what our library cannot have sent.
 */
static CUresult upload_get(struct dispatch *dispatch, const struct wire_upload *name,
			   uint64_t offset, uint64_t bytes, struct upload **upload)
{
	uint64_t end;

	if (__builtin_add_overflow(offset, bytes, &end) || end > name->bytes)
		return dispatch_refuse(dispatch);
	pthread_mutex_lock(&lock);
	*upload = *find(name->id);
	if (!*upload)
		*upload = upload_new(name);
	if (*upload && (*upload)->name.bytes == name->bytes && !(*upload)->busy)
		(*upload)->busy = true;
	else if (*upload)
		dispatch_refuse(dispatch);
	pthread_mutex_unlock(&lock);
	return dispatch->refused ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

static void upload_put(struct upload *upload)
{
	pthread_mutex_lock(&lock);
	upload->busy = false;
	pthread_mutex_unlock(&lock);
}

CUresult upload_take(struct dispatch *dispatch, const struct wire_upload *name,
		     struct image_memory **memory)
{
	struct upload **at, *upload;
	bool good;

	pthread_mutex_lock(&lock);
	at = find(name->id);
	upload = *at;
	good = !upload || (!upload->busy && upload->name.bytes == name->bytes);
	if (upload && good) {
		*at = upload->next;
		n_uploads--;
	}
	pthread_mutex_unlock(&lock);
	if (!good)
		return dispatch_refuse(dispatch);
	if (!upload)
		return CUDA_ERROR_OUT_OF_MEMORY;
	*memory = upload->memory;
	free(upload);
	return CUDA_SUCCESS;
}

CUresult host_image_bytes(struct dispatch *dispatch, struct wire_upload name, uint64_t offset,
			  uint32_t n, const uint8_t *data)
{
	struct upload *upload;
	CUresult rc;

	if (!data)
		return dispatch_refuse(dispatch);
	rc = upload_get(dispatch, &name, offset, n, &upload);
	if (rc != CUDA_SUCCESS || !upload)
		return rc;
	image_memory_fill(upload->memory, offset, data, n);
	upload_put(upload);
	return CUDA_SUCCESS;
}

CUresult host_image_part(struct dispatch *dispatch, struct wire_upload name, uint64_t offset,
			 struct wire_span wire)
{
	struct upload *upload;
	struct span span;
	CUresult rc;

	if (!span_get(&wire, &span))
		return dispatch_refuse(dispatch);
	rc = upload_get(dispatch, &name, offset, span.bytes, &upload);
	if (rc == CUDA_SUCCESS && upload) {
		image_memory_fill(upload->memory, offset, span.base, span.bytes);
		upload_put(upload);
	}
	span_put(&span);
	return rc;
}

CUresult host_image_drop(struct dispatch *dispatch, struct wire_upload name)
{
	struct image_memory *memory;
	CUresult rc = upload_take(dispatch, &name, &memory);

	if (rc == CUDA_SUCCESS)
		image_memory_put(memory);
	return dispatch->refused ? rc : CUDA_SUCCESS;
}
