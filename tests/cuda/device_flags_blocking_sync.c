/* SPDX-License-Identifier: MIT */
/* cudaDeviceScheduleBlockingSync: 200 waits that sleep instead of spinning end when they should */
#include "check.h"

int main(void)
{
	unsigned int flags = 0, got;
	unsigned int *dev;

	CUDA(cudaSetDeviceFlags(cudaDeviceScheduleBlockingSync));
	CUDA(cudaMalloc((void **)&dev, MIB));
	CUDA(cudaGetDeviceFlags(&flags));
	CHECK((flags & cudaDeviceScheduleMask) == cudaDeviceScheduleBlockingSync);
	for (unsigned int i = 0; i < 200; i++) {
		CUDA(cudaMemsetAsync(dev, (int)i, MIB, 0));
		CUDA(cudaDeviceSynchronize());
	}
	CUDA(cudaMemcpy(&got, dev, 4, cudaMemcpyDeviceToHost));
	CHECK(got == 199 * 0x01010101u);
	CUDA(cudaFree(dev));
	return finish();
}
