/* SPDX-License-Identifier: MIT */
/*
 * digest.h - BLAKE3 of what is longer than a grain, grain by grain
 *
 * By it guest and host mean the same module image (docs/wire.md).  Grains may be done in any order, and
 * by several threads at once.
 */
#ifndef QCUDA_WIRE_DIGEST_H
#define QCUDA_WIRE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "wire/payload.h"

#define DIGEST_GRAIN	((size_t)64 << 10)	/* bytes */

/** digest_grains() - of how many grains @bytes are; the last one may be shorter */
static inline size_t digest_grains(uint64_t bytes)
{
	return bytes / DIGEST_GRAIN + (bytes % DIGEST_GRAIN != 0);
}

/**
 * digest_grain() - the value of one grain
 * @bytes: DIGEST_GRAIN, less of the last grain, not 0
 * @index: of the grain
 */
void digest_grain(struct wire_digest *value, const void *data, size_t bytes, uint64_t index);

/** digest_finish() - the digest, from the values of all @n grains, two at least; overwrites them */
void digest_finish(struct wire_digest *digest, struct wire_digest *values, size_t n);

#endif
