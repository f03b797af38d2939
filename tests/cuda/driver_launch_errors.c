/* SPDX-License-Identifier: MIT */
/* cuLaunchKernel refuses shapes that cannot be, and a kernel that is none */
#include "ptx.h"

int main(void)
{
	CUdeviceptr dev;
	CUfunction add;
	CUmodule module;
	void *params[] = { &dev };
	int value = 1;

	ptx_context();
	CU(cuModuleLoadData(&module, ptx_text));
	CU(cuModuleGetFunction(&add, module, "add_variable"));
	CU(cuMemAlloc(&dev, 4));
	CU(cuMemcpyHtoD(dev, &value, 4));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuLaunchKernel(add, 0, 1, 1, 1, 1, 1, 0, 0, params, NULL));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuLaunchKernel(add, 1, 1, 1, 1, 0, 1, 0, 0, params, NULL));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE,
		  cuLaunchKernel(add, 1, 1, 1, 2000, 1, 1, 0, 0, params, NULL));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE,
		  cuLaunchKernel(add, 1, 70000, 1, 1, 1, 1, 0, 0, params, NULL));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE,
		  cuLaunchKernel(add, 1, 1, 1, 1, 1, 1, 1 << 20, 0, params, NULL));
	EXPECT_CU(CUDA_ERROR_INVALID_HANDLE,
		  cuLaunchKernel(NULL, 1, 1, 1, 1, 1, 1, 0, 0, params, NULL));
	EXPECT_CU(CUDA_SUCCESS, cuLaunchKernel(add, 1, 1, 1, 1, 1, 1, 0, 0, params, NULL));
	CU(cuMemcpyDtoH(&value, dev, 4));
	CHECK(value == 6);
	CU(cuMemFree(dev));
	CU(cuModuleUnload(module));
	return finish();
}
