/* SPDX-License-Identifier: MIT */
/* needs: CUDA 13 */
/* Pools through the driver: made, set, asked, allocated from in stream order, trimmed, destroyed */
#include "ptx.h"

int main(void)
{
	const CUmemPoolProps props = { .allocType = CU_MEM_ALLOCATION_TYPE_PINNED,
				       .location = { CU_MEM_LOCATION_TYPE_DEVICE, 0 } };
	CUmemLocation here = { CU_MEM_LOCATION_TYPE_DEVICE, 0 };
	CUmemAccessDesc access = { { CU_MEM_LOCATION_TYPE_DEVICE, 0 },
				   CU_MEM_ACCESS_FLAGS_PROT_READWRITE };
	cuuint64_t keep = 16 * MIB, said = 0, used = 1;
	CUmemoryPool pool, of_device, again;
	CUmemAccess_flags flags;
	CUdeviceptr dev;
	CUstream stream;
	uint32_t got;
	int on = 0, was = 1;

	ptx_context();
	CU(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
	CU(cuDeviceGetDefaultMemPool(&of_device, 0));
	CU(cuMemGetDefaultMemPool(&again, &here, CU_MEM_ALLOCATION_TYPE_PINNED));
	CHECK(again == of_device);
	CU(cuDeviceGetMemPool(&again, 0));
	CHECK(again == of_device);
	CU(cuMemPoolCreate(&pool, &props));
	CU(cuMemPoolSetAttribute(pool, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, &keep));
	CU(cuMemPoolGetAttribute(pool, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, &said));
	CHECK(said == keep);
	CU(cuMemPoolSetAttribute(pool, CU_MEMPOOL_ATTR_REUSE_ALLOW_OPPORTUNISTIC, &on));
	CU(cuMemPoolGetAttribute(pool, CU_MEMPOOL_ATTR_REUSE_ALLOW_OPPORTUNISTIC, &was));
	CHECK(was == 0);
	CU(cuMemPoolGetAccess(&flags, pool, &here));
	CHECK(flags == CU_MEM_ACCESS_FLAGS_PROT_READWRITE);
	CU(cuMemPoolSetAccess(pool, &access, 1));

	CU(cuMemAllocFromPoolAsync(&dev, 4 * MIB, pool, stream));
	CU(cuMemsetD32Async(dev, 0xabcd1234, MIB, stream));
	CU(cuStreamSynchronize(stream));
	CU(cuMemcpyDtoH(&got, dev + 4 * (MIB - 1), 4));
	CHECK(got == 0xabcd1234);
	CU(cuMemPoolGetAttribute(pool, CU_MEMPOOL_ATTR_USED_MEM_CURRENT, &used));
	CHECK(used >= 4 * MIB);
	CU(cuMemFreeAsync(dev, stream));
	CU(cuStreamSynchronize(stream));
	CU(cuMemPoolGetAttribute(pool, CU_MEMPOOL_ATTR_USED_MEM_CURRENT, &used));
	CHECK(used == 0);
	CU(cuMemPoolTrimTo(pool, 0));
	CU(cuMemPoolGetAttribute(pool, CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT, &said));
	CHECK(said == 0);

	CU(cuDeviceSetMemPool(0, pool));
	CU(cuMemGetMemPool(&again, &here, CU_MEM_ALLOCATION_TYPE_PINNED));
	CHECK(again == pool);
	CU(cuMemAllocAsync(&dev, 4096, stream));
	CU(cuStreamSynchronize(stream));
	CU(cuMemPoolGetAttribute(pool, CU_MEMPOOL_ATTR_USED_MEM_CURRENT, &used));
	CHECK(used > 0);
	CU(cuMemFreeAsync(dev, stream));
	CU(cuStreamSynchronize(stream));
	CU(cuMemSetMemPool(&here, CU_MEM_ALLOCATION_TYPE_PINNED, of_device));
	CU(cuDeviceGetMemPool(&again, 0));
	CHECK(again == of_device);
	EXPECT_CU(CUDA_SUCCESS, cuMemPoolDestroy(pool));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemPoolCreate(NULL, &props));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemPoolCreate(&pool, NULL));
	CU(cuStreamDestroy(stream));
	return finish();
}
