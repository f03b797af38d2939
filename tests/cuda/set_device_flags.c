/* SPDX-License-Identifier: MIT */
/* cudaSetDeviceFlags: known flags are kept, unknown ones refused */
#include "check.h"

int main(void)
{
	unsigned flags;

	CUDA(cudaSetDeviceFlags(cudaDeviceMapHost | cudaDeviceScheduleYield));
	CUDA(cudaGetDeviceFlags(&flags));
	CHECK((flags & cudaDeviceScheduleMask) == cudaDeviceScheduleYield);
	CHECK(flags & cudaDeviceMapHost);
	EXPECT(cudaErrorInvalidValue, cudaSetDeviceFlags(0x10000));
	CUDA(cudaFree(NULL));
	CUDA(cudaSetDeviceFlags(cudaDeviceScheduleBlockingSync));
	CUDA(cudaGetDeviceFlags(&flags));
	CHECK((flags & cudaDeviceScheduleMask) == cudaDeviceScheduleBlockingSync);
	CUDA(cudaDeviceSynchronize());
	EXPECT(cudaErrorInvalidValue, cudaGetDeviceFlags(NULL));
	return finish();
}
