/* SPDX-License-Identifier: MIT */
/*
 * driver.h - the host's libcuda, looked up by name
 *
 * The worker does not link libcuda: it loads the one it is told to, NVIDIA's or
 * softgpu's, and has no idea which it got.  What the rows of calls.def call is
 * looked up from the rows; what only hand-written bodies call stands in
 * DRIVER_MORE.  A function that this libcuda lacks is NULL here, and a row that
 * needs it answers CUDA_ERROR_NOT_SUPPORTED.
 */
#ifndef QCU_DEVICE_WORKER_DRIVER_H
#define QCU_DEVICE_WORKER_DRIVER_H

#include <stdbool.h>

#include "wire/call.h"
#include "wire/cuda_api.h"

/* cuCtxCreate_v2 has left cuda.h; every driver still has it. */
CUresult CUDAAPI cuCtxCreate_v2(CUcontext *pctx, unsigned int flags, CUdevice dev);

#define DRIVER_MORE(X) \
	X(cuInit) X(cuDriverGetVersion) \
	X(cuDeviceGet) X(cuDeviceGetCount) X(cuDeviceGetName) X(cuDeviceGetUuid_v2) \
	X(cuDeviceGetLuid) X(cuDeviceTotalMem_v2) X(cuDeviceGetAttribute) \
	X(cuDevicePrimaryCtxRetain) X(cuDevicePrimaryCtxRelease_v2) \
	X(cuDevicePrimaryCtxReset_v2) X(cuCtxCreate_v2) X(cuCtxSetCurrent) \
	X(cuMemPoolCreate) X(cuMemPoolGetAttribute) X(cuMemPoolSetAttribute) \
	X(cuMemPoolGetAccess) X(cuMemPoolSetAccess) \
	X(cuMemCreate) X(cuMemGetAllocationGranularity) X(cuMemSetAccess) X(cuMemGetAccess) \
	X(cuMemExportToShareableHandle) X(cuMemImportFromShareableHandle) \
	X(cuMemGetAllocationPropertiesFromHandle) \
	X(cuMemPoolExportToShareableHandle) X(cuMemPoolImportFromShareableHandle) \
	X(cuMemPoolExportPointer) X(cuMemPoolImportPointer) \
	X(cuIpcGetMemHandle) X(cuIpcOpenMemHandle_v2) X(cuIpcGetEventHandle) \
	X(cuIpcOpenEventHandle) X(cuPointerGetAttribute) X(cuPointerGetAttributes) X(cuPointerSetAttribute) \
	X(cuDeviceGetDevResource) X(cuCtxGetDevResource) X(cuGreenCtxGetDevResource) \
	X(cuDevSmResourceSplitByCount) X(cuDevResourceGenerateDesc) X(cuGreenCtxCreate) \
	X(cuGreenCtxDestroy) X(cuGreenCtxStreamCreate) X(cuCtxFromGreenCtx) \
	X(cuCtxPopCurrent_v2) X(cuMemHostRegister_v2) X(cuMemHostUnregister) \
	X(cuMemHostGetDevicePointer_v2) X(cuMemcpyHtoD_v2) X(cuMemcpyDtoH_v2) \
	X(cuMemcpyHtoDAsync_v2) X(cuMemcpyDtoHAsync_v2) X(cuMemcpy3D_v2) \
	X(cuMemcpy3DAsync_v2) X(cuMemcpy3DPeer) X(cuMemcpy3DPeerAsync) \
	X(cuTexRefGetArray) X(cuTexRefGetMipmappedArray) X(cuSurfRefGetArray) \
	X(cuMemMapArrayAsync) X(cuMemBatchDecompressAsync) \
	X(cuTexObjectCreate) X(cuSurfObjectCreate) X(cuTensorMapEncodeTiled) \
	X(cuTensorMapEncodeIm2col) X(cuTensorMapEncodeIm2colWide) X(cuTensorMapReplaceAddress) \
	X(cuModuleLoadDataEx) X(cuLibraryLoadData) X(cuLibraryUnload) \
	X(cuFuncGetParamInfo) X(cuLaunchKernel) X(cuLaunchKernelEx) \
	X(cuLaunchHostFunc) X(cuStreamAddCallback) \
	X(cuLogsRegisterCallback) X(cuLogsUnregisterCallback) \
	X(cuDeviceRegisterAsyncNotification) X(cuDeviceUnregisterAsyncNotification) \
	X(cuLogsDumpToMemory) X(cuLinkCreate_v2) X(cuLinkAddData_v2) X(cuLinkComplete) X(cuLinkDestroy) \
	X(cuModuleEnumerateFunctions) X(cuLibraryEnumerateKernels) X(cuFuncGetName) \
	X(cuKernelGetName) \
	X(cuStreamGetAttribute) X(cuStreamSetAttribute) \
	X(cuOccupancyMaxActiveClusters) X(cuOccupancyMaxPotentialClusterSize) \
	X(cuGraphGetNodes) X(cuGraphGetRootNodes) X(cuGraphGetEdges_v2) \
	X(cuGraphNodeGetDependencies_v2) X(cuGraphNodeGetDependentNodes_v2) \
	X(cuGraphNodeFindInClone) X(cuGraphDebugDotPrint) \
	X(cuDeviceGetGraphMemAttribute) X(cuDeviceSetGraphMemAttribute) \
	X(cuGraphInstantiateWithParams) X(cuGraphExecUpdate_v2) \
	X(cuGraphAddKernelNode_v2) X(cuGraphAddMemcpyNode) X(cuGraphAddHostNode) \
	X(cuGraphAddMemAllocNode) X(cuGraphAddBatchMemOpNode) X(cuGraphAddNode_v2) \
	X(cuGraphKernelNodeGetParams_v2) X(cuGraphMemcpyNodeGetParams) \
	X(cuGraphHostNodeGetParams) X(cuGraphEventRecordNodeGetEvent) \
	X(cuGraphEventWaitNodeGetEvent) X(cuGraphChildGraphNodeGetGraph) \
	X(cuGraphMemAllocNodeGetParams) X(cuGraphBatchMemOpNodeGetParams) \
	X(cuGraphKernelNodeSetParams_v2) X(cuGraphMemcpyNodeSetParams) \
	X(cuGraphHostNodeSetParams) X(cuGraphBatchMemOpNodeSetParams) \
	X(cuGraphKernelNodeGetAttribute) X(cuGraphKernelNodeSetAttribute) \
	X(cuGraphExecKernelNodeSetParams_v2) X(cuGraphExecMemcpyNodeSetParams) \
	X(cuGraphExecHostNodeSetParams) X(cuGraphExecBatchMemOpNodeSetParams) \
	X(cuStreamEndCapture) X(cuStreamGetCaptureInfo_v3) X(cuThreadExchangeStreamCaptureMode)

#define CALL(id, name, ...) typeof(name) *name;
#define WRAP(id, name, ...) typeof(name) *name;
#define MORE(name) typeof(name) *name;
struct driver {
#include "wire/calls.def"
	DRIVER_MORE(MORE)
};
#undef MORE

/* Written once by driver_load(), before any thread; then read only. */
extern struct driver driver;

/**
 * driver_load() - load the libcuda at @path and initialise it
 *
 * Return: 0, or -1 after having logged why.
 */
int driver_load(const char *path);

/**
 * driver_reaches_process() - can kernels read and write all memory of this process?
 *
 * So it is where the GPU shares the page tables of the process (HMM of NVIDIA's open kernel
 * modules, ATS).  After driver_load().
 */
bool driver_reaches_process(void);

#endif
