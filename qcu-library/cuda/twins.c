/* SPDX-License-Identifier: MIT */
/*
 * twins.c - the _ptds and _ptsz twins: programs built with a default stream per thread
 *
 * A _ptsz twin is its sister with stream 0 meaning the thread's own stream; a
 * _ptds twin is a synchronous call that works on that stream.
 */
#include "qcu-library/cuda/api.h"

#define TWIN(name, params, call) \
	CUresult CUDAAPI name params { return call; }

static CUstream own(CUstream stream)
{
	return stream ? stream : CU_STREAM_PER_THREAD;
}

/* End of a synchronous copy that was begun on the thread's stream */
static CUresult finished(CUresult rc)
{
	return rc == CUDA_SUCCESS ? cuStreamSynchronize(CU_STREAM_PER_THREAD) : rc;
}

#define MINE CU_STREAM_PER_THREAD

TWIN(cuMemcpy_ptds, (CUdeviceptr dst, CUdeviceptr src, size_t n),
     finished(cuMemcpyAsync(dst, src, n, MINE)))
TWIN(cuMemcpyHtoD_v2_ptds, (CUdeviceptr dst, const void *src, size_t n),
     finished(cuMemcpyHtoDAsync_v2(dst, src, n, MINE)))
TWIN(cuMemcpyDtoH_v2_ptds, (void *dst, CUdeviceptr src, size_t n),
     finished(cuMemcpyDtoHAsync_v2(dst, src, n, MINE)))
TWIN(cuMemcpyDtoD_v2_ptds, (CUdeviceptr dst, CUdeviceptr src, size_t n),
     cuMemcpyDtoDAsync_v2(dst, src, n, MINE))
TWIN(cuMemcpyPeer_ptds,
     (CUdeviceptr dst, CUcontext to, CUdeviceptr src, CUcontext from, size_t n),
     cuMemcpyPeerAsync(dst, to, src, from, n, MINE))
TWIN(cuMemcpy2D_v2_ptds, (const CUDA_MEMCPY2D *copy), finished(cuMemcpy2DAsync_v2(copy, MINE)))
TWIN(cuMemcpy2DUnaligned_v2_ptds, (const CUDA_MEMCPY2D *copy),
     finished(cuMemcpy2DAsync_v2(copy, MINE)))
TWIN(cuMemcpy3D_v2_ptds, (const CUDA_MEMCPY3D *copy), finished(cuMemcpy3DAsync_v2(copy, MINE)))
TWIN(cuMemcpy3DPeer_ptds, (const CUDA_MEMCPY3D_PEER *copy),
     finished(cuMemcpy3DPeerAsync(copy, MINE)))
TWIN(cuMemsetD8_v2_ptds, (CUdeviceptr dst, unsigned char value, size_t n),
     cuMemsetD8Async(dst, value, n, MINE))
TWIN(cuMemsetD16_v2_ptds, (CUdeviceptr dst, unsigned short value, size_t n),
     cuMemsetD16Async(dst, value, n, MINE))
TWIN(cuMemsetD32_v2_ptds, (CUdeviceptr dst, unsigned int value, size_t n),
     cuMemsetD32Async(dst, value, n, MINE))
TWIN(cuMemsetD2D8_v2_ptds,
     (CUdeviceptr dst, size_t pitch, unsigned char value, size_t width, size_t height),
     cuMemsetD2D8Async(dst, pitch, value, width, height, MINE))
TWIN(cuMemsetD2D16_v2_ptds,
     (CUdeviceptr dst, size_t pitch, unsigned short value, size_t width, size_t height),
     cuMemsetD2D16Async(dst, pitch, value, width, height, MINE))
TWIN(cuMemsetD2D32_v2_ptds,
     (CUdeviceptr dst, size_t pitch, unsigned int value, size_t width, size_t height),
     cuMemsetD2D32Async(dst, pitch, value, width, height, MINE))

TWIN(cuMemcpyAsync_ptsz, (CUdeviceptr dst, CUdeviceptr src, size_t n, CUstream stream),
     cuMemcpyAsync(dst, src, n, own(stream)))
TWIN(cuMemcpyHtoDAsync_v2_ptsz, (CUdeviceptr dst, const void *src, size_t n, CUstream stream),
     cuMemcpyHtoDAsync_v2(dst, src, n, own(stream)))
