/* SPDX-License-Identifier: MIT */
/* managed.h - managed memory */
#ifndef QCU_LIBRARY_MANAGED_H
#define QCU_LIBRARY_MANAGED_H

#include "qcu-library/cuda/ranges.h"

/** managed_free() - free what cuMemAllocManaged() gave; the address map has forgotten it */
CUresult managed_free(const struct range *range);

#endif
