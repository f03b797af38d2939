/* SPDX-License-Identifier: MIT */
/* Every attribute in the header has a value; one that is not there is an invalid value */
#include "check.h"

int main(void)
{
	int value, attribute, answered = 0;

	for (attribute = 1; attribute <= 110; attribute++) {
		value = -12345;
		answered += cudaDeviceGetAttribute(&value, (enum cudaDeviceAttr)attribute, 0) ==
				    cudaSuccess &&
			    value != -12345;
	}
	cudaGetLastError();
	CHECK(answered >= 100); /* some numbers are reserved */
	EXPECT(cudaErrorInvalidValue, cudaDeviceGetAttribute(&value, (enum cudaDeviceAttr)0, 0));
	EXPECT(cudaErrorInvalidValue, cudaDeviceGetAttribute(&value, (enum cudaDeviceAttr)10000, 0));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE,
		  cuDeviceGetAttribute(&value, (CUdevice_attribute)10000, 0));
	return finish();
}
