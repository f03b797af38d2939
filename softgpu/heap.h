/* SPDX-License-Identifier: MIT */
/*
 * heap.h - the heap behind malloc() and free() in kernels
 */
#ifndef SOFTGPU_HEAP_H
#define SOFTGPU_HEAP_H

#include "softgpu/engine.h"

/* heap_alloc() - @bytes aligned to 16; 0: no room.  Makes the engine's heap when there is none. */
uint64_t heap_alloc(struct engine *engine, uint64_t bytes);

/* heap_free() - false: @address is not the beginning of an allocation */
bool heap_free(struct engine *engine, uint64_t address);

void heap_destroy(struct engine *engine);

#endif /* SOFTGPU_HEAP_H */
