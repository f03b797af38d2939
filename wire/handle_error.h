/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* handle_error.h - CUDA's error for a handle that names nothing of the kind that was asked for */
#ifndef QCUDA_WIRE_HANDLE_ERROR_H
#define QCUDA_WIRE_HANDLE_ERROR_H

#include "wire/cuda_api.h"
#include "wire/handle.h"

static inline CUresult handle_error(enum handle_kind kind)
{
	switch (kind) {
	case KIND_CUcontext:
	case KIND_CUgreenCtx:
		return CUDA_ERROR_INVALID_CONTEXT;
	case KIND_CUmemoryPool:
	case KIND_CUmemGenericAllocationHandle:
	case KIND_CUgraph:
	case KIND_CUgraphNode:
	case KIND_CUgraphExec:
	case KIND_CUtexObject:
	case KIND_CUsurfObject:
	case KIND_CUtexref:
	case KIND_CUsurfref:
	case KIND_CUdevResourceDesc:
		return CUDA_ERROR_INVALID_VALUE;
	default:
		return CUDA_ERROR_INVALID_HANDLE;
	}
}

#endif
