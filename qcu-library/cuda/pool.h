/* SPDX-License-Identifier: MIT */
/* pool.h - memory pools */
#ifndef QCU_LIBRARY_POOL_H
#define QCU_LIBRARY_POOL_H

#include "qcu-library/cuda/ranges.h"

/** pool_of() - the pool that a RANGE_POOL came from */
CUresult pool_of(const struct range *range, CUmemoryPool *pool);

#endif
