/* SPDX-License-Identifier: MIT */
/* The primary context: retained and released by count, with state and flags, one per device */
#include "check.h"

static int is_active(void)
{
	unsigned flags;
	int active;

	CU(cuDevicePrimaryCtxGetState(0, &flags, &active));
	return active;
}

/* A reset ends the context, and not that it is retained; current it may be all the time */
static void reset(void)
{
	CUcontext context, same;
	CUdeviceptr dev;

	CU(cuDevicePrimaryCtxRetain(&context, 0));
	CU(cuCtxSetCurrent(context));
	CU(cuMemAlloc(&dev, 16));
	CU(cuDevicePrimaryCtxReset(0));
	CHECK(!is_active());
	EXPECT_CU(CUDA_ERROR_CONTEXT_IS_DESTROYED, cuMemAlloc(&dev, 16));
	CU(cuDevicePrimaryCtxRetain(&same, 0));
	CHECK(same == context && is_active());
	CU(cuMemAlloc(&dev, 16));
	CU(cuDevicePrimaryCtxRelease(0));
	CHECK(is_active());
	CU(cuMemFree(dev));
	CU(cuDevicePrimaryCtxReset(0));
	CHECK(!is_active());
	CU(cuDevicePrimaryCtxRelease(0));
	EXPECT_CU(CUDA_ERROR_INVALID_CONTEXT, cuDevicePrimaryCtxRelease(0));
}

/* Released, it is current still */
static void release(void)
{
	CUcontext context, current;
	CUdeviceptr dev;

	CU(cuDevicePrimaryCtxRetain(&context, 0));
	CU(cuCtxSetCurrent(context));
	CU(cuDevicePrimaryCtxRelease(0));
	EXPECT_CU(CUDA_ERROR_CONTEXT_IS_DESTROYED, cuMemAlloc(&dev, 16));
	EXPECT_CU(CUDA_ERROR_CONTEXT_IS_DESTROYED, cuCtxSynchronize());
	CU(cuCtxGetCurrent(&current));
	CHECK(current == context);
	CU(cuDevicePrimaryCtxRetain(&context, 0));
	CU(cuMemAlloc(&dev, 16));
	CU(cuMemFree(dev));
	CU(cuDevicePrimaryCtxRelease(0));
}

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
	reset();
	release();
	return finish();
}