TWIN(cuMemcpyDtoHAsync_v2_ptsz, (void *dst, CUdeviceptr src, size_t n, CUstream stream),
     cuMemcpyDtoHAsync_v2(dst, src, n, own(stream)))
TWIN(cuMemcpyDtoDAsync_v2_ptsz, (CUdeviceptr dst, CUdeviceptr src, size_t n, CUstream stream),
     cuMemcpyDtoDAsync_v2(dst, src, n, own(stream)))
TWIN(cuMemcpyPeerAsync_ptsz,
     (CUdeviceptr dst, CUcontext to, CUdeviceptr src, CUcontext from, size_t n, CUstream stream),
     cuMemcpyPeerAsync(dst, to, src, from, n, own(stream)))
TWIN(cuMemcpy2DAsync_v2_ptsz, (const CUDA_MEMCPY2D *copy, CUstream stream),
     cuMemcpy2DAsync_v2(copy, own(stream)))
TWIN(cuMemcpy3DAsync_v2_ptsz, (const CUDA_MEMCPY3D *copy, CUstream stream),
     cuMemcpy3DAsync_v2(copy, own(stream)))
TWIN(cuMemcpy3DPeerAsync_ptsz, (const CUDA_MEMCPY3D_PEER *copy, CUstream stream),
     cuMemcpy3DPeerAsync(copy, own(stream)))
TWIN(cuMemsetD8Async_ptsz, (CUdeviceptr dst, unsigned char value, size_t n, CUstream stream),
     cuMemsetD8Async(dst, value, n, own(stream)))
TWIN(cuMemsetD16Async_ptsz, (CUdeviceptr dst, unsigned short value, size_t n, CUstream stream),
     cuMemsetD16Async(dst, value, n, own(stream)))
TWIN(cuMemsetD32Async_ptsz, (CUdeviceptr dst, unsigned int value, size_t n, CUstream stream),
     cuMemsetD32Async(dst, value, n, own(stream)))
TWIN(cuMemsetD2D8Async_ptsz,
     (CUdeviceptr dst, size_t pitch, unsigned char value, size_t width, size_t height,
      CUstream stream),
     cuMemsetD2D8Async(dst, pitch, value, width, height, own(stream)))
TWIN(cuMemsetD2D16Async_ptsz,
     (CUdeviceptr dst, size_t pitch, unsigned short value, size_t width, size_t height,
      CUstream stream),
     cuMemsetD2D16Async(dst, pitch, value, width, height, own(stream)))
TWIN(cuMemsetD2D32Async_ptsz,
     (CUdeviceptr dst, size_t pitch, unsigned int value, size_t width, size_t height,
      CUstream stream),
     cuMemsetD2D32Async(dst, pitch, value, width, height, own(stream)))

TWIN(cuMemAllocAsync_ptsz, (CUdeviceptr *dptr, size_t n, CUstream stream),
     cuMemAllocAsync(dptr, n, own(stream)))
TWIN(cuMemAllocFromPoolAsync_ptsz,
     (CUdeviceptr *dptr, size_t n, CUmemoryPool pool, CUstream stream),
     cuMemAllocFromPoolAsync(dptr, n, pool, own(stream)))
TWIN(cuMemPrefetchAsync_ptsz,
     (CUdeviceptr address, size_t n, CUdevice device, CUstream stream),
     cuMemPrefetchAsync(address, n, device, own(stream)))
TWIN(cuMemPrefetchAsync_v2_ptsz,
     (CUdeviceptr address, size_t n, CUmemLocation location, unsigned int flags, CUstream stream),
     cuMemPrefetchAsync_v2(address, n, location, flags, own(stream)))
TWIN(cuMemPrefetchBatchAsync_ptsz,
     (CUdeviceptr *addresses, size_t *sizes, size_t n, CUmemLocation *locations, size_t *indices,
      size_t n_locations, unsigned long long flags, CUstream stream),
     cuMemPrefetchBatchAsync(addresses, sizes, n, locations, indices, n_locations, flags, own(stream)))
TWIN(cuMemDiscardBatchAsync_ptsz,
     (CUdeviceptr *addresses, size_t *sizes, size_t n, unsigned long long flags, CUstream stream),
     cuMemDiscardBatchAsync(addresses, sizes, n, flags, own(stream)))
