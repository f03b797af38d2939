/* SPDX-License-Identifier: MIT */
/*
 * A context that has failed does not let go of host memory; whatever the program does with that, the
 * error stays what it is
 */
#include "check.h"
#include <sys/mman.h>

#define BYTES	(8 * MIB)

__global__ void store(int *p)
{
	*p = 1;
}

static char *pages(void)
{
	char *p = (char *)mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	memset(p, 1, BYTES);
	return p;
}

int main()
{
	char *registered = pages(), *copied = pages(), *pinned, *dev;

	CUDA(cudaMalloc(&dev, BYTES));
	CUDA(cudaMallocHost(&pinned, BYTES));
	CUDA(cudaHostRegister(registered, BYTES, 0));
	/* Often enough for it to be kept pinned, were that worth it */
	for (int i = 0; i < 4; i++)
		CUDA(cudaMemcpy(dev, copied, BYTES, cudaMemcpyHostToDevice));
	store<<<1, 1>>>((int *)0x10);
	EXPECT(cudaErrorIllegalAddress, cudaDeviceSynchronize());
	EXPECT(cudaErrorIllegalAddress, cudaFreeHost(pinned));
	EXPECT(cudaErrorIllegalAddress, cudaHostUnregister(registered));
	EXPECT(cudaErrorIllegalAddress, cudaDeviceSynchronize());
	CHECK(!munmap(registered, BYTES) && !munmap(copied, BYTES));
	EXPECT(cudaErrorIllegalAddress, cudaDeviceSynchronize());
	EXPECT(cudaErrorIllegalAddress, cudaFree(dev));
	EXPECT(cudaErrorIllegalAddress, cudaMemcpy(dev, pages(), BYTES, cudaMemcpyHostToDevice));
	return finish();
}
