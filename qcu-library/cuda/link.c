/* SPDX-License-Identifier: MIT */
/*
 * link.c - the JIT linker: several pieces of code become one image
 *
 * Faces qcu-device/worker/link.c.  The linking is done by the host's driver; the
 * image comes back, for the program may do with it what it likes.
 */
#include <stdlib.h>
#include <string.h>

#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/image.h"
#include "qcu-library/cuda/jit.h"
#include "qcu-library/cuda/remote.h"

#define FETCH_BYTES	(64u << 10)	/* fits a reply */

/*
 * The data of a link's handle
 * @jit: where its logs are to go, until the end (CUDA Driver API, cuLinkCreate)
 * @image: what cuLinkComplete() gave out
 */
struct link {
	struct jit jit;
	void *image;
};

static void link_destroy(void *p)
{
	struct link *link = p;

	free(link->image);
	free(link);
}

/* The link behind a handle that a call was given, or NULL and *rc */
static struct link *find(CUlinkState state, CUresult *rc)
{
	*rc = context_check();
	if (*rc != CUDA_SUCCESS)
		return NULL;
	*rc = CUDA_ERROR_INVALID_HANDLE;
	return handle_find(KIND_CUlinkState, (uint64_t)state);
}

CUresult CUDAAPI cuLinkCreate_v2(unsigned int numOptions, CUjit_option *options,
				 void **optionValues, CUlinkState *stateOut)
{
	CUresult rc = context_check();
	CUlinkState state;
	struct link *link;

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!stateOut)
		return CUDA_ERROR_INVALID_VALUE;
	link = calloc(1, sizeof(*link));
	if (!link)
		return CUDA_ERROR_OUT_OF_MEMORY;
	rc = jit_init(&link->jit, numOptions, options, optionValues);
	if (rc == CUDA_SUCCESS)
		rc = send_link_create(&state, link->jit.n, link->jit.options, link->jit.info.bytes,
				      link->jit.error.bytes);
	if (rc != CUDA_SUCCESS) {
		free(link);
		return rc;
	}
	handle_set_data((uint64_t)state, link, link_destroy);
	*stateOut = state;
	return CUDA_SUCCESS;
}

static CUresult add(CUlinkState state, struct link *link, CUjitInputType type, const void *data,
		    size_t size, const char *name, struct jit *own)
{
	bool own_logs = own->info.bytes || own->error.bytes;
	struct jit *logs = own_logs ? own : &link->jit;
	int result = CUDA_SUCCESS;
	struct image image;
	CUresult rc = image_init_bytes(&image, data, size);

	if (rc != CUDA_SUCCESS)
		return rc;
	rc = image_send(&image);
	if (rc == CUDA_SUCCESS)
		rc = send_link_add(state, type, name ? name : "", image.wire, image.pieces[0],
				   own->n, own->options, own_logs, logs->info.bytes,
				   logs->info.buffer, logs->error.bytes, logs->error.buffer,
				   &result);
	image_finish(&image, rc);
	if (rc != CUDA_SUCCESS)
		return rc;
	jit_done(logs);
	return result;
}

CUresult CUDAAPI cuLinkAddData_v2(CUlinkState state, CUjitInputType type, void *data, size_t size,
				  const char *name, unsigned int numOptions, CUjit_option *options,
				  void **optionValues)
{
	CUresult rc;
	struct link *link = find(state, &rc);
	struct jit own;

	if (!link)
		return rc;
	if (!data || !size)
		return CUDA_ERROR_INVALID_VALUE;
	rc = jit_init(&own, numOptions, options, optionValues);
	return rc == CUDA_SUCCESS ? add(state, link, type, data, size, name, &own) : rc;
}

CUresult CUDAAPI cuLinkAddFile_v2(CUlinkState state, CUjitInputType type, const char *path,
				  unsigned int numOptions, CUjit_option *options,
				  void **optionValues)
{
	CUresult rc = context_check();
	size_t bytes;
	void *data;

	if (rc == CUDA_SUCCESS)
		rc = image_read(path, &data, &bytes);
	if (rc != CUDA_SUCCESS)
		return rc;
	/* A text is given with the NUL that image_read() has put behind it. */
	rc = cuLinkAddData_v2(state, type, data, bytes + (type == CU_JIT_INPUT_PTX), path,
			      numOptions, options, optionValues);
	free(data);
	return rc;
}

/* What the host has linked, NULL and *rc on error */
static void *fetch(CUlinkState state, uint64_t bytes, CUresult *rc)
{
	uint8_t *image = malloc(bytes ? bytes : 1);

	*rc = image ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
	for (uint64_t at = 0; *rc == CUDA_SUCCESS && at < bytes; at += FETCH_BYTES) {
		uint64_t left = bytes - at;

		*rc = send_link_fetch(state, at, left < FETCH_BYTES ? left : FETCH_BYTES,
				      image + at);
	}
	if (*rc == CUDA_SUCCESS)
		return image;
	free(image);
	return NULL;
}

CUresult CUDAAPI cuLinkComplete(CUlinkState state, void **cubinOut, size_t *sizeOut)
{
	int result = CUDA_SUCCESS;
	uint64_t bytes = 0;
	CUresult rc;
	struct link *link = find(state, &rc);
	struct jit *jit;
	void *image;

	if (!link)
		return rc;
	if (!cubinOut)
		return CUDA_ERROR_INVALID_VALUE;
	jit = &link->jit;
	rc = send_link_complete(state, jit->info.bytes, jit->info.buffer, jit->error.bytes,
				jit->error.buffer, &bytes, &result);
	if (rc != CUDA_SUCCESS)
		return rc;
	jit_done(jit);
	if (result != CUDA_SUCCESS)
		return result;
	image = fetch(state, bytes, &rc);
	if (!image)
		return rc;
	free(link->image);
	*cubinOut = link->image = image;
	if (sizeOut)
		*sizeOut = bytes;
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuLinkDestroy(CUlinkState state)
{
	CUresult rc = context_check();

	return rc == CUDA_SUCCESS ? send_link_destroy(state) : rc;
}
