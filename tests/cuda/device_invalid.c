/* SPDX-License-Identifier: MIT */
/* A device that is not there is cudaErrorInvalidDevice, nowhere to answer an invalid value */
#include "check.h"

int main(void)
{
	struct cudaDeviceProp prop;
	int count, value;

	CUDA(cudaGetDeviceCount(&count));
	EXPECT(cudaErrorInvalidDevice, cudaSetDevice(-1));
	EXPECT(cudaErrorInvalidDevice, cudaSetDevice(count));
	EXPECT(cudaErrorInvalidDevice, cudaGetDeviceProperties(&prop, count));
	EXPECT(cudaErrorInvalidDevice, cudaGetDeviceProperties(&prop, -1));
	EXPECT(cudaErrorInvalidDevice, cudaDeviceGetAttribute(&value, cudaDevAttrWarpSize, count));
	EXPECT(cudaErrorInvalidDevice, cudaDeviceGetAttribute(&value, cudaDevAttrWarpSize, -1));
	EXPECT(cudaErrorInvalidValue, cudaGetDeviceCount(NULL));
	EXPECT(cudaErrorInvalidValue, cudaGetDevice(NULL));
	EXPECT(cudaErrorInvalidValue, cudaGetDeviceProperties(NULL, 0));
	EXPECT(cudaErrorInvalidValue, cudaDeviceGetAttribute(NULL, cudaDevAttrWarpSize, 0));
	CUDA(cudaGetDevice(&value));
	CHECK(value == 0);
	return finish();
}
