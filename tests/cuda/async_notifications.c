/* SPDX-License-Identifier: MIT */
/* cuDeviceRegisterAsyncNotification: functions come and go; nothing is told where nothing happens */
#include "check.h"

static int told;

static void note(CUasyncNotificationInfo *info, void *data, CUasyncCallbackHandle callback)
{
	told++;
}

int main(void)
{
	CUasyncCallbackHandle one, two;
	void *memory;

	CUDA(cudaMalloc(&memory, MIB));
	NEEDS_CU(cuDeviceRegisterAsyncNotification(0, note, NULL, &one));
	CU(cuDeviceRegisterAsyncNotification(0, note, NULL, &two));
	CHECK(one != two);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuDeviceRegisterAsyncNotification(0, NULL, NULL, &two));
	EXPECT_CU(CUDA_ERROR_INVALID_DEVICE, cuDeviceRegisterAsyncNotification(99, note, NULL, &two));
	CUDA(cudaFree(memory));
	CU(cuDeviceUnregisterAsyncNotification(0, one));
	CU(cuDeviceUnregisterAsyncNotification(0, two));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuDeviceUnregisterAsyncNotification(0, NULL));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuDeviceUnregisterAsyncNotification(99, NULL));
	CHECK(!told);
	return finish();
}
