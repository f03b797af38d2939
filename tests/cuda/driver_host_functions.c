/* SPDX-License-Identifier: MIT */
/* cuLaunchHostFunc and cuStreamAddCallback: in order, in this process, with the right data */
#include "ptx.h"

static int calls, sum;

static void CUDA_CB function(void *data)
{
	CHECK(*(unsigned *)data == 0x5a5a5a5a);
	sum = sum * 10 + 1;
	calls++;
}

static void CUDA_CB callback(CUstream stream, CUresult status, void *data)
{
	CHECK(status == CUDA_SUCCESS && data == &calls);
	sum = sum * 10 + 2;
	calls++;
}

int main(void)
{
	CUstream stream;
	CUdeviceptr dev;
	unsigned *pinned;

	ptx_context();
	CU(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
	CU(cuMemAlloc(&dev, 4));
	CU(cuMemAllocHost((void **)&pinned, 4));
	*pinned = 0;
	CU(cuMemsetD32Async(dev, 0x5a5a5a5a, 1, stream));
	CU(cuMemcpyDtoHAsync(pinned, dev, 4, stream));
	CU(cuLaunchHostFunc(stream, function, pinned));
	CU(cuStreamAddCallback(stream, callback, &calls, 0));
	CU(cuLaunchHostFunc(stream, function, pinned));
	CU(cuStreamSynchronize(stream));
	CHECK(calls == 3 && sum == 121);
	CU(cuStreamDestroy(stream));
	CU(cuMemFree(dev));
	CU(cuMemFreeHost(pinned));
	return finish();
}
