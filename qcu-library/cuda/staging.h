/* SPDX-License-Identifier: MIT */
/* staging.h - shared memory through which pageable memory is copied */
#ifndef QCU_LIBRARY_STAGING_H
#define QCU_LIBRARY_STAGING_H

#include "qcu-library/cuda/api.h"

#define STAGING_BYTES	((size_t)4 << 20)
#define STAGING_MORE	PAGE_BYTES	/* behind it, for what belongs to it */

/**
 * struct staging - memory shared with the host
 * @bytes: page aligned
 * @registered: the context epoch in which it was registered with CUDA, 0: never
 * @device: what the device calls it, 0: nothing
 */
struct staging {
	uint8_t *addr;
	size_t bytes;
	uint32_t region;
	uint64_t registered;
	CUdeviceptr device;
};

/** staging_get() - staging memory of at least @bytes, and of STAGING_BYTES; the caller's until put */
CUresult staging_get(size_t bytes, struct staging *staging);
void staging_put(struct staging *staging);

/** staging_get_plain() - the same for what the device does not see: it need not be registered with CUDA */
CUresult staging_get_plain(size_t bytes, struct staging *staging);

/** staging_is_registered() - unless a context has died since */
bool staging_is_registered(const struct staging *staging);

/** staging_register() - register it anew; nothing of the device uses it now */
void staging_register(struct staging *staging);

/** staging_fill() - put what the device will read next, a piece of @whole bytes, into staging memory */
void staging_fill(void *staging, const void *src, size_t bytes, size_t whole);

#endif
