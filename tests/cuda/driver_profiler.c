/* SPDX-License-Identifier: MIT */
/* cuProfilerStart and Stop need a context and then always succeed */
#include "ptx.h"
#include <cudaProfiler.h>

int main(void)
{
	CU(cuInit(0));
	EXPECT_CU(CUDA_ERROR_INVALID_CONTEXT, cuProfilerStart());
	ptx_context();
	EXPECT_CU(CUDA_SUCCESS, cuProfilerStart());
	EXPECT_CU(CUDA_SUCCESS, cuProfilerStop());
	EXPECT_CU(CUDA_SUCCESS, cuProfilerStop());
	return finish();
}
