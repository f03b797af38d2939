/* SPDX-License-Identifier: MIT */
/* staging.h - shared memory through which pageable memory is copied */
#ifndef QCU_LIBRARY_STAGING_H
#define QCU_LIBRARY_STAGING_H

#include "qcu-library/cuda/api.h"

#define STAGING_BYTES	((size_t)4 << 20)

/**
 * struct staging - memory shared with the host
 * @bytes: page aligned
 * @registered: the context epoch in which it was registered with CUDA, 0: never
 */
struct staging {
	uint8_t *addr;
	size_t bytes;
	uint32_t region;
	uint64_t registered;
};

/** staging_get() - staging memory of at least @bytes, and of STAGING_BYTES; the caller's until put */
CUresult staging_get(size_t bytes, struct staging *staging);
void staging_put(struct staging *staging);

#endif
