/* SPDX-License-Identifier: MIT */
/* Host memory that was unregistered is not there for kernels any more */
#include "check.h"
#include <sys/mman.h>

__global__ void store(char *p)
{
	*p = 1;
}

int main()
{
	int pageable;
	char *host, *dev;

	CUDA(cudaDeviceGetAttribute(&pageable, cudaDevAttrPageableMemoryAccess, 0));
	if (pageable)
		skip("this device can use pageable memory");
	host = (char *)mmap(NULL, 8 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(host != MAP_FAILED);
	CUDA(cudaHostRegister(host, 8 * MIB, cudaHostRegisterMapped));
	CUDA(cudaHostGetDevicePointer(&dev, host, 0));
	store<<<1, 1>>>(dev + 5 * MIB);
	EXPECT(cudaSuccess, cudaDeviceSynchronize());
	CHECK(host[5 * MIB] == 1);
	CUDA(cudaHostUnregister(host));
	store<<<1, 1>>>(dev + 5 * MIB);
	EXPECT(cudaErrorIllegalAddress, cudaDeviceSynchronize());
	return finish();
}
