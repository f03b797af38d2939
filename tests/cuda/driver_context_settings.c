/* SPDX-License-Identifier: MIT */
/* needs: CUDA 13 */
/* What is set of a context, who it is, and how it is waited for */
#include "ptx.h"

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

int main(void)
{
	CUcontext primary = ptx_context(), mine, attached, said;
	unsigned long long id = 0, other_id = 0;
	unsigned int flags = 0;
	CUsharedconfig config;
	CUdevice device = 9;
	CUdeviceptr dev;

	CU(cuCtxGetId(primary, &id));
	CU(cuCtxCreate(&mine, NULL, 0, 0));
	CU(cuCtxGetId(NULL, &other_id));
	CHECK(id != other_id);
	CU(cuCtxGetDevice_v2(&device, primary));
	CHECK(device == 0);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuCtxGetDevice_v2(NULL, primary));
	CU(cuMemAlloc(&dev, 1 << 20));
	CU(cuMemsetD8Async(dev, 1, 1 << 20, NULL));
	CU(cuCtxSynchronize_v2(mine));
	CU(cuCtxSynchronize_v2(primary));
	CU(cuMemFree(dev));

	CU(cuCtxSetFlags(CU_CTX_SCHED_BLOCKING_SYNC));
	CU(cuCtxGetFlags(&flags));
	CHECK((flags & CU_CTX_SCHED_MASK) == CU_CTX_SCHED_BLOCKING_SYNC);
	CU(cuMemAlloc(&dev, 1 << 20));
	CU(cuMemsetD8Async(dev, 1, 1 << 20, NULL));
	CU(cuCtxSynchronize());
	CU(cuMemFree(dev));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuCtxSetFlags(0xffff0000));

	EXPECT_CU(CUDA_SUCCESS, cuCtxSetSharedMemConfig(CU_SHARED_MEM_CONFIG_FOUR_BYTE_BANK_SIZE));
	EXPECT_CU(CUDA_SUCCESS, cuCtxGetSharedMemConfig(&config));
	EXPECT_CU(CUDA_SUCCESS, cuCtxResetPersistingL2Cache());

	/* A context that is attached lives until it is detached as often as it was attached */
	EXPECT_CU(CUDA_SUCCESS, cuCtxAttach(&attached, 0));
	CHECK(attached == mine);
	EXPECT_CU(CUDA_SUCCESS, cuCtxDetach(mine));
	CU(cuCtxGetCurrent(&said));
	CHECK(said == mine);
	CU(cuCtxSynchronize());

	/* No peer of its own device */
	CHECK(cuCtxEnablePeerAccess(primary, 0) != CUDA_SUCCESS);
	CHECK(cuCtxDisablePeerAccess(primary) != CUDA_SUCCESS);
	CU(cuCtxDestroy(mine));
	return finish();
}
