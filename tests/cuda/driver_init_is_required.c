/* SPDX-License-Identifier: MIT */
/* Before cuInit every call is CUDA_ERROR_NOT_INITIALIZED; cuInit takes no flags, any number of times */
#include "check.h"

int main(void)
{
	CUdeviceptr dev;
	CUcontext context;
	CUdevice device;
	int count;

	EXPECT_CU(CUDA_ERROR_NOT_INITIALIZED, cuDeviceGetCount(&count));
	EXPECT_CU(CUDA_ERROR_NOT_INITIALIZED, cuDeviceGet(&device, 0));
	EXPECT_CU(CUDA_ERROR_NOT_INITIALIZED, cuMemAlloc(&dev, 16));
	EXPECT_CU(CUDA_ERROR_NOT_INITIALIZED, cuCtxGetCurrent(&context));
	EXPECT_CU(CUDA_ERROR_NOT_INITIALIZED, cuCtxSynchronize());
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuInit(1));
	EXPECT_CU(CUDA_SUCCESS, cuInit(0));
	EXPECT_CU(CUDA_SUCCESS, cuInit(0));
	EXPECT_CU(CUDA_SUCCESS, cuDeviceGetCount(&count));
	CHECK(count >= 1);
	EXPECT_CU(CUDA_ERROR_INVALID_CONTEXT, cuMemAlloc(&dev, 16));
	EXPECT_CU(CUDA_ERROR_INVALID_CONTEXT, cuCtxSynchronize());
	return finish();
}
