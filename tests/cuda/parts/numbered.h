/* SPDX-License-Identifier: MIT */
/*
 * numbered.h - CUDA 13's names for functions that CUDA 12 numbers
 *
 * CUDA 13 gave the plain names of these functions to their latest versions, and the tests mean those.
 * Where a CUDA 12 toolkit builds them, this is included before anything else.
 */
#ifndef TESTS_CUDA_NUMBERED_H
#define TESTS_CUDA_NUMBERED_H

#include <cuda.h>
#include <cuda_runtime_api.h>

#undef cuStreamGetCaptureInfo
#define cuGraphAddDependencies		  cuGraphAddDependencies_v2
#define cuGraphAddNode			  cuGraphAddNode_v2
#define cuGraphGetEdges			  cuGraphGetEdges_v2
#define cuGraphNodeGetDependencies	  cuGraphNodeGetDependencies_v2
#define cuGraphNodeGetDependentNodes	  cuGraphNodeGetDependentNodes_v2
#define cuGraphRemoveDependencies	  cuGraphRemoveDependencies_v2
#define cuMemAdvise			  cuMemAdvise_v2
#define cuMemPrefetchAsync		  cuMemPrefetchAsync_v2
#define cuStreamGetCaptureInfo		  cuStreamGetCaptureInfo_v3
#define cuStreamUpdateCaptureDependencies cuStreamUpdateCaptureDependencies_v2

/* The tests have no parameters for a context to be created with */
#undef cuCtxCreate
#define cuCtxCreate(context, params, flags, device) cuCtxCreate_v2(context, flags, device)

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
