/* SPDX-License-Identifier: MIT */
/* Plain host memory is not there for kernels, unless the device says that it is */
#include "check.h"

__global__ void store(int *p)
{
	*p = 1;
}

int main()
{
	int pageable, *host = (int *)malloc(4096);

	CUDA(cudaDeviceGetAttribute(&pageable, cudaDevAttrPageableMemoryAccess, 0));
	if (pageable)
		skip("this device can use pageable memory");
	store<<<1, 1>>>(host);
	EXPECT(cudaErrorIllegalAddress, cudaDeviceSynchronize());
	free(host);
	return finish();
}
