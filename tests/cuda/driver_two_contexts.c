/* SPDX-License-Identifier: MIT */
/* Two contexts in one process: modules and streams belong to theirs, memory is reached from both */
#include "ptx.h"

int main(void)
{
	CUcontext one, two;
	CUmodule in_one, in_two;
	CUfunction saxpy;
	CUdeviceptr dev;
	unsigned value = 5, n = 0;
	float a = 0;
	void *nothing[] = { &dev, &dev, &a, &n };
	CUstream of_two;

	CU(cuInit(0));
	CU(cuCtxCreate(&one, NULL, 0, 0));
	CU(cuModuleLoadData(&in_one, ptx_text));
	CU(cuMemAlloc(&dev, 4));
	CU(cuMemcpyHtoD(dev, &value, 4));
	CU(cuCtxCreate(&two, NULL, 0, 0));
	CU(cuModuleLoadData(&in_two, ptx_text));
	CU(cuModuleGetFunction(&saxpy, in_two, "saxpy"));
	ptx_saxpy(saxpy);
	CU(cuStreamCreate(&of_two, CU_STREAM_NON_BLOCKING));
	CU(cuCtxSetCurrent(one));
	EXPECT_CU(CUDA_ERROR_INVALID_HANDLE,
		  cuLaunchKernel(saxpy, 1, 1, 1, 1, 1, 1, 0, NULL, nothing, NULL));
	CU(cuModuleGetFunction(&saxpy, in_one, "saxpy"));
	EXPECT_CU(CUDA_ERROR_INVALID_HANDLE,
		  cuLaunchKernel(saxpy, 1, 1, 1, 1, 1, 1, 0, of_two, nothing, NULL));
	ptx_saxpy(saxpy);
	CU(cuCtxDestroy(two));
	value = 0;
	CU(cuMemcpyDtoH(&value, dev, 4));
	CHECK(value == 5);
	ptx_saxpy(saxpy);
	CU(cuModuleUnload(in_one));
	CU(cuCtxDestroy(one));
	return finish();
}
