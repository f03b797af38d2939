/* SPDX-License-Identifier: MIT */
/* Memory pools: default, current and own ones, their attributes, access, and what is refused */
#include "check.h"

static uint64_t attribute(cudaMemPool_t pool, enum cudaMemPoolAttr which)
{
	uint64_t value = ~0ull;

	CUDA(cudaMemPoolGetAttribute(pool, which, &value));
	return value;
}

static cudaMemPool_t make(int device)
{
	struct cudaMemPoolProps props = { 0 };
	cudaMemPool_t pool;

	props.allocType = cudaMemAllocationTypePinned;
	props.location.type = cudaMemLocationTypeDevice;
	props.location.id = device;
	CUDA(cudaMemPoolCreate(&pool, &props));
	return pool;
}

static void attributes(cudaMemPool_t pool)
{
	static const enum cudaMemPoolAttr reuse[] = { cudaMemPoolReuseFollowEventDependencies,
						      cudaMemPoolReuseAllowOpportunistic,
						      cudaMemPoolReuseAllowInternalDependencies };
	uint64_t threshold = 3 * MIB, one = 1;

	for (unsigned i = 0; i < ARRAY_SIZE(reuse); i++) {
		int value = -1;

		CUDA(cudaMemPoolGetAttribute(pool, reuse[i], &value));
		CHECK(value == 1);
		value = 0;
		CUDA(cudaMemPoolSetAttribute(pool, reuse[i], &value));
		CUDA(cudaMemPoolGetAttribute(pool, reuse[i], &value));
		CHECK(value == 0);
	}
	CHECK(attribute(pool, cudaMemPoolAttrReleaseThreshold) == 0);
	CUDA(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &threshold));
	CHECK(attribute(pool, cudaMemPoolAttrReleaseThreshold) == threshold);
	EXPECT(cudaErrorInvalidValue,
	       cudaMemPoolSetAttribute(pool, cudaMemPoolAttrUsedMemHigh, &one));
	EXPECT(cudaErrorInvalidValue,
	       cudaMemPoolSetAttribute(pool, cudaMemPoolAttrUsedMemCurrent, &one));
}

static void counts(cudaMemPool_t pool)
{
	uint64_t zero = 0;
	void *a, *b;

	CHECK(attribute(pool, cudaMemPoolAttrUsedMemCurrent) == 0);
	CUDA(cudaMallocFromPoolAsync(&a, MIB, pool, 0));
	CUDA(cudaMallocFromPoolAsync(&b, MIB, pool, 0));
	CHECK(a != b);
	CHECK(attribute(pool, cudaMemPoolAttrUsedMemCurrent) >= 2 * MIB);
	CHECK(attribute(pool, cudaMemPoolAttrReservedMemCurrent) >= 2 * MIB);
	CUDA(cudaFreeAsync(a, 0));
	CUDA(cudaFreeAsync(b, 0));
	CUDA(cudaStreamSynchronize(0));
	CHECK(attribute(pool, cudaMemPoolAttrUsedMemCurrent) == 0);
	CHECK(attribute(pool, cudaMemPoolAttrUsedMemHigh) >= 2 * MIB);
	CUDA(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrUsedMemHigh, &zero));
	CHECK(attribute(pool, cudaMemPoolAttrUsedMemHigh) == 0);
	CUDA(cudaMemPoolTrimTo(pool, 0));
}

