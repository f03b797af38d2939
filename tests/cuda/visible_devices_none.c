/* SPDX-License-Identifier: MIT */
/* With CUDA_VISIBLE_DEVICES empty there is no device, and everything says so */
#include "check.h"

int main(void)
{
	int count = -1;
	void *dev;

	CHECK(!setenv("CUDA_VISIBLE_DEVICES", "", 1));
	EXPECT(cudaErrorNoDevice, cudaGetDeviceCount(&count));
	CHECK(count <= 0);	/* NVIDIA's leaves it alone */
	EXPECT(cudaErrorNoDevice, cudaMalloc(&dev, 16));
	EXPECT(cudaErrorNoDevice, cudaGetLastError());
	EXPECT_CU(CUDA_ERROR_NO_DEVICE, cuInit(0));
	return finish();
}
