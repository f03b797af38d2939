/* SPDX-License-Identifier: MIT */
/*
 * Earlier versions of functions, which CUDA 12 has beside the later ones and CUDA 13 has not.
 *
 * They know nothing of edge data: where there is some, the driver calls the query lossy.  Of
 * places they know devices, by number.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "cudart.h"
#include "fatbin.h"
#include "launch.h"

#undef cudaGetDeviceProperties
#undef cudaGraphAddDependencies
#undef cudaGraphAddNode
#undef cudaGraphGetEdges
#undef cudaGraphNodeGetDependencies
#undef cudaGraphNodeGetDependentNodes
#undef cudaGraphRemoveDependencies
#undef cudaMemAdvise
#undef cudaMemPrefetchAsync
#undef cudaStreamGetCaptureInfo
#undef cudaStreamUpdateCaptureDependencies

/* Those that the header does not declare for a program of today */
#pragma GCC visibility push(default)
cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *prop, int device);
cudaError_t cudaMemPrefetchAsync_ptsz(const void *devPtr, size_t count, int dstDevice,
				      cudaStream_t stream);
cudaError_t cudaStreamGetCaptureInfo(cudaStream_t stream, enum cudaStreamCaptureStatus *status,
				     unsigned long long *id);
cudaError_t cudaStreamGetCaptureInfo_ptsz(cudaStream_t stream,
					  enum cudaStreamCaptureStatus *status,
					  unsigned long long *id);
cudaError_t cudaStreamGetCaptureInfo_v2_ptsz(cudaStream_t stream,
					     enum cudaStreamCaptureStatus *status,
					     unsigned long long *id, cudaGraph_t *graph,
					     const cudaGraphNode_t **dependencies, size_t *count);
cudaError_t cudaStreamUpdateCaptureDependencies_ptsz(cudaStream_t stream,
						     cudaGraphNode_t *dependencies, size_t count,
						     unsigned int flags);
#pragma GCC visibility pop

FORWARD(cudaGraphGetEdges,
	(cudaGraph_t graph, cudaGraphNode_t *from, cudaGraphNode_t *to, size_t *count),
	cuGraphGetEdges_v2(graph, from, to, NULL, count))
FORWARD(cudaGraphNodeGetDependencies,
	(cudaGraphNode_t node, cudaGraphNode_t *nodes, size_t *count),
	cuGraphNodeGetDependencies_v2(node, nodes, NULL, count))
FORWARD(cudaGraphNodeGetDependentNodes,
	(cudaGraphNode_t node, cudaGraphNode_t *nodes, size_t *count),
	cuGraphNodeGetDependentNodes_v2(node, nodes, NULL, count))
FORWARD(cudaGraphAddDependencies,
	(cudaGraph_t graph, const cudaGraphNode_t *from, const cudaGraphNode_t *to, size_t count),
	cuGraphAddDependencies_v2(graph, from, to, NULL, count))
FORWARD(cudaGraphRemoveDependencies,
	(cudaGraph_t graph, const cudaGraphNode_t *from, const cudaGraphNode_t *to, size_t count),
	cuGraphRemoveDependencies_v2(graph, from, to, NULL, count))

cudaError_t cudaGraphAddNode(cudaGraphNode_t *node, cudaGraph_t graph,
			     const cudaGraphNode_t *dependencies, size_t count,
			     struct cudaGraphNodeParams *params)
{
	return cudaGraphAddNode_v2(node, graph, dependencies, NULL, count, params);
}

/* Captures */

cudaError_t cudaStreamGetCaptureInfo_v2(cudaStream_t stream, enum cudaStreamCaptureStatus *status,
					unsigned long long *id, cudaGraph_t *graph,
					const cudaGraphNode_t **dependencies, size_t *count)
{
	return cudaStreamGetCaptureInfo_v3(stream, status, id, graph, dependencies, NULL, count);
}

cudaError_t cudaStreamGetCaptureInfo_v2_ptsz(cudaStream_t stream,
					     enum cudaStreamCaptureStatus *status,
					     unsigned long long *id, cudaGraph_t *graph,
					     const cudaGraphNode_t **dependencies, size_t *count)
{
	return cudaStreamGetCaptureInfo_v2(PER_THREAD(stream), status, id, graph, dependencies,
					   count);
}

cudaError_t cudaStreamGetCaptureInfo(cudaStream_t stream, enum cudaStreamCaptureStatus *status,
				     unsigned long long *id)
{
	return cudaStreamGetCaptureInfo_v2(stream, status, id, NULL, NULL, NULL);
}

