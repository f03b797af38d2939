/* SPDX-License-Identifier: MIT */
/* The primary context: retained and released by count, with state and flags, one per device */
#include "check.h"

int main(void)
{
	CUcontext one, two;
	unsigned flags;
	int active;

	CU(cuInit(0));
	CU(cuDevicePrimaryCtxGetState(0, &flags, &active));
	CHECK(!active);
	CU(cuDevicePrimaryCtxSetFlags(0, CU_CTX_SCHED_YIELD));
	CU(cuDevicePrimaryCtxRetain(&one, 0));
	CU(cuDevicePrimaryCtxRetain(&two, 0));
	CHECK(one == two);
	CU(cuDevicePrimaryCtxGetState(0, &flags, &active));
	CHECK(active && (flags & CU_CTX_SCHED_MASK) == CU_CTX_SCHED_YIELD);
	CU(cuDevicePrimaryCtxRelease(0));
	CU(cuDevicePrimaryCtxGetState(0, &flags, &active));
	CHECK(active);
	CU(cuDevicePrimaryCtxRelease(0));
	CU(cuDevicePrimaryCtxGetState(0, &flags, &active));
	CHECK(!active);
	EXPECT_CU(CUDA_ERROR_INVALID_CONTEXT, cuDevicePrimaryCtxRelease(0));
	EXPECT_CU(CUDA_ERROR_INVALID_DEVICE, cuDevicePrimaryCtxRetain(&one, 12345));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuDevicePrimaryCtxRetain(NULL, 0));
	return finish();
}
