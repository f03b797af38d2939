/* SPDX-License-Identifier: MIT */
/*
 * link.c - the JIT linker
 *
 * Faces qcu-library/cuda/link.c.  The driver writes into the log buffers and the
 * option values that it was given at the start until the end, so they are kept
 * beside its state; each call brings back what the logs hold by then.  A driver's
 * own error travels as an OUT, for the logs are wanted with it.
 */
#include <stdlib.h>
#include <string.h>

#include "qcu-device/worker/image.h"
#include "qcu-device/worker/jit.h"
#include "wire/handle.h"

#define MAX_LOG_BYTES	(64u << 10)

/*
 * struct link - what a CUlinkState handle of the guest names
 * @cubin, @bytes: what the driver made, its until the state is destroyed
 * @logs: info_bytes of messages, then error_bytes of errors
 */
struct link {
	CUlinkState state;
	struct jit jit;
	void *cubin;
	size_t bytes;
	uint32_t info_bytes, error_bytes;
	char logs[];
};

/* A handle's object is ours here, not the driver's.  NULL for the values that are CUDA's own */
static struct link *link_of(CUlinkState state)
{
	return handle_is_special((uintptr_t)state) ? NULL : (struct link *)state;
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
		free(link);
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
	struct link *link = link_of(state);
	struct image image;
	struct jit jit;
	CUresult rc;

	if (!link || !name || !result ||
	    !jit_init(&jit, options, n_options, info_log, own_logs ? info_bytes : 0, error_log,
		      own_logs ? error_bytes : 0))
		return dispatch_refuse(dispatch);
	rc = image_get(dispatch, &wire, &piece, 1, &image);
	if (rc != CUDA_SUCCESS)
		return rc;
	*result = driver.cuLinkAddData_v2(link->state, type, (void *)image.data, piece.bytes, name,
					  jit.n, jit.options, jit.values);
	image_put(&image);
	if (!own_logs)
		copy_logs(link, info_bytes, info_log, error_bytes, error_log);
	return CUDA_SUCCESS;
}

CUresult host_link_complete(struct dispatch *dispatch, CUlinkState state, uint32_t info_bytes,
			    char *info_log, uint32_t error_bytes, char *error_log,
			    uint64_t *bytes, int *result)
{
	struct link *link = link_of(state);

	if (!link || !bytes || !result)
		return dispatch_refuse(dispatch);
	link->bytes = 0;
	*result = driver.cuLinkComplete(link->state, &link->cubin, &link->bytes);
	if (*result != CUDA_SUCCESS)
		link->bytes = 0;
	*bytes = link->bytes;
	copy_logs(link, info_bytes, info_log, error_bytes, error_log);
	return CUDA_SUCCESS;
}

CUresult host_link_fetch(struct dispatch *dispatch, CUlinkState state, uint64_t offset,
			 uint32_t bytes, void *data)
{
	const struct link *link = link_of(state);

	if (!link || !data || offset > link->bytes || bytes > link->bytes - offset)
		return dispatch_refuse(dispatch);
	memcpy(data, (const char *)link->cubin + offset, bytes);
	return CUDA_SUCCESS;
}

CUresult host_link_destroy(struct dispatch *dispatch, CUlinkState state)
{
	struct link *link = link_of(state);
	CUresult rc;

	if (!link)
		return dispatch_refuse(dispatch);
	rc = driver.cuLinkDestroy(link->state);
	if (rc == CUDA_SUCCESS)
		free(link);
	return rc;
}
