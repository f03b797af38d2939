/* SPDX-License-Identifier: MIT */
/* The libcuda.so.1 under the runtime: its functions, found at first need. */
#ifndef QCUDA_CUDART_DRIVER_H
#define QCUDA_CUDART_DRIVER_H

#include <cuda.h>
#include <cudaProfiler.h>
#include <cuda_runtime_api.h>

/*
 * cuda.h #defines many names to their current version (cuMemAlloc is
 * cuMemAlloc_v2), so a row's plain name gives the field, its type, and the
 * symbol to look up in the version that this toolkit's header means.
 */
struct driver {
#define DRIVER(function) __typeof__(function) *function;
#include "driver.def"
#undef DRIVER
};

extern struct driver driver;

cudaError_t driver_enter(void);
cudaError_t driver_version(int *version);
bool driver_leaving(void);

#endif
