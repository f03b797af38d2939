/* SPDX-License-Identifier: MIT */
/* What the kinds of copies share. */
#ifndef QCUDA_CUDART_COPY_H
#define QCUDA_CUDART_COPY_H

#include "cudart.h"

cudaError_t copy_enter(enum cudaMemcpyKind kind);
CUmemorytype copy_source(enum cudaMemcpyKind kind);
CUmemorytype copy_destination(enum cudaMemcpyKind kind);

#endif
