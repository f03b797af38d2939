/* SPDX-License-Identifier: MIT */
/*
 * libcudart: the CUDA runtime API on top of any libcuda.so.1.
 *
 * Every public function has the same three steps: enter (load the driver, or
 * make a context current as well), call the driver, and record the outcome as
 * the thread's last error.  Most functions are nothing but that, and are one
 * FORWARD() line; the others say in plain C what the runtime adds to the driver.
 *
 * Functions whose names begin with cuda or __cuda are exported, all others are
 * the library's own.
 */
#ifndef QCUDA_CUDART_H
#define QCUDA_CUDART_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <cuda.h>

#pragma GCC visibility push(default)
#include <cuda_runtime_api.h>
#include <cuda_profiler_api.h>
#pragma GCC visibility pop

#include "driver.h"

#if CUDART_VERSION < 12040
#error "qCUDA needs the headers of CUDA 12.4 or later"
#endif

/*
 * Of these functions CUDA 12 has several versions, the latest numbered, and CUDA 13 only the latest,
 * under the plain name: which is the name here.  first.c has CUDA 12's earlier ones.
 */
#if CUDART_VERSION < 13000
#undef cudaStreamGetCaptureInfo
#define cudaGraphAddDependencies	    cudaGraphAddDependencies_v2
#define cudaGraphAddNode		    cudaGraphAddNode_v2
#define cudaGraphGetEdges		    cudaGraphGetEdges_v2
#define cudaGraphNodeGetDependencies	    cudaGraphNodeGetDependencies_v2
#define cudaGraphNodeGetDependentNodes	    cudaGraphNodeGetDependentNodes_v2
#define cudaGraphRemoveDependencies	    cudaGraphRemoveDependencies_v2
#define cudaMemAdvise			    cudaMemAdvise_v2
#define cudaMemPrefetchAsync		    cudaMemPrefetchAsync_v2
#define cudaStreamGetCaptureInfo	    cudaStreamGetCaptureInfo_v3
#define cudaStreamUpdateCaptureDependencies cudaStreamUpdateCaptureDependencies_v2
#endif

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* error.c */
cudaError_t error_of_failure(CUresult result);
cudaError_t error_set(cudaError_t error);

/** error_from() - the runtime's error for what a function of the driver returned */
static inline cudaError_t error_from(CUresult result)
{
	return __builtin_expect(result == CUDA_SUCCESS, 1) ? cudaSuccess : error_of_failure(result);
}

/* What is wrong with a call: first that it cannot work at all, then its arguments. */
static inline cudaError_t require(cudaError_t error, bool valid)
{
	return error || valid ? error : cudaErrorInvalidValue;
}

/* context.c */
cudaError_t context_enter(void);
cudaError_t context_device(CUdevice *device);
cudaError_t context_select(int device);
cudaError_t context_retain(int device, CUcontext *context);
cudaError_t context_reset(void);
int context_default_device(void);
void context_set_default_device(int device);

/**
 * FORWARD() - define a runtime function that is one driver call
 * @name: the function
 * @params: its parameter list, in parentheses
 * @call: the driver function with its arguments, evaluated in a current context
 */
#define FORWARD(name, params, call)                                                                \
	cudaError_t name params                                                                    \
	{                                                                                          \
		cudaError_t error_ = context_enter();                                              \
                                                                                                   \
		return error_set(error_ ? error_ : error_from(driver.call));                       \
	}

/** FORWARD_OUT() - the same; that there is room for the answer is looked at before the rest */
#define FORWARD_OUT(name, params, out, call)                                                       \
	cudaError_t name params                                                                    \
	{                                                                                          \
		cudaError_t error_ = require(context_enter(), out);                                \
                                                                                                   \
		return error_set(error_ ? error_ : error_from(driver.call));                       \
	}

/** FORWARD_BARE() - FORWARD() for a driver function that needs no context */
#define FORWARD_BARE(name, params, call)                                                           \
	cudaError_t name params                                                                    \
	{                                                                                          \
		cudaError_t error_ = driver_enter();                                               \
                                                                                                   \
		return error_set(error_ ? error_ : error_from(driver.call));                       \
	}

/* The runtime's pointers and the driver's integers name the same addresses. */
static inline CUdeviceptr device_ptr(const void *ptr)
{
	return (CUdeviceptr)(uintptr_t)ptr;
}

/* Stream 0 of programs built for a default stream per thread */
#define PER_THREAD(stream) ((stream) ? (stream) : cudaStreamPerThread)

static_assert(sizeof(CUdeviceptr) == sizeof(void *), "device pointers are pointers");

#endif
