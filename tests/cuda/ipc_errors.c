/* SPDX-License-Identifier: MIT */
/*
 * What cannot be given to another process; garbage_handles_are_refused has what is no handle of one
 * and what has nowhere to go, which NVIDIA's library follows
 */
#include <unistd.h>

#include "check.h"

static void memory(void)
{
	void *device, *host, *managed, *pooled, *opened;
	cudaIpcMemHandle_t handle, again;

	CUDA(cudaMalloc(&device, 1000));
	CUDA(cudaMallocHost(&host, 1000));
	CUDA(cudaMallocManaged(&managed, 1000, cudaMemAttachGlobal));
	CUDA(cudaMallocAsync(&pooled, 1000, 0));
	EXPECT(cudaErrorInvalidValue, cudaIpcGetMemHandle(&handle, NULL));
	EXPECT(cudaErrorInvalidValue, cudaIpcGetMemHandle(&handle, host));
	EXPECT(cudaErrorInvalidValue, cudaIpcGetMemHandle(&handle, managed));
	EXPECT(cudaErrorInvalidValue, cudaIpcGetMemHandle(&handle, pooled));
	EXPECT(cudaErrorInvalidValue, cudaIpcGetMemHandle(&handle, &handle));
	EXPECT(cudaSuccess, cudaIpcGetMemHandle(&again, (char *)device + 100));
	CUDA(cudaIpcGetMemHandle(&handle, device));
	/* A process cannot open its own. */
	EXPECT(cudaErrorDeviceUninitialized,
	       cudaIpcOpenMemHandle(&opened, handle, cudaIpcMemLazyEnablePeerAccess));
	EXPECT(cudaErrorInvalidValue, cudaIpcOpenMemHandle(&opened, handle, 0));
	EXPECT(cudaErrorInvalidValue, cudaIpcCloseMemHandle(device));
	EXPECT(cudaErrorInvalidValue, cudaIpcCloseMemHandle(NULL));
	CUDA(cudaFree(device));
	CUDA(cudaFreeHost(host));
	CUDA(cudaFree(managed));
	CUDA(cudaFree(pooled));
}

static void event(void)
{
	cudaEvent_t plain, shared, opened;
	cudaIpcEventHandle_t handle;

	CUDA(cudaEventCreateWithFlags(&plain, cudaEventDisableTiming));
	CUDA(cudaEventCreateWithFlags(&shared, cudaEventDisableTiming | cudaEventInterprocess));
	EXPECT(cudaErrorInvalidResourceHandle, cudaIpcGetEventHandle(&handle, plain));
	EXPECT(cudaErrorInvalidValue, cudaIpcGetEventHandle(&handle, NULL));
	CUDA(cudaIpcGetEventHandle(&handle, shared));
	EXPECT(cudaErrorDeviceUninitialized, cudaIpcOpenEventHandle(&opened, handle));
	cudaGetLastError();
	CUDA(cudaEventRecord(shared, 0));
	CUDA(cudaEventSynchronize(shared));
	CUDA(cudaEventDestroy(plain));
	CUDA(cudaEventDestroy(shared));
}

static void pool(void)
{
	struct cudaMemPoolProps props = { 0 };
	cudaMemPool_t own, imported, none;
	struct cudaMemPoolPtrExportData data;
	void *block, *again, *other;
	int fd, types, pipes[2];

	CUDA(cudaDeviceGetAttribute(&types, cudaDevAttrMemoryPoolSupportedHandleTypes, 0));
	if (!(types & cudaMemHandleTypePosixFileDescriptor))
		return;
	props.allocType = cudaMemAllocationTypePinned;
	props.handleTypes = cudaMemHandleTypePosixFileDescriptor;
	props.location.type = cudaMemLocationTypeDevice;
	CUDA(cudaMemPoolCreate(&own, &props));
	CUDA(cudaMemPoolExportToShareableHandle(&fd, own, props.handleTypes, 0));
	CUDA(cudaMallocFromPoolAsync(&block, 5000, own, 0));
	CUDA(cudaMalloc(&other, 5000));
	CUDA(cudaStreamSynchronize(0));
	EXPECT(cudaErrorInvalidValue, cudaMemPoolExportPointer(&data, other));
	EXPECT(cudaErrorInvalidValue, cudaMemPoolExportPointer(&data, (char *)block + 100));
	CUDA(cudaMemPoolExportPointer(&data, block));
	/* Its own pool a process may import, and has the memory twice then. */
	CUDA(cudaMemPoolImportFromShareableHandle(&imported, (void *)(intptr_t)fd,
						  props.handleTypes, 0));
	EXPECT(cudaErrorInvalidValue, cudaMemPoolImportPointer(&again, own, &data));
	CUDA(cudaMemPoolImportPointer(&again, imported, &data));
	CHECK(again != block);
	EXPECT(cudaErrorInvalidValue, cudaMallocFromPoolAsync(&other, 100, imported, 0));
	CHECK(!pipe(pipes));
	EXPECT(cudaErrorUnknown,
	       cudaMemPoolImportFromShareableHandle(&none, (void *)(intptr_t)pipes[0],
						    props.handleTypes, 0));
	cudaGetLastError();
}

int main(void)
{
	memory();
	event();
	pool();
	return finish();
}