cudaError_t cudaStreamGetCaptureInfo_ptsz(cudaStream_t stream,
					  enum cudaStreamCaptureStatus *status,
					  unsigned long long *id)
{
	return cudaStreamGetCaptureInfo(PER_THREAD(stream), status, id);
}

cudaError_t cudaStreamUpdateCaptureDependencies(cudaStream_t stream,
						cudaGraphNode_t *dependencies, size_t count,
						unsigned int flags)
{
	return cudaStreamUpdateCaptureDependencies_v2(stream, dependencies, NULL, count, flags);
}

cudaError_t cudaStreamUpdateCaptureDependencies_ptsz(cudaStream_t stream,
						     cudaGraphNode_t *dependencies, size_t count,
						     unsigned int flags)
{
	return cudaStreamUpdateCaptureDependencies(PER_THREAD(stream), dependencies, count, flags);
}

/* Managed memory */

FORWARD(cudaMemAdvise,
	(const void *devPtr, size_t count, enum cudaMemoryAdvise advice, int device),
	cuMemAdvise(device_ptr(devPtr), count, (CUmem_advise)advice, device))
FORWARD(cudaMemPrefetchAsync,
	(const void *devPtr, size_t count, int dstDevice, cudaStream_t stream),
	cuMemPrefetchAsync(device_ptr(devPtr), count, dstDevice, stream))
FORWARD(cudaMemPrefetchAsync_ptsz,
	(const void *devPtr, size_t count, int dstDevice, cudaStream_t stream),
	cuMemPrefetchAsync(device_ptr(devPtr), count, dstDevice, PER_THREAD(stream)))

/* CUDA 11's struct is the beginning of CUDA 12's. */
cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *prop, int device)
{
	struct cudaDeviceProp now;
	cudaError_t error;

	if (!prop)
		return error_set(cudaErrorInvalidValue);
	error = cudaGetDeviceProperties_v2(&now, device);
	if (!error)
		memcpy(prop, &now, offsetof(struct cudaDeviceProp, hostRegisterSupported));
	return error;
}

/* One kernel on several devices: each launch is in the context of its stream. */

static cudaError_t one_launch(CUDA_LAUNCH_PARAMS *to, const struct cudaLaunchParams *from)
{
	CUcontext context;
	CUkernel kernel;
	CUfunction function;
	cudaError_t error = kernel_find(from->func, &kernel);

	if (!error && from->sharedMem > UINT_MAX)
		error = cudaErrorInvalidValue;
	if (!error)
		error = error_from(driver.cuStreamGetCtx(from->stream, &context));
	if (!error)
		error = error_from(driver.cuCtxSetCurrent(context));
	if (!error)
		error = error_from(driver.cuKernelGetFunction(&function, kernel));
	if (error)
		return error;
	*to = (CUDA_LAUNCH_PARAMS){
		.function = function,
		.gridDimX = from->gridDim.x,
		.gridDimY = from->gridDim.y,
		.gridDimZ = from->gridDim.z,
		.blockDimX = from->blockDim.x,
		.blockDimY = from->blockDim.y,
		.blockDimZ = from->blockDim.z,
		.sharedMemBytes = (unsigned int)from->sharedMem,
		.hStream = from->stream,
		.kernelParams = from->args,
	};
	return cudaSuccess;
}

static cudaError_t launch_on_all(const struct cudaLaunchParams *list, unsigned int count,
				 unsigned int flags)
{
	CUcontext mine;
	CUDA_LAUNCH_PARAMS *launches;
	cudaError_t error = require(context_enter(), list && count);

	if (!error)
		error = error_from(driver.cuCtxGetCurrent(&mine));
	if (error)
		return error;
	launches = calloc(count, sizeof(*launches));
	if (!launches)
		return cudaErrorMemoryAllocation;
	for (unsigned int i = 0; !error && i < count; i++)
		error = one_launch(&launches[i], &list[i]);
	driver.cuCtxSetCurrent(mine);
	if (!error)
		error = error_from(driver.cuLaunchCooperativeKernelMultiDevice(launches, count,
									       flags));
	free(launches);
	return error;
}

cudaError_t cudaLaunchCooperativeKernelMultiDevice(struct cudaLaunchParams *list,
						   unsigned int count, unsigned int flags)
{
	return error_set(launch_on_all(list, count, flags));
}
