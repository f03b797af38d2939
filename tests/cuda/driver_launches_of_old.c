/* SPDX-License-Identifier: MIT */
/* A kernel launched as before CUDA 4: shape and parameters set one at a time */
#include "ptx.h"

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#define N 256

int main(void)
{
	float x[N], y[N], got[N];
	CUdeviceptr dev_x, dev_y;
	CUfunction saxpy;
	CUstream stream;
	CUmodule module;
	int i;

	ptx_context();
	CU(cuModuleLoadData(&module, ptx_text));
	CU(cuModuleGetFunction(&saxpy, module, "saxpy"));
	CU(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
	for (i = 0; i < N; i++) {
		x[i] = (float)(int)rng_below(1000);
		y[i] = (float)(int)rng_below(1000);
	}
	CU(cuMemAlloc(&dev_x, sizeof(x)));
	CU(cuMemAlloc(&dev_y, sizeof(y)));
	CU(cuMemcpyHtoD(dev_x, x, sizeof(x)));
	CU(cuMemcpyHtoD(dev_y, y, sizeof(y)));
	/* Over several devices at once, which has been given up */
	CHECK(cuLaunchCooperativeKernelMultiDevice(NULL, 0, 0) != CUDA_SUCCESS);
	NEEDS_CU(cuFuncSetBlockShape(saxpy, 64, 1, 1));
	CU(cuFuncSetSharedSize(saxpy, 0));
	CU(cuParamSetv(saxpy, 0, &dev_y, sizeof(dev_y)));
	CU(cuParamSetv(saxpy, 8, &dev_x, sizeof(dev_x)));
	CU(cuParamSetf(saxpy, 16, 2.0f));
	CU(cuParamSeti(saxpy, 20, N));
	CU(cuParamSetSize(saxpy, 24));
	CU(cuLaunchGrid(saxpy, 4, 1));
	CU(cuCtxSynchronize());
	CU(cuParamSeti(saxpy, 20, 64));
	CU(cuLaunchGridAsync(saxpy, 1, 1, stream));
	CU(cuStreamSynchronize(stream));
	CU(cuLaunch(saxpy));
	CU(cuMemcpyDtoH(got, dev_y, sizeof(got)));
	for (i = 0; i < N; i++)
		CHECK(got[i] == y[i] + (i < 64 ? 6 : 2) * x[i]);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuFuncSetBlockShape(saxpy, 0, 1, 1));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuLaunchGrid(saxpy, 0, 1));
	CU(cuMemFree(dev_x));
	CU(cuMemFree(dev_y));
	CU(cuStreamDestroy(stream));
	CU(cuModuleUnload(module));
	return finish();
}
