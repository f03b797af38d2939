/* SPDX-License-Identifier: MIT */
/* hostmem.h - host memory that the device can use */
#ifndef QCU_LIBRARY_HOSTMEM_H
#define QCU_LIBRARY_HOSTMEM_H

#include "qcu-library/cuda/api.h"

/** hostmem_context_died() - CUDA has let go of the memory that was pinned in @context */
void hostmem_context_died(uint64_t context);

#endif
