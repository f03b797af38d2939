/* SPDX-License-Identifier: MIT */
/* cudaInitDevice makes a device ready without making it current */
#include "check.h"

int main(void)
{
	unsigned flags;
	int active, count;

	CUDA(cudaGetDeviceCount(&count));
	CUDA(cudaInitDevice(0, 0, 0));
	CU(cuDevicePrimaryCtxGetState(0, &flags, &active));
	CHECK(active);
	EXPECT(cudaErrorInvalidDevice, cudaInitDevice(count, 0, 0));
	EXPECT(cudaErrorInvalidDevice, cudaInitDevice(-1, 0, 0));
	return finish();
}
