/* SPDX-License-Identifier: MIT */
/* needs: CUDA 13 */
/* cuCtxRecordEvent and cuCtxWaitEvent: an event of all that a context has to do */
#include "ptx.h"

int main(void)
{
	CUcontext context = ptx_context();
	CUstream streams[3];
	CUdeviceptr dev;
	unsigned *host;
	CUevent event;

	CU(cuEventCreate(&event, CU_EVENT_DISABLE_TIMING));
	CU(cuMemAllocHost((void **)&host, 3 * 4096));
	CU(cuMemAlloc(&dev, 3 * 4096));
	memset(host, 0, 3 * 4096);
	for (unsigned i = 0; i < 3; i++)
		CU(cuStreamCreate(&streams[i], CU_STREAM_NON_BLOCKING));
	for (unsigned i = 0; i < 3; i++) {
		CU(cuMemsetD32Async(dev + 4096 * i, i + 1, 1024, streams[i]));
		CU(cuMemcpyDtoHAsync(host + 1024 * i, dev + 4096 * i, 4096, streams[i]));
	}
	NEEDS_CU(cuCtxRecordEvent(context, event));
	CU(cuEventSynchronize(event));
	for (unsigned i = 0; i < 3; i++)
		CHECK(host[1024 * i] == i + 1 && host[1024 * i + 1023] == i + 1);

	CU(cuMemsetD32Async(dev, 7, 1024, streams[0]));
	CU(cuEventRecord(event, streams[0]));
	CU(cuCtxWaitEvent(context, event));
	CU(cuMemcpyDtoHAsync(host, dev, 4096, streams[1]));
	CU(cuStreamSynchronize(streams[1]));
	CHECK(host[0] == 7 && host[1023] == 7);
	for (unsigned i = 0; i < 3; i++)
		CU(cuStreamDestroy(streams[i]));
	CU(cuEventDestroy(event));
	CU(cuMemFree(dev));
	CU(cuMemFreeHost(host));
	return finish();
}
