/* SPDX-License-Identifier: MIT */
/* memory.h - device memory, as the address map knows it */
#ifndef QCU_LIBRARY_MEMORY_H
#define QCU_LIBRARY_MEMORY_H

#include "qcu-library/cuda/api.h"

/** memory_note_global() - a variable of a module lies here; the module's @owner forgets it */
void memory_note_global(CUdeviceptr address, size_t bytes, uint64_t owner);

#endif