static void current(cudaMemPool_t mine)
{
	cudaMemPool_t pool, again, of_default;
	void *p;

	CUDA(cudaDeviceGetDefaultMemPool(&of_default, 0));
	CUDA(cudaDeviceGetDefaultMemPool(&again, 0));
	CHECK(again == of_default && mine != of_default);
	CUDA(cudaDeviceGetMemPool(&pool, 0));
	CHECK(pool == of_default);
	CUDA(cudaDeviceSetMemPool(0, mine));
	CUDA(cudaDeviceGetMemPool(&pool, 0));
	CHECK(pool == mine);
	CUDA(cudaMallocAsync(&p, 1000, 0));
	CU(cuPointerGetAttribute(&again, CU_POINTER_ATTRIBUTE_MEMPOOL_HANDLE, (CUdeviceptr)p));
	CHECK(again == mine);
	CUDA(cudaFreeAsync(p, 0));
	CUDA(cudaStreamSynchronize(0));
	/* Its end makes the default pool current. */
	CUDA(cudaMemPoolDestroy(mine));
	CUDA(cudaDeviceGetMemPool(&pool, 0));
	CHECK(pool == of_default);
	CUDA(cudaMallocAsync(&p, 1000, 0));
	CU(cuPointerGetAttribute(&again, CU_POINTER_ATTRIBUTE_MEMPOOL_HANDLE, (CUdeviceptr)p));
	CHECK(again == of_default);
	CUDA(cudaFree(p));
}

static void attributes_of_pointer(cudaMemPool_t pool)
{
	struct cudaPointerAttributes is;
	unsigned type;
	size_t bytes;
	char *p;

	CUDA(cudaMallocFromPoolAsync((void **)&p, 5000, pool, 0));
	CUDA(cudaPointerGetAttributes(&is, p + 99));
	CHECK(is.type == cudaMemoryTypeDevice && is.device == 0 && is.devicePointer == p + 99);
	CU(cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, (CUdeviceptr)p));
	CHECK(type == CU_MEMORYTYPE_DEVICE);
	CU(cuPointerGetAttribute(&bytes, CU_POINTER_ATTRIBUTE_RANGE_SIZE, (CUdeviceptr)p));
	CHECK(bytes >= 5000);
	CUDA(cudaFreeAsync(p, 0));
	CUDA(cudaStreamSynchronize(0));
}

static void access_of(cudaMemPool_t pool)
{
	struct cudaMemLocation where = { cudaMemLocationTypeDevice, 0 };
	struct cudaMemAccessDesc map = { where, cudaMemAccessFlagsProtReadWrite };
	enum cudaMemAccessFlags flags = cudaMemAccessFlagsProtNone;

	CUDA(cudaMemPoolGetAccess(&flags, pool, &where));
	CHECK(flags == cudaMemAccessFlagsProtReadWrite);
	CUDA(cudaMemPoolSetAccess(pool, &map, 1));
}

static void refused(cudaMemPool_t pool)
{
	struct cudaMemPoolProps props = { 0 };
	cudaMemPool_t other;
	int device_count;
	void *p;

	CUDA(cudaGetDeviceCount(&device_count));
	EXPECT(cudaErrorInvalidValue, cudaMallocFromPoolAsync(NULL, 16, pool, 0));
	EXPECT(cudaErrorInvalidDevice, cudaDeviceGetDefaultMemPool(&other, device_count));
	EXPECT(cudaErrorInvalidValue, cudaDeviceGetMemPool(&other, device_count));
	EXPECT(cudaErrorInvalidValue, cudaMemPoolCreate(&other, &props));
	EXPECT(cudaErrorInvalidValue, cudaFreeAsync(&props, 0));
	CUDA(cudaMallocAsync(&p, 64, 0));
	CUDA(cudaFreeAsync(p, 0));
	EXPECT(cudaErrorInvalidValue, cudaFreeAsync(p, 0));
	EXPECT(cudaErrorInvalidValue, cudaFree(p));
	CUDA(cudaStreamSynchronize(0));
}

int main(void)
{
	cudaMemPool_t pool;
	int pools;

	CUDA(cudaFree(0));
	CUDA(cudaDeviceGetAttribute(&pools, cudaDevAttrMemoryPoolsSupported, 0));
	if (!pools)
		skip("the device has no memory pools");
	pool = make(0);
	attributes(pool);
	counts(pool);
	attributes_of_pointer(pool);
	access_of(pool);
	refused(pool);
	current(pool);
	return finish();
}
