/* SPDX-License-Identifier: MIT */
/* memory.h - device memory, as the address map knows it */
#ifndef QCU_LIBRARY_MEMORY_H
#define QCU_LIBRARY_MEMORY_H

#include "qcu-library/cuda/api.h"

/**
 * struct memory_source - who on the host hands out addresses of the device
 * @get: says what it gave and how many bytes of it
 * @put: takes back what @get gave
 */
struct memory_source {
	CUresult (*get)(void *ask, CUdeviceptr *address, uint64_t *bytes);
	void (*put)(void *ask, CUdeviceptr address);
};

/** memory_obtain() - memory at an address where this process has nothing; reserves it here */
CUresult memory_obtain(const struct memory_source *source, void *ask, CUdeviceptr *address,
		       uint64_t *bytes);

/** memory_note_global() - a variable of a module lies here; the module's @owner forgets it */
void memory_note_global(CUdeviceptr address, size_t bytes, uint64_t owner);

/** memory_note_managed() - the same of a __managed__ variable, which gets a mirror (mirror.h) */
CUresult memory_note_managed(CUdeviceptr address, size_t bytes, uint64_t owner);

#endif
