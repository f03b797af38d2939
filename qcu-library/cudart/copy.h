/* SPDX-License-Identifier: MIT */
/* What the kinds of copies share. */
#ifndef QCUDA_CUDART_COPY_H
#define QCUDA_CUDART_COPY_H

#include "cudart.h"

/* copy.c */
cudaError_t copy_enter(enum cudaMemcpyKind kind);
CUmemorytype copy_source(enum cudaMemcpyKind kind);
CUmemorytype copy_destination(enum cudaMemcpyKind kind);

/* copy3d.c */
cudaError_t copy3d_from(CUDA_MEMCPY3D *to, const struct cudaMemcpy3DParms *from);
void copy3d_to(struct cudaMemcpy3DParms *to, const CUDA_MEMCPY3D *from);

/* array.c */
cudaError_t array_describe(cudaArray_const_t array, CUDA_ARRAY3D_DESCRIPTOR *descriptor,
			   size_t *element);

#endif
