/* SPDX-License-Identifier: MIT */
/* A context, or a device, can be given up while a host function runs; the next one works */
#include "ptx.h"

static volatile int running, ran;

static void CUDA_CB slow(void *data)
{
	running = 1;
	usleep(50000);
	ran++;
}

static void CUDA_CB quick(void *data)
{
	++*(int *)data;
}

static void launch_slow(void)
{
	CUstream stream;

	running = 0;
	CU(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
	for (int i = 0; i < 3; i++)
		CU(cuLaunchHostFunc(stream, slow, NULL));
	while (!running)
		usleep(100);
}

static void works(void)
{
	int count = 0;

	for (int i = 0; i < 10; i++)
		CU(cuLaunchHostFunc(NULL, quick, &count));
	CU(cuCtxSynchronize());
	printf("%d ran\n", count);
	CHECK(count == 10);
}

int main(void)
{
	CUcontext primary, context;
	CUdevice device;

	CU(cuInit(0));
	CU(cuDeviceGet(&device, 0));
	for (int i = 0; i < 3; i++) {
		CU(cuCtxCreate(&context, NULL, 0, device));
		launch_slow();
		CU(cuCtxDestroy(context));
	}
	CU(cuDevicePrimaryCtxRetain(&primary, device));
	CU(cuCtxSetCurrent(primary));
	works();
	launch_slow();
	CU(cuDevicePrimaryCtxReset(device));
	CU(cuDevicePrimaryCtxRetain(&primary, device));
	CU(cuCtxSetCurrent(primary));
	works();
	CU(cuDevicePrimaryCtxRelease(device));
	return finish();
}
