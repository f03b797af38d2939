/* SPDX-License-Identifier: MIT */
/* pins.h - pages of the program that are shared with the host, and maybe registered with CUDA */
#ifndef QCU_LIBRARY_PINS_H
#define QCU_LIBRARY_PINS_H

#include "qcu-library/cuda/api.h"

/**
 * struct pinned - what pins_take() found or made
 * @whole: all of it is in one region, @region, from @offset on
 * @device: address for the device of the first byte
 */
struct pinned {
	bool whole;
	uint32_t region;
	uint64_t offset;
	uint64_t device;
};

/**
 * pins_take() - pin the pages of [@start, @start + @bytes), which somebody may have pinned in part
 *
 * Return: CUDA_ERROR_INVALID_VALUE if a registration of a part has another CU_MEMHOSTREGISTER_READ_ONLY.
 */
CUresult pins_take(uint64_t start, uint64_t bytes, unsigned int flags, struct pinned *pinned);

/** pins_share() - the same, but CUDA is not told: @device means nothing */
CUresult pins_share(uint64_t start, uint64_t bytes, struct pinned *pinned);

/** pins_unshare() - undo it; pages that nobody else has taken are let go */
void pins_unshare(uint64_t start, uint64_t bytes);

/**
 * pins_drop() - undo pins_take(); pages that nobody else has taken are let go
 * @unregister: tell CUDA; not needed once the context is gone
 */
CUresult pins_drop(uint64_t start, uint64_t bytes, bool unregister);

#endif
