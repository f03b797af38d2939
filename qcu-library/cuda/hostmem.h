/* SPDX-License-Identifier: MIT */
/* hostmem.h - host memory that the device can use */
#ifndef QCU_LIBRARY_HOSTMEM_H
#define QCU_LIBRARY_HOSTMEM_H

#include "qcu-library/cuda/ranges.h"

/**
 * hostmem_alloc() - pinned memory that the device reaches in place, noted as a range of @kind
 *
 * A context is current.  For RANGE_MANAGED the device's address is this process's,
 * or the call fails; for RANGE_HOST they may differ if nothing else could be had.
 */
CUresult hostmem_alloc(size_t bytes, enum range_kind kind, unsigned int flags, void **pp);

/** hostmem_free() - free it; the address map has forgotten it */
CUresult hostmem_free(const struct range *range);

/** hostmem_context_died() - CUDA has let go of the memory that was pinned in @context */
void hostmem_context_died(uint64_t context);

#endif
