/* SPDX-License-Identifier: MIT */
/*
 * staged.c - copies of guest memory that is not registered with CUDA
 *
 * To register memory takes longer than to copy it once, and the driver copies what is
 * not registered with one thread.  So memory that is copied for the first time goes
 * through a buffer of the worker's own, which a crew of threads fills or empties
 * (qcu-library/cuda/crew.h) while the device copies the other half of it.
 *
 * A buffer is registered in the context of its last copy.  Should that context have
 * gone, the buffer is memory like any other, and the copy is only slower.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "qcu-device/worker/space.h"
#include "qcu-device/worker/staged.h"
#include "qcu-library/cuda/crew.h"

#define BUFFER_BYTES	((size_t)4 << 20)
#define HALF		(BUFFER_BYTES / 2)
#define IDLE_MAX	4	/* buffers that are kept */
#define PIECE_MIN	((size_t)256 << 10)
#define PIECE_MAX	((size_t)1 << 20)

struct buffer {
	struct buffer *next;
	uint8_t *base;
	uint64_t context;	/* handle: where it is registered, or 0 */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct buffer *idle;	/* under lock */
static unsigned n_idle;		/* under lock */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int threads;		/* written under once */

static void count_threads(void)
{
	cpu_set_t set;

	threads = crew_size(sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set));
}

static struct buffer *buffer_create(void)
{
	struct buffer *buffer = calloc(1, sizeof(*buffer));

	if (!buffer)
		return NULL;
	buffer->base = space_map(BUFFER_BYTES);
	if (!buffer->base) {
		free(buffer);
		return NULL;
	}
	return buffer;
}

static struct buffer *buffer_get(uint64_t context)
{
	struct buffer *buffer;

	pthread_once(&once, count_threads);
	pthread_mutex_lock(&lock);
	buffer = idle;
	if (buffer) {
		idle = buffer->next;
		n_idle--;
	}
	pthread_mutex_unlock(&lock);
	if (!buffer)
		buffer = buffer_create();
	if (!buffer || buffer->context == context)
		return buffer;
	if (buffer->context)
		driver.cuMemHostUnregister(buffer->base);
	driver.cuMemHostRegister_v2(buffer->base, BUFFER_BYTES, CU_MEMHOSTREGISTER_PORTABLE);
	buffer->context = context;
	return buffer;
}

static void buffer_destroy(struct buffer *buffer)
{
	if (buffer->context)
		driver.cuMemHostUnregister(buffer->base);
	space_give(buffer->base, BUFFER_BYTES);
	free(buffer);
}

static void buffer_put(struct buffer *buffer)
{
	bool keep;

	pthread_mutex_lock(&lock);
	keep = n_idle < IDLE_MAX;
	if (keep) {
		buffer->next = idle;
		idle = buffer;
		n_idle++;
	}
	pthread_mutex_unlock(&lock);
	if (!keep)
		buffer_destroy(buffer);
}

/* The buffer is nobody's as soon as the device is done with it, also after an error. */
static CUresult finish(struct buffer *buffer, CUstream stream, CUresult rc)
{
	CUresult last = driver.cuStreamSynchronize(stream);

	buffer_put(buffer);
	return rc == CUDA_SUCCESS ? last : rc;
}

static size_t piece_of(size_t bytes)
{
	size_t piece = bytes / 2;

	return piece < PIECE_MIN ? PIECE_MIN : piece > PIECE_MAX ? PIECE_MAX : piece;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

CUresult staged_write(struct dispatch *dispatch, CUdeviceptr dst, const struct span *span,
		      CUstream stream)
{
	struct buffer *buffer = buffer_get(dispatch->context);
	size_t piece = piece_of(span->bytes), n, half = 0;
	CUresult rc = CUDA_SUCCESS;

	if (!buffer)
		return CUDA_ERROR_OUT_OF_MEMORY;
	for (size_t done = 0; rc == CUDA_SUCCESS && done < span->bytes; done += n, half ^= HALF) {
		n = least(span->bytes - done, piece);
		crew_copy(buffer->base + half, (uint8_t *)span->base + done, n, threads);
		/* What the other half holds has gone then. */
		rc = done ? driver.cuStreamSynchronize(stream) : CUDA_SUCCESS;
		if (rc == CUDA_SUCCESS)
			rc = driver.cuMemcpyHtoDAsync_v2(dst + done, buffer->base + half, n, stream);
	}
	return finish(buffer, stream, rc);
}

CUresult staged_read(struct dispatch *dispatch, const struct span *span, CUdeviceptr src,
		     CUstream stream)
{
	struct buffer *buffer = buffer_get(dispatch->context);
	size_t piece = piece_of(span->bytes), n = least(span->bytes, piece), next, half = 0;
	CUresult rc;

	if (!buffer)
		return CUDA_ERROR_OUT_OF_MEMORY;
	rc = driver.cuMemcpyDtoHAsync_v2(buffer->base, src, n, stream);
	for (size_t done = 0; rc == CUDA_SUCCESS && done < span->bytes; done += n, n = next, half ^= HALF) {
		rc = driver.cuStreamSynchronize(stream);
		next = least(span->bytes - done - n, piece);
		if (rc == CUDA_SUCCESS && next)
			rc = driver.cuMemcpyDtoHAsync_v2(buffer->base + (half ^ HALF),
							 src + done + n, next, stream);
		if (rc == CUDA_SUCCESS)
			crew_copy((uint8_t *)span->base + done, buffer->base + half, n, threads);
	}
	return finish(buffer, stream, rc);
}
