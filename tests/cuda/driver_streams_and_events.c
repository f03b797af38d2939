/* SPDX-License-Identifier: MIT */
/* Streams and events of the driver API, with their errors */
#include "ptx.h"

int main(void)
{
	unsigned char *host, *got;
	CUstream one, two;
	CUevent start, end;
	CUdeviceptr dev;
	CUcontext context = ptx_context(), owner;
	unsigned flags;
	float ms;

	CU(cuStreamCreate(&one, CU_STREAM_NON_BLOCKING));
	CU(cuStreamCreateWithPriority(&two, CU_STREAM_DEFAULT, 0));
	CU(cuStreamGetFlags(one, &flags));
	CHECK(flags == CU_STREAM_NON_BLOCKING);
	CU(cuStreamGetCtx(one, &owner));
	CHECK(owner == context);
	CU(cuEventCreate(&start, CU_EVENT_DEFAULT));
	CU(cuEventCreate(&end, CU_EVENT_BLOCKING_SYNC));
	CU(cuMemAllocHost((void **)&host, MIB));
	CU(cuMemAllocHost((void **)&got, MIB));
	CU(cuMemAlloc(&dev, MIB));
	rng_fill(host, MIB);
	CU(cuEventRecord(start, one));
	CU(cuMemcpyHtoDAsync(dev, host, MIB, one));
	CU(cuEventRecord(end, one));
	CU(cuStreamWaitEvent(two, end, 0));
	CU(cuMemcpyDtoHAsync(got, dev, MIB, two));
	CU(cuStreamSynchronize(two));
	CHECK_SAME(got, host, MIB);
	CU(cuEventSynchronize(end));
	EXPECT_CU(CUDA_SUCCESS, cuEventQuery(end));
	EXPECT_CU(CUDA_SUCCESS, cuStreamQuery(one));
	CU(cuEventElapsedTime(&ms, start, end));
	CHECK(ms >= 0 && ms < 10000);
	EXPECT_CU(CUDA_ERROR_INVALID_HANDLE, cuEventRecord(NULL, one));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuEventCreate(NULL, 0));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuEventCreate(&start, 0x1000));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuStreamCreate(NULL, 0));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuStreamCreate(&one, 0x1000));
	EXPECT_CU(CUDA_ERROR_INVALID_HANDLE, cuStreamDestroy(NULL));
	EXPECT_CU(CUDA_ERROR_INVALID_HANDLE, cuEventDestroy(NULL));
	CU(cuEventDestroy(start));
	CU(cuEventDestroy(end));
	CU(cuStreamDestroy(one));
	CU(cuStreamDestroy(two));
	CU(cuMemFree(dev));
	CU(cuMemFreeHost(host));
	CU(cuMemFreeHost(got));
	return finish();
}
