/* SPDX-License-Identifier: MIT */
/* Streams, the host functions in them, and their capture into graphs. */
#include <stdlib.h>
#include "cudart.h"

static_assert(cudaStreamNonBlocking == CU_STREAM_NON_BLOCKING,
	      "flags of streams are the driver's");

FORWARD(cudaStreamCreate, (cudaStream_t *pStream), cuStreamCreate(pStream, CU_STREAM_DEFAULT))
FORWARD(cudaStreamCreateWithFlags, (cudaStream_t *pStream, unsigned int flags),
	cuStreamCreate(pStream, flags))
FORWARD(cudaStreamCreateWithPriority, (cudaStream_t *pStream, unsigned int flags, int priority),
	cuStreamCreateWithPriority(pStream, flags, priority))
FORWARD(cudaStreamDestroy, (cudaStream_t stream), cuStreamDestroy(stream))
FORWARD(cudaStreamSynchronize, (cudaStream_t stream), cuStreamSynchronize(stream))
FORWARD(cudaStreamQuery, (cudaStream_t stream), cuStreamQuery(stream))
FORWARD(cudaStreamWaitEvent, (cudaStream_t stream, cudaEvent_t event, unsigned int flags),
	cuStreamWaitEvent(stream, event, flags))
FORWARD_OUT(cudaStreamGetPriority, (cudaStream_t stream, int *priority), priority,
	    cuStreamGetPriority(stream, priority))
FORWARD_OUT(cudaStreamGetFlags, (cudaStream_t stream, unsigned int *flags), flags,
	    cuStreamGetFlags(stream, flags))
FORWARD_OUT(cudaStreamGetId, (cudaStream_t stream, unsigned long long *id), id,
	    cuStreamGetId(stream, id))
#if CUDART_VERSION >= 12080
FORWARD_OUT(cudaStreamGetDevice, (cudaStream_t stream, int *device), device,
	    cuStreamGetDevice(stream, device))
#endif
FORWARD(cudaStreamAttachMemAsync,
	(cudaStream_t stream, void *devPtr, size_t length, unsigned int flags),
	cuStreamAttachMemAsync(stream, device_ptr(devPtr), length, flags))

static_assert(sizeof(cudaLaunchAttributeValue) == sizeof(CUlaunchAttributeValue),
	      "attributes of streams are the driver's");

FORWARD(cudaStreamCopyAttributes, (cudaStream_t dst, cudaStream_t src),
	cuStreamCopyAttributes(dst, src))
FORWARD(cudaStreamGetAttribute,
	(cudaStream_t stream, cudaLaunchAttributeID attr, cudaLaunchAttributeValue *value),
	cuStreamGetAttribute(stream, (CUstreamAttrID)attr, (CUstreamAttrValue *)value))
FORWARD(cudaStreamSetAttribute,
	(cudaStream_t stream, cudaLaunchAttributeID attr, const cudaLaunchAttributeValue *value),
	cuStreamSetAttribute(stream, (CUstreamAttrID)attr, (const CUstreamAttrValue *)value))

FORWARD(cudaLaunchHostFunc, (cudaStream_t stream, cudaHostFn_t fn, void *userData),
	cuLaunchHostFunc(stream, fn, userData))

/* A callback on its way through the driver, which calls with its own kind of error. */
struct callback {
	cudaStreamCallback_t function;
	void *data;
};

static void CUDA_CB call_back(CUstream stream, CUresult status, void *data)
{
	struct callback *callback = data;

	callback->function(stream, error_from(status), callback->data);
	free(callback);
}

static cudaError_t add_callback(cudaStream_t stream, struct callback callback, unsigned int flags)
{
	struct callback *copy;
	cudaError_t error = context_enter();

	if (error)
		return error;
	if (!callback.function)
		return cudaErrorInvalidValue;
	copy = malloc(sizeof(*copy));
	if (!copy)
		return cudaErrorMemoryAllocation;
	*copy = callback;
	error = error_from(driver.cuStreamAddCallback(stream, call_back, copy, flags));
	if (error)
		free(copy);
	return error;
}

cudaError_t cudaStreamAddCallback(cudaStream_t stream, cudaStreamCallback_t callback,
				  void *userData, unsigned int flags)
{
	return error_set(add_callback(stream, (struct callback){ callback, userData }, flags));
}

static_assert((int)cudaStreamCaptureModeRelaxed == (int)CU_STREAM_CAPTURE_MODE_RELAXED &&
	      (int)cudaStreamCaptureStatusInvalidated ==
		      (int)CU_STREAM_CAPTURE_STATUS_INVALIDATED &&
	      sizeof(enum cudaStreamCaptureMode) == sizeof(CUstreamCaptureMode),
	      "capture modes and states are the driver's");

FORWARD(cudaStreamBeginCapture, (cudaStream_t stream, enum cudaStreamCaptureMode mode),
	cuStreamBeginCapture(stream, (CUstreamCaptureMode)mode))
FORWARD(cudaStreamBeginCaptureToGraph,
	(cudaStream_t stream, cudaGraph_t graph, const cudaGraphNode_t *dependencies,
	 const cudaGraphEdgeData *edges, size_t count, enum cudaStreamCaptureMode mode),
	cuStreamBeginCaptureToGraph(stream, graph, dependencies, (const CUgraphEdgeData *)edges,
				    count, (CUstreamCaptureMode)mode))
FORWARD(cudaStreamEndCapture, (cudaStream_t stream, cudaGraph_t *graph),
	cuStreamEndCapture(stream, graph))
FORWARD_OUT(cudaStreamIsCapturing, (cudaStream_t stream, enum cudaStreamCaptureStatus *status),
	    status, cuStreamIsCapturing(stream, (CUstreamCaptureStatus *)status))
FORWARD(cudaThreadExchangeStreamCaptureMode, (enum cudaStreamCaptureMode *mode),
	cuThreadExchangeStreamCaptureMode((CUstreamCaptureMode *)mode))

FORWARD(cudaStreamGetCaptureInfo,
	(cudaStream_t stream, enum cudaStreamCaptureStatus *status, unsigned long long *id,
	 cudaGraph_t *graph, const cudaGraphNode_t **dependencies,
	 const cudaGraphEdgeData **edges, size_t *count),
	cuStreamGetCaptureInfo_v3(stream, (CUstreamCaptureStatus *)status, (cuuint64_t *)id, graph,
				  dependencies, (const CUgraphEdgeData **)edges, count))
FORWARD(cudaStreamUpdateCaptureDependencies,
	(cudaStream_t stream, cudaGraphNode_t *dependencies, const cudaGraphEdgeData *edges,
	 size_t count, unsigned int flags),
	cuStreamUpdateCaptureDependencies_v2(stream, dependencies, (const CUgraphEdgeData *)edges,
					     count, flags))