TWIN(cuMemDiscardAndPrefetchBatchAsync_ptsz,
     (CUdeviceptr *addresses, size_t *sizes, size_t n, CUmemLocation *locations, size_t *indices,
      size_t n_locations, unsigned long long flags, CUstream stream),
     cuMemDiscardAndPrefetchBatchAsync(addresses, sizes, n, locations, indices, n_locations, flags,
				       own(stream)))
TWIN(cuStreamAttachMemAsync_ptsz,
     (CUstream stream, CUdeviceptr address, size_t n, unsigned int flags),
     cuStreamAttachMemAsync(own(stream), address, n, flags))
TWIN(cuMemFreeAsync_ptsz, (CUdeviceptr dptr, CUstream stream),
     cuMemFreeAsync(dptr, own(stream)))

TWIN(cuLaunchKernel_ptsz,
     (CUfunction f, unsigned int gx, unsigned int gy, unsigned int gz, unsigned int bx,
      unsigned int by, unsigned int bz, unsigned int shared, CUstream stream, void **params,
      void **extra),
     cuLaunchKernel(f, gx, gy, gz, bx, by, bz, shared, own(stream), params, extra))
TWIN(cuLaunchCooperativeKernel_ptsz,
     (CUfunction f, unsigned int gx, unsigned int gy, unsigned int gz, unsigned int bx,
      unsigned int by, unsigned int bz, unsigned int shared, CUstream stream, void **params),
     cuLaunchCooperativeKernel(f, gx, gy, gz, bx, by, bz, shared, own(stream), params))

CUresult CUDAAPI cuLaunchKernelEx_ptsz(const CUlaunchConfig *config, CUfunction f, void **params,
				       void **extra)
{
	CUlaunchConfig mine;

	if (!config)
		return cuLaunchKernelEx(config, f, params, extra);
	mine = *config;
	mine.hStream = own(config->hStream);
	return cuLaunchKernelEx(&mine, f, params, extra);
}

TWIN(cuStreamSynchronize_ptsz, (CUstream stream), cuStreamSynchronize(own(stream)))
TWIN(cuStreamQuery_ptsz, (CUstream stream), cuStreamQuery(own(stream)))
TWIN(cuStreamWaitEvent_ptsz, (CUstream stream, CUevent event, unsigned int flags),
     cuStreamWaitEvent(own(stream), event, flags))
TWIN(cuStreamGetFlags_ptsz, (CUstream stream, unsigned int *flags),
     cuStreamGetFlags(own(stream), flags))
TWIN(cuStreamGetPriority_ptsz, (CUstream stream, int *priority),
     cuStreamGetPriority(own(stream), priority))
TWIN(cuStreamGetId_ptsz, (CUstream stream, unsigned long long *id),
     cuStreamGetId(own(stream), id))
TWIN(cuStreamGetDevice_ptsz, (CUstream stream, CUdevice *device),
     cuStreamGetDevice(own(stream), device))
TWIN(cuStreamGetCtx_ptsz, (CUstream stream, CUcontext *context),
     cuStreamGetCtx(own(stream), context))
TWIN(cuLaunchHostFunc_ptsz, (CUstream stream, CUhostFn function, void *data),
     cuLaunchHostFunc(own(stream), function, data))
TWIN(cuStreamAddCallback_ptsz,
     (CUstream stream, CUstreamCallback callback, void *data, unsigned int flags),
     cuStreamAddCallback(own(stream), callback, data, flags))
TWIN(cuEventRecord_ptsz, (CUevent event, CUstream stream), cuEventRecord(event, own(stream)))
TWIN(cuEventRecordWithFlags_ptsz, (CUevent event, CUstream stream, unsigned int flags),
     cuEventRecordWithFlags(event, own(stream), flags))
TWIN(cuStreamGetCtx_v2_ptsz, (CUstream stream, CUcontext *context, CUgreenCtx *green),
     cuStreamGetCtx_v2(own(stream), context, green))
TWIN(cuStreamCopyAttributes_ptsz, (CUstream dst, CUstream src),
     cuStreamCopyAttributes(own(dst), own(src)))
