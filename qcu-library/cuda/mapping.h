/* SPDX-License-Identifier: MIT */
/* mapping.h - allocations of virtual memory management */
#ifndef QCU_LIBRARY_MAPPING_H
#define QCU_LIBRARY_MAPPING_H

#include "qcu-library/cuda/api.h"

/** mapping_describe() - remember what a new allocation is; without memory it is released again */
CUresult mapping_describe(CUmemGenericAllocationHandle handle, CUdevice device,
			  const struct wire_allocation *wire);

#endif
