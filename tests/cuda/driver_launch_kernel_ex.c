/* SPDX-License-Identifier: MIT */
/* cuLaunchKernelEx with a configuration, on a stream; and cuLaunchCooperativeKernel */
#include "ptx.h"

int main(void)
{
	CUlaunchConfig config = { 0 };
	CUdeviceptr dev;
	CUfunction add;
	CUmodule module;
	void *params[] = { &dev };
	CUstream stream;
	unsigned value = 1;

	ptx_context();
	CU(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
	CU(cuModuleLoadData(&module, ptx_text));
	CU(cuModuleGetFunction(&add, module, "add_variable"));
	CU(cuMemAlloc(&dev, 4));
	CU(cuMemcpyHtoD(dev, &value, 4));
	config.gridDimX = config.gridDimY = config.gridDimZ = 1;
	config.blockDimX = config.blockDimY = config.blockDimZ = 1;
	config.hStream = stream;
	CU(cuLaunchKernelEx(&config, add, params, NULL));
	CU(cuLaunchCooperativeKernel(add, 1, 1, 1, 1, 1, 1, 0, stream, params));
	CU(cuStreamSynchronize(stream));
	CU(cuMemcpyDtoH(&value, dev, 4));
	CHECK(value == 11);
	config.blockDimX = 0;
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuLaunchKernelEx(&config, add, params, NULL));
	CU(cuMemFree(dev));
	CU(cuModuleUnload(module));
	CU(cuStreamDestroy(stream));
	return finish();
}
