/* SPDX-License-Identifier: MIT */
/* How many multiprocessors a context may use: asked of the device and of the context */
#include "ptx.h"

int main(void)
{
	CUexecAffinityParam param = { 0 };
	int supported = -1, multiprocessors;
	CUresult result;

	ptx_context();
	EXPECT_CU(CUDA_SUCCESS,
		  cuDeviceGetExecAffinitySupport(&supported, CU_EXEC_AFFINITY_TYPE_SM_COUNT, 0));
	CHECK(supported == 0 || supported == 1);
	CU(cuDeviceGetAttribute(&multiprocessors, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, 0));
	result = cuCtxGetExecAffinity(&param, CU_EXEC_AFFINITY_TYPE_SM_COUNT);
	if (result == CUDA_SUCCESS)
		CHECK(param.type == CU_EXEC_AFFINITY_TYPE_SM_COUNT &&
		      (int)param.param.smCount.val == multiprocessors);
	else
		CHECK(result == CUDA_ERROR_UNSUPPORTED_EXEC_AFFINITY && !supported);
	return finish();
}