TWIN(cuStreamGetAttribute_ptsz, (CUstream stream, CUstreamAttrID attr, CUstreamAttrValue *value),
     cuStreamGetAttribute(own(stream), attr, value))
TWIN(cuStreamSetAttribute_ptsz,
     (CUstream stream, CUstreamAttrID attr, const CUstreamAttrValue *value),
     cuStreamSetAttribute(own(stream), attr, value))
TWIN(cuStreamWaitValue32_v2_ptsz,
     (CUstream stream, CUdeviceptr addr, cuuint32_t value, unsigned int flags),
     cuStreamWaitValue32_v2(own(stream), addr, value, flags))
TWIN(cuStreamWaitValue64_v2_ptsz,
     (CUstream stream, CUdeviceptr addr, cuuint64_t value, unsigned int flags),
     cuStreamWaitValue64_v2(own(stream), addr, value, flags))
TWIN(cuStreamWriteValue32_v2_ptsz,
     (CUstream stream, CUdeviceptr addr, cuuint32_t value, unsigned int flags),
     cuStreamWriteValue32_v2(own(stream), addr, value, flags))
TWIN(cuStreamWriteValue64_v2_ptsz,
     (CUstream stream, CUdeviceptr addr, cuuint64_t value, unsigned int flags),
     cuStreamWriteValue64_v2(own(stream), addr, value, flags))
TWIN(cuStreamBatchMemOp_v2_ptsz,
     (CUstream stream, unsigned int count, CUstreamBatchMemOpParams *params, unsigned int flags),
     cuStreamBatchMemOp_v2(own(stream), count, params, flags))

TWIN(cuGraphLaunch_ptsz, (CUgraphExec exec, CUstream stream), cuGraphLaunch(exec, own(stream)))
TWIN(cuGraphUpload_ptsz, (CUgraphExec exec, CUstream stream), cuGraphUpload(exec, own(stream)))

CUresult CUDAAPI cuGraphInstantiateWithParams_ptsz(CUgraphExec *exec, CUgraph graph,
						   CUDA_GRAPH_INSTANTIATE_PARAMS *params)
{
	if (params)
		params->hUploadStream = own(params->hUploadStream);
	return cuGraphInstantiateWithParams(exec, graph, params);
}

TWIN(cuStreamBeginCapture_v2_ptsz, (CUstream stream, CUstreamCaptureMode mode),
     cuStreamBeginCapture_v2(own(stream), mode))
TWIN(cuStreamBeginCaptureToGraph_ptsz,
     (CUstream stream, CUgraph graph, const CUgraphNode *dependencies,
      const CUgraphEdgeData *data, size_t n, CUstreamCaptureMode mode),
     cuStreamBeginCaptureToGraph(own(stream), graph, dependencies, data, n, mode))
TWIN(cuStreamEndCapture_ptsz, (CUstream stream, CUgraph *graph),
     cuStreamEndCapture(own(stream), graph))
TWIN(cuStreamIsCapturing_ptsz, (CUstream stream, CUstreamCaptureStatus *status),
     cuStreamIsCapturing(own(stream), status))
TWIN(cuStreamGetCaptureInfo_v3_ptsz,
     (CUstream stream, CUstreamCaptureStatus *status, cuuint64_t *id, CUgraph *graph,
      const CUgraphNode **dependencies, const CUgraphEdgeData **data, size_t *n),
     cuStreamGetCaptureInfo_v3(own(stream), status, id, graph, dependencies, data, n))
TWIN(cuStreamUpdateCaptureDependencies_v2_ptsz,
     (CUstream stream, CUgraphNode *dependencies, const CUgraphEdgeData *data, size_t n,
      unsigned int flags),
     cuStreamUpdateCaptureDependencies_v2(own(stream), dependencies, data, n, flags))
TWIN(cuMemMapArrayAsync_ptsz, (CUarrayMapInfo *maps, unsigned int count, CUstream stream),
     cuMemMapArrayAsync(maps, count, own(stream)))
TWIN(cuMemBatchDecompressAsync_ptsz,
     (CUmemDecompressParams *params, size_t count, unsigned int flags, size_t *error_index,
      CUstream stream),
     cuMemBatchDecompressAsync(params, count, flags, error_index, own(stream)))
