/* SPDX-License-Identifier: MIT */
/* Memory of a pool, and mapped memory, on one device: a kernel of another uses it when it is let */
#include "check.h"

__global__ void add(unsigned *p, unsigned n, unsigned by)
{
	unsigned i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		p[i] += by;
}

static const unsigned n = 3000;

/* Filled by device 0, changed by device 1, seen by the CPU */
static void use_on_both(unsigned *p)
{
	unsigned *got = (unsigned *)malloc(n * 4);

	CUDA(cudaSetDevice(0));
	CUDA(cudaMemset(p, 0, n * 4));
	CUDA(cudaDeviceSynchronize());
	CUDA(cudaSetDevice(1));
	add<<<(n + 255) / 256, 256>>>(p, n, 41);
	CUDA(cudaDeviceSynchronize());
	CUDA(cudaSetDevice(0));
	add<<<(n + 255) / 256, 256>>>(p, n, 1);
	CUDA(cudaDeviceSynchronize());
	CUDA(cudaMemcpy(got, p, n * 4, cudaMemcpyDefault));
	for (unsigned i = 0; i < n; i++)
		CHECK(got[i] == 42);
	free(got);
}

static void of_a_pool(void)
{
	cudaMemAccessDesc access = {};
	cudaMemPoolProps props = {};
	cudaMemAccessFlags flags;
	cudaMemPool_t pool;
	unsigned *p;

	props.allocType = cudaMemAllocationTypePinned;
	props.location.type = access.location.type = cudaMemLocationTypeDevice;
	access.location.id = 1;
	access.flags = cudaMemAccessFlagsProtReadWrite;
	CUDA(cudaSetDevice(0));
	CUDA(cudaMemPoolCreate(&pool, &props));
	CUDA(cudaMemPoolGetAccess(&flags, pool, &access.location));
	CHECK(flags == cudaMemAccessFlagsProtNone);
	CUDA(cudaMemPoolSetAccess(pool, &access, 1));
	CUDA(cudaMemPoolGetAccess(&flags, pool, &access.location));
	CHECK(flags == cudaMemAccessFlagsProtReadWrite);
	CUDA(cudaMallocFromPoolAsync(&p, n * 4, pool, 0));
	CUDA(cudaStreamSynchronize(0));
	use_on_both(p);
	CUDA(cudaFreeAsync(p, 0));
	CUDA(cudaStreamSynchronize(0));
	CUDA(cudaMemPoolDestroy(pool));
}

static void of_a_mapping(void)
{
	CUmemAllocationProp prop = {};
	CUmemAccessDesc access[2] = {};
	CUmemGenericAllocationHandle memory;
	unsigned long long flags;
	CUdeviceptr at;
	size_t grain;

	prop.type = CU_MEM_ALLOCATION_TYPE_PINNED;
	prop.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
	for (int d = 0; d < 2; d++) {
		access[d].location.type = CU_MEM_LOCATION_TYPE_DEVICE;
		access[d].location.id = d;
		access[d].flags = CU_MEM_ACCESS_FLAGS_PROT_READWRITE;
	}
	CUDA(cudaSetDevice(0));
	CU(cuMemGetAllocationGranularity(&grain, &prop, CU_MEM_ALLOC_GRANULARITY_MINIMUM));
	CU(cuMemAddressReserve(&at, grain, 0, 0, 0));
	CU(cuMemCreate(&memory, grain, &prop, 0));
	CU(cuMemMap(at, grain, 0, memory, 0));
	CU(cuMemRelease(memory));
	CU(cuMemSetAccess(at, grain, access, 2));
	for (int d = 0; d < 2; d++) {
		CU(cuMemGetAccess(&flags, &access[d].location, at));
		CHECK(flags == CU_MEM_ACCESS_FLAGS_PROT_READWRITE);
	}
	use_on_both((unsigned *)at);
	CU(cuMemUnmap(at, grain));
	CU(cuMemAddressFree(at, grain));
}

int main()
{
	int count, can;

	CUDA(cudaGetDeviceCount(&count));
	if (count < 2)
		skip("there is one device only");
	CUDA(cudaDeviceCanAccessPeer(&can, 1, 0));
	if (!can)
		skip("devices 0 and 1 are no peers");
	for (int d = 1; d >= 0; d--) {
		CUDA(cudaSetDevice(d));
		CUDA(cudaFree(0));
	}
	of_a_pool();
	of_a_mapping();
	return finish();
}
