/* SPDX-License-Identifier: MIT */
/*
 * api.h - NVIDIA's cuda.h, so that every exported function is checked against its prototype
 *
 * Two things are special here.  The header is read in the mode that declares every
 * version of every function under its own name (cuMemAlloc, cuMemAlloc_v2, cuMemcpy_ptds)
 * instead of renaming the old ones with macros: a driver defines them all.  And
 * what it declares is visible in the shared library, which is otherwise built hidden.
 *
 * Include this before anything that includes <cuda.h>.
 */
#ifndef SOFTGPU_API_H
#define SOFTGPU_API_H

#ifdef __cuda_cuda_h__
#error "cuda.h was included before softgpu/api.h"
#endif
#ifndef __CUDA_API_VERSION_INTERNAL
#define __CUDA_API_VERSION_INTERNAL
#endif

#pragma GCC visibility push(default)
#include <cuda.h>
#include <cudaProfiler.h>
#pragma GCC visibility pop

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define CONTAINER_OF(pointer, type, member) \
	((type *)((char *)(pointer) - offsetof(type, member)))

#endif /* SOFTGPU_API_H */
