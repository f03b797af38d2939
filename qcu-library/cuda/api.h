/* SPDX-License-Identifier: MIT */
/*
 * api.h - NVIDIA's cuda.h, as the library that defines its functions reads it
 *
 * In the mode that declares every version of every function under its own name
 * (cuMemAlloc and cuMemAlloc_v2, cuMemcpy_ptds), so that the compiler checks
 * each definition; and with what it declares visible in the shared library,
 * which is otherwise built hidden.  Before any other reader of <cuda.h>.
 */
#ifndef QCU_LIBRARY_API_H
#define QCU_LIBRARY_API_H

#ifdef __cuda_cuda_h__
#error "cuda.h was included before qcu-library/cuda/api.h"
#endif
#define __CUDA_API_VERSION_INTERNAL

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(default)
#include "wire/cuda_api.h"
#pragma GCC visibility pop

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PAGE_BYTES 4096u

/* An address of this process as CUDA writes it, and back */
#define ADDRESS(p) ((uint64_t)(uintptr_t)(p))
#define POINTER(a) ((void *)(uintptr_t)(a))

#endif
