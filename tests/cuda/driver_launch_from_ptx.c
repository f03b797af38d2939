/* SPDX-License-Identifier: MIT */
/* The driver API alone: a module from PTX text, its kernels, a launch, the result, over and over */
#include "ptx.h"

int main(void)
{
	CUfunction saxpy, none;
	CUmodule module;
	int i;

	ptx_context();
	for (i = 0; i < 5; i++) {
		CU(cuModuleLoadData(&module, ptx_text));
		CU(cuModuleGetFunction(&saxpy, module, "saxpy"));
		ptx_saxpy(saxpy);
		EXPECT_CU(CUDA_ERROR_NOT_FOUND, cuModuleGetFunction(&none, module, "no_such_kernel"));
		CU(cuModuleUnload(module));
	}
	CU(cuDevicePrimaryCtxRelease(0));
	return finish();
}
