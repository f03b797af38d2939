/* SPDX-License-Identifier: MIT */
/*
 * staging.c - buffers between pageable memory and the host
 *
 * Pageable memory is copied through a buffer that the host sees and that is
 * registered with CUDA, so that its half of the way runs at full speed.  Buffers
 * in nobody's use wait in a list, as many as threads have copied at one time.  A
 * context that dies may have had a buffer's registration; it is then registered
 * anew, and should that fail, copies from it are only slower.
 */
#include <pthread.h>
#include <stdlib.h>

#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/crew.h"
#include "qcu-library/cuda/options.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"
#include "qcu-library/cuda/staging.h"

struct idle {
	struct idle *next;
	struct staging staging;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct idle *idle;	/* under lock */

/* Take a waiting buffer of at least @bytes. */
static bool take_idle(size_t bytes, struct staging *staging)
{
	struct idle *found = NULL;

	pthread_mutex_lock(&lock);
	for (struct idle **at = &idle; *at; at = &(*at)->next) {
		if ((*at)->staging.bytes >= bytes) {
			found = *at;
			*at = found->next;
			break;
		}
	}
	pthread_mutex_unlock(&lock);
	if (!found)
		return false;
	*staging = found->staging;
	free(found);
	return true;
}

bool staging_is_registered(const struct staging *staging)
{
	return staging->registered == context_epoch();
}

void staging_register(struct staging *staging)
{
	struct wire_span span = { .region = staging->region,
				  .bytes = staging->bytes + STAGING_MORE };
	uint64_t epoch = context_epoch();

	if (staging->registered)
		send_host_unregister(span);
	if (send_host_register(span, CU_MEMHOSTREGISTER_PORTABLE, &staging->device) != CUDA_SUCCESS)
		staging->device = 0;
	staging->registered = epoch;
}

/* What is smaller may lie in this core's own cache, if the program has just written it. */
#define FILL_TOGETHER_MIN	((size_t)512 << 10)

void staging_fill(void *staging, const void *src, size_t bytes, size_t whole)
{
	int threads = whole < FILL_TOGETHER_MIN ? 1 : option_copy_threads();

	if (option_set(NO_PAST_CACHES))
		crew_copy(staging, src, bytes, threads);
	else
		crew_fill(staging, src, bytes, threads);
}

CUresult staging_get_plain(size_t bytes, struct staging *staging)
{
	void *addr = NULL;
	CUresult rc;

	if (bytes < STAGING_BYTES)
		bytes = STAGING_BYTES;
	if (bytes > SIZE_MAX - PAGE_BYTES - STAGING_MORE)
		return CUDA_ERROR_OUT_OF_MEMORY;
	bytes = (bytes + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
	if (take_idle(bytes, staging))
		return CUDA_SUCCESS;
	*staging = (struct staging){ .bytes = bytes };
	rc = shared_alloc(NULL, bytes + STAGING_MORE, &addr, &staging->region);
	staging->addr = addr;
	return rc;
}

CUresult staging_get(size_t bytes, struct staging *staging)
{
	CUresult rc = staging_get_plain(bytes, staging);

	if (rc == CUDA_SUCCESS && !option_set(NO_STAGING) && !staging_is_registered(staging))
		staging_register(staging);
	return rc;
}

void staging_put(struct staging *staging)
{
	struct idle *entry = NULL;

	/* A large one was for one copy. */
	if (staging->bytes == STAGING_BYTES && !option_set(NO_STAGING))
		entry = malloc(sizeof(*entry));
	if (!entry) {
		shared_free(staging->addr, staging->bytes + STAGING_MORE, staging->region);
		return;
	}
	entry->staging = *staging;
	pthread_mutex_lock(&lock);
	entry->next = idle;
	idle = entry;
	pthread_mutex_unlock(&lock);
}
