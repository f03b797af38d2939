/* SPDX-License-Identifier: MIT */
/* Kernels walk over memory that is mapped in pieces, and see it through a second mapping */
#include "check.h"

__global__ void fill(unsigned *p, size_t n, unsigned x)
{
	for (size_t i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
		p[i] = x ^ (unsigned)i;
}

__global__ void first(const unsigned *p, unsigned *out)
{
	*out = *p;
}

int main()
{
	CUmemAllocationProp prop = {};
	CUmemAccessDesc access = {};
	CUmemGenericAllocationHandle memory;
	CUdeviceptr base;
	unsigned *host, *out;
	size_t grain, words;
	int offered;

	CUDA(cudaFree(0));
	CU(cuDeviceGetAttribute(&offered,
				CU_DEVICE_ATTRIBUTE_VIRTUAL_MEMORY_MANAGEMENT_SUPPORTED, 0));
	if (!offered)
		skip("the device has no virtual memory management");
	prop.type = CU_MEM_ALLOCATION_TYPE_PINNED;
	prop.location.type = access.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
	access.flags = CU_MEM_ACCESS_FLAGS_PROT_READWRITE;
	CU(cuMemGetAllocationGranularity(&grain, &prop, CU_MEM_ALLOC_GRANULARITY_RECOMMENDED));
	CU(cuMemAddressReserve(&base, 3 * grain, 0, 0, 0));
	for (int i = 0; i < 2; i++) {
		CU(cuMemCreate(&memory, grain, &prop, 0));
		CU(cuMemMap(base + i * grain, grain, 0, memory, 0));
		if (i == 0)
			CU(cuMemRelease(memory));
	}
	/* The second piece once more, behind itself */
	CU(cuMemMap(base + 2 * grain, grain, 0, memory, 0));
	CU(cuMemRelease(memory));
	CU(cuMemSetAccess(base, 3 * grain, &access, 1));

	words = 2 * grain / 4;
	host = (unsigned *)malloc(3 * grain);
	fill<<<64, 256>>>((unsigned *)base, words, 0xabcd0000);
	CUDA(cudaMemcpy(host, (void *)base, 3 * grain, cudaMemcpyDefault));
	for (size_t i = 0; i < words; i++)
		CHECK(host[i] == (0xabcd0000 ^ (unsigned)i));
	CHECK_SAME(host + words, host + words / 2, grain);

	CU(cuMemUnmap(base, grain));
	CUDA(cudaMalloc(&out, 4));
	first<<<1, 1>>>((unsigned *)(base + grain), out);
	CUDA(cudaDeviceSynchronize());
	first<<<1, 1>>>((unsigned *)base, out);
	EXPECT(cudaErrorIllegalAddress, cudaDeviceSynchronize());
	return finish();
}
