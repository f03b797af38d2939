/* SPDX-License-Identifier: MIT */
/* Two contexts in one process: modules and streams belong to theirs, memory is reached from both */
#include "ptx.h"

int main(void)
{
	CUcontext one, two;
	CUmodule in_one, in_two;
	CUfunction saxpy;
	CUdeviceptr dev;
	unsigned value = 5;

	CU(cuInit(0));
	CU(cuCtxCreate(&one, NULL, 0, 0));
	CU(cuModuleLoadData(&in_one, ptx_text));
	CU(cuMemAlloc(&dev, 4));
	CU(cuMemcpyHtoD(dev, &value, 4));
	CU(cuCtxCreate(&two, NULL, 0, 0));
	CU(cuModuleLoadData(&in_two, ptx_text));
	CU(cuModuleGetFunction(&saxpy, in_two, "saxpy"));
	ptx_saxpy(saxpy);
	CU(cuCtxSetCurrent(one));
	CU(cuModuleGetFunction(&saxpy, in_one, "saxpy"));
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
