/* SPDX-License-Identifier: MIT */
/*
 * Streams, events, modules and kernels that never were are refused, and the program goes on.
 * NVIDIA's own library follows such a pointer and may crash, so nothing can be compared there.
 */
#include "check.h"
#include "nvidias.h"

static void of_other_processes(void)
{
	cudaIpcMemHandle_t memory;
	cudaIpcEventHandle_t event;
	cudaEvent_t opened, shared;
	void *address;

	CUDA(cudaMalloc(&address, 1000));
	EXPECT(cudaErrorInvalidValue, cudaIpcGetMemHandle(NULL, address));
	CUDA(cudaIpcGetMemHandle(&memory, address));
	EXPECT(cudaErrorInvalidValue,
	       cudaIpcOpenMemHandle(NULL, memory, cudaIpcMemLazyEnablePeerAccess));
	CUDA(cudaFree(address));
	CUDA(cudaEventCreateWithFlags(&shared, cudaEventDisableTiming | cudaEventInterprocess));
	EXPECT(cudaErrorInvalidValue, cudaIpcGetEventHandle(NULL, shared));
	CUDA(cudaEventDestroy(shared));
	memset(&memory, 0xaa, sizeof(memory));
	memset(&event, 0xaa, sizeof(event));
	EXPECT(cudaErrorInvalidValue,
	       cudaIpcOpenMemHandle(&address, memory, cudaIpcMemLazyEnablePeerAccess));
	EXPECT(cudaErrorMapBufferObjectFailed, cudaIpcOpenEventHandle(&opened, event));
	EXPECT(cudaErrorInvalidValue, cudaIpcOpenEventHandle(NULL, event));
	cudaGetLastError();
}

int main(void)
{
	cudaStream_t stream = (cudaStream_t)0x123456789000;
	cudaEvent_t event = (cudaEvent_t)0xdeadbeef0;
	CUmodule module = (CUmodule)0x77777770;
	CUfunction function = (CUfunction)0x55555550;
	CUmemAccessDesc access = { .flags = CU_MEM_ACCESS_FLAGS_PROT_READWRITE };
	CUdeviceptr dev;
	void *params[] = { &dev };
	float ms;

	CUDA(cudaFree(NULL));
	CU(cuInit(0));
	if (nvidias_driver())
		skip("NVIDIA's library does not check handles");
	EXPECT(cudaErrorInvalidResourceHandle, cudaStreamSynchronize(stream));
	EXPECT(cudaErrorInvalidResourceHandle, cudaStreamQuery(stream));
	EXPECT(cudaErrorInvalidResourceHandle, cudaStreamDestroy(stream));
	EXPECT(cudaErrorInvalidResourceHandle, cudaEventRecord(event, 0));
	EXPECT(cudaErrorInvalidResourceHandle, cudaEventSynchronize(event));
	EXPECT(cudaErrorInvalidResourceHandle, cudaEventElapsedTime(&ms, event, event));
	EXPECT(cudaErrorInvalidResourceHandle, cudaEventDestroy(event));
	EXPECT_CU(CUDA_ERROR_INVALID_HANDLE, cuModuleGetFunction(&function, module, "f"));
	EXPECT_CU(CUDA_ERROR_INVALID_HANDLE, cuModuleUnload(module));
	/* also where there would be nothing to do */
	EXPECT_CU(CUDA_ERROR_INVALID_HANDLE, cuModuleEnumerateFunctions(&function, 0, module));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE,
		  cuMemPoolSetAccess((CUmemoryPool)0x55555550, &access, 0));
	EXPECT_CU(CUDA_ERROR_INVALID_HANDLE,
		  cuLaunchKernel((CUfunction)0x55555550, 1, 1, 1, 1, 1, 1, 0, NULL, params, NULL));
	CUDA(cudaStreamCreate(&stream));
	/* a stream is not an event, and is no longer a stream when it has been destroyed */
	EXPECT(cudaErrorInvalidResourceHandle, cudaEventQuery((cudaEvent_t)stream));
	CUDA(cudaStreamDestroy(stream));
	EXPECT(cudaErrorInvalidResourceHandle, cudaStreamQuery(stream));
	of_other_processes();
	CU(cuMemAlloc(&dev, 100));
	CU(cuMemFree(dev));
	return finish();
}
