/* SPDX-License-Identifier: MIT */
/*
 * default_stream.c - from what a program calls a stream to a stream
 *
 * 0 and CU_STREAM_LEGACY are the context's legacy default stream.  CU_STREAM_PER_THREAD is a
 * stream that this thread has in this context, made when first asked for and closed
 * when the thread ends.
 */
#include <stdlib.h>

#include "softgpu/stream.h"

/* struct own_stream - one per context in which this thread used CU_STREAM_PER_THREAD */
struct own_stream {
	struct own_stream *next;
	struct stream *stream;
};

static pthread_once_t own_once = PTHREAD_ONCE_INIT;
static pthread_key_t own_key;
static __thread struct own_stream *own_streams;

static void close_own(void *unused)
{
	while (own_streams) {
		struct own_stream *own = own_streams;

		own_streams = own->next;
		stream_close(own->stream);
		free(own);
	}
}

static void own_key_create(void)
{
	pthread_key_create(&own_key, close_own);
}

/* forget_destroyed() - a context that was destroyed does not come back, except the primary one */
static void forget_destroyed(void)
{
	struct own_stream **link = &own_streams;

	while (*link) {
		struct own_stream *own = *link;
		struct context *context = own->stream->context;

		if (context->primary ||
		    context_status(context) != CUDA_ERROR_CONTEXT_IS_DESTROYED) {
			link = &own->next;
			continue;
		}
		*link = own->next;
		stream_close(own->stream);
		free(own);
	}
}

static struct stream *own_stream(struct context *context)
{
	struct own_stream *own;

	for (own = own_streams; own; own = own->next)
		if (own->stream->context == context)
			return own->stream;
	forget_destroyed();
	own = calloc(1, sizeof(*own));
	if (!own)
		return NULL;
	own->stream = stream_new(context, 0, STREAM_PRIORITY_LEAST);
	if (!own->stream) {
		free(own);
		return NULL;
	}
	own->next = own_streams;
	own_streams = own;
	pthread_once(&own_once, own_key_create);
	pthread_setspecific(own_key, own);
	return own->stream;
}

static CUresult resolve_own(struct context *context, struct stream **out)
{
	struct stream *stream = own_stream(context);

	if (!stream)
		return CUDA_ERROR_OUT_OF_MEMORY;
	*out = handle_ref(&stream->handle);
	return CUDA_SUCCESS;
}

CUresult stream_resolve(CUstream value, struct stream **out)
{
	struct context *context;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (value == CU_STREAM_PER_THREAD)
		return resolve_own(context, out);
	if (!value || value == CU_STREAM_LEGACY) {
		*out = stream_legacy(context_green() ? context_green() : context);
		return *out ? CUDA_SUCCESS : CUDA_ERROR_CONTEXT_IS_DESTROYED;
	}
	*out = handle_get(value, HANDLE_STREAM);
	if (!*out)
		return CUDA_ERROR_INVALID_HANDLE;
	result = context_status((*out)->context);
	if (!result && (*out)->green)
		result = context_status((*out)->green);
	if (result) {
		stream_put(*out);
		*out = NULL;
	}
	return result;
}
