/* SPDX-License-Identifier: MIT */
/* cudaHostGetDevicePointer: for mapped memory, not for any other, and no flags are known */
#include "check.h"

int main(void)
{
	char *host, *plain = malloc(10000), local[4] = "abc";
	void *dev, *inside;

	CUDA(cudaHostAlloc((void **)&host, 10000, cudaHostAllocMapped));
	CUDA(cudaHostGetDevicePointer(&dev, host, 0));
	CUDA(cudaHostGetDevicePointer(&inside, host + 5000, 0));
	CHECK((char *)inside - (char *)dev == 5000);
	CUDA(cudaMemcpy((char *)dev + 10, local, 4, cudaMemcpyHostToDevice));
	CHECK_SAME(host + 10, "abc", 4);
	EXPECT(cudaErrorInvalidValue, cudaHostGetDevicePointer(&dev, host, 1));
	EXPECT(cudaErrorInvalidValue, cudaHostGetDevicePointer(NULL, host, 0));
	EXPECT(cudaErrorInvalidValue, cudaHostGetDevicePointer(&dev, plain, 0));
	CUDA(cudaHostRegister(plain, 10000, cudaHostRegisterMapped));
	CUDA(cudaHostGetDevicePointer(&dev, plain, 0));
	CUDA(cudaMemcpy(dev, local, 4, cudaMemcpyHostToDevice));
	CHECK_SAME(plain, "abc", 4);
	CUDA(cudaHostUnregister(plain));
	EXPECT(cudaErrorInvalidValue, cudaHostGetDevicePointer(&dev, plain, 0));
	CUDA(cudaFreeHost(host));
	free(plain);
	return finish();
}
