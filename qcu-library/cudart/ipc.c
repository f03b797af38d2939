/* SPDX-License-Identifier: MIT */
/* What leaves the process, and what comes of itself: IPC, notifications, the driver's log. */
#include <string.h>
#include "cudart.h"

static_assert(sizeof(cudaIpcMemHandle_t) == sizeof(CUipcMemHandle) &&
	      sizeof(cudaIpcEventHandle_t) == sizeof(CUipcEventHandle) &&
	      cudaIpcMemLazyEnablePeerAccess == CU_IPC_MEM_LAZY_ENABLE_PEER_ACCESS,
	      "handles of other processes are the driver's");

FORWARD(cudaIpcGetEventHandle, (cudaIpcEventHandle_t *handle, cudaEvent_t event),
	cuIpcGetEventHandle((CUipcEventHandle *)handle, event))
FORWARD(cudaIpcGetMemHandle, (cudaIpcMemHandle_t *handle, void *devPtr),
	cuIpcGetMemHandle((CUipcMemHandle *)handle, device_ptr(devPtr)))
FORWARD(cudaIpcCloseMemHandle, (void *devPtr), cuIpcCloseMemHandle(device_ptr(devPtr)))

static CUipcEventHandle event_handle(const cudaIpcEventHandle_t *from)
{
	CUipcEventHandle to;

	memcpy(&to, from, sizeof(to));
	return to;
}

static CUipcMemHandle mem_handle(const cudaIpcMemHandle_t *from)
{
	CUipcMemHandle to;

	memcpy(&to, from, sizeof(to));
	return to;
}

FORWARD(cudaIpcOpenEventHandle, (cudaEvent_t *event, cudaIpcEventHandle_t handle),
	cuIpcOpenEventHandle(event, event_handle(&handle)))
FORWARD(cudaIpcOpenMemHandle, (void **devPtr, cudaIpcMemHandle_t handle, unsigned int flags),
	cuIpcOpenMemHandle((CUdeviceptr *)devPtr, mem_handle(&handle), flags))

static_assert(sizeof(cudaAsyncNotificationInfo_t) == sizeof(CUasyncNotificationInfo),
	      "notifications are the driver's");

FORWARD_BARE(cudaDeviceRegisterAsyncNotification,
	     (int device, cudaAsyncCallback callbackFunc, void *userData,
	      cudaAsyncCallbackHandle_t *callback),
	     cuDeviceRegisterAsyncNotification(device, (CUasyncCallback)callbackFunc, userData,
					       (CUasyncCallbackHandle *)callback))
FORWARD_BARE(cudaDeviceUnregisterAsyncNotification,
	     (int device, cudaAsyncCallbackHandle_t callback),
	     cuDeviceUnregisterAsyncNotification(device, (CUasyncCallbackHandle)callback))

#if CUDART_VERSION >= 13000
FORWARD_BARE(cudaLogsRegisterCallback,
	     (cudaLogsCallback_t callbackFunc, void *userData, cudaLogsCallbackHandle *callback),
	     cuLogsRegisterCallback((CUlogsCallback)callbackFunc, userData,
				    (CUlogsCallbackHandle *)callback))
FORWARD_BARE(cudaLogsUnregisterCallback, (cudaLogsCallbackHandle callback),
	     cuLogsUnregisterCallback((CUlogsCallbackHandle)callback))
FORWARD_BARE(cudaLogsCurrent, (cudaLogIterator *iterator, unsigned int flags),
	     cuLogsCurrent((CUlogIterator *)iterator, flags))
FORWARD_BARE(cudaLogsDumpToFile,
	     (cudaLogIterator *iterator, const char *pathToFile, unsigned int flags),
	     cuLogsDumpToFile((CUlogIterator *)iterator, pathToFile, flags))
FORWARD_BARE(cudaLogsDumpToMemory,
	     (cudaLogIterator *iterator, char *buffer, size_t *size, unsigned int flags),
	     cuLogsDumpToMemory((CUlogIterator *)iterator, buffer, size, flags))
#endif
