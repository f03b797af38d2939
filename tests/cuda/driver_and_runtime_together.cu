/* SPDX-License-Identifier: MIT */
/* Driver and runtime in one program share context, memory, streams and kernels */
#include "ptx.h"

__global__ void add(int *p, int x)
{
	*p += x;
}

int main()
{
	CUcontext context, primary;
	CUdeviceptr by_driver;
	CUfunction function;
	CUmodule module;
	cudaFunction_t handle;
	cudaStream_t stream;
	int *by_runtime, value = 1, x = 30;
	void *params[] = { &by_runtime, &x };
	void *params_of_add_variable[] = { &by_runtime };

	CUDA(cudaMalloc(&by_runtime, sizeof(int)));
	CU(cuCtxGetCurrent(&context));
	CU(cuDevicePrimaryCtxRetain(&primary, 0));
	CHECK(context == primary);
	CU(cuMemcpyHtoD((CUdeviceptr)by_runtime, &value, sizeof(value)));
	add<<<1, 1>>>(by_runtime, 10);
	CUDA(cudaGetFuncBySymbol(&handle, (const void *)add));
	CUDA(cudaStreamCreate(&stream));
	CUDA(cudaDeviceSynchronize());
	CU(cuLaunchKernel(handle, 1, 1, 1, 1, 1, 1, 0, stream, params, NULL));
	CU(cuStreamSynchronize(stream));
	CU(cuModuleLoadData(&module, ptx_text));
	CU(cuModuleGetFunction(&function, module, "add_variable"));
	CU(cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, NULL, params_of_add_variable, NULL));
	CUDA(cudaMemcpy(&value, by_runtime, sizeof(value), cudaMemcpyDeviceToHost));
	CHECK(value == 1 + 10 + 30 + 5);
	CU(cuMemAlloc(&by_driver, sizeof(int)));
	CUDA(cudaMemset((void *)by_driver, 0, sizeof(int)));
	add<<<1, 1>>>((int *)by_driver, 4);
	CU(cuMemcpyDtoH(&value, by_driver, sizeof(value)));
	CHECK(value == 4);
	CU(cuMemFree((CUdeviceptr)by_runtime));
	CUDA(cudaFree((void *)by_driver));
	CU(cuModuleUnload(module));
	CU(cuStreamDestroy(stream));
	CU(cuDevicePrimaryCtxRelease(0));
	return finish();
}
