/* SPDX-License-Identifier: MIT */
/* cuLaunchKernel with its parameters packed in a buffer (extra) instead of an array */
#include "ptx.h"

int main(void)
{
	struct {
		CUdeviceptr y, x;
		float a;
		unsigned n;
	} params;
	size_t size = sizeof(params);
	void *extra[] = { CU_LAUNCH_PARAM_BUFFER_POINTER, &params, CU_LAUNCH_PARAM_BUFFER_SIZE, &size,
			  CU_LAUNCH_PARAM_END };
	float x[100], y[100], got[100];
	CUfunction saxpy;
	CUmodule module;
	int i;

	ptx_context();
	CU(cuModuleLoadData(&module, ptx_text));
	CU(cuModuleGetFunction(&saxpy, module, "saxpy"));
	for (i = 0; i < 100; i++) {
		x[i] = (float)(int)rng_below(100);
		y[i] = (float)(int)rng_below(100);
	}
	params.a = 3;
	params.n = 100;
	CU(cuMemAlloc(&params.x, sizeof(x)));
	CU(cuMemAlloc(&params.y, sizeof(y)));
	CU(cuMemcpyHtoD(params.x, x, sizeof(x)));
	CU(cuMemcpyHtoD(params.y, y, sizeof(y)));
	CU(cuLaunchKernel(saxpy, 4, 1, 1, 32, 1, 1, 0, NULL, NULL, extra));
	CU(cuMemcpyDtoH(got, params.y, sizeof(got)));
	for (i = 0; i < 100; i++)
		CHECK(got[i] == y[i] + 3 * x[i]);
	CU(cuMemFree(params.x));
	CU(cuMemFree(params.y));
	CU(cuModuleUnload(module));
	return finish();
}
