/* SPDX-License-Identifier: MIT */
/* needs: CUDA 13 */
/*
 * What is asked of arrays: the memory they want, their planes, whether they are sparse; and the
 * pools that memory comes from, and ranges of managed memory, by the calls that take a location
 */
#include "check.h"

static void arrays(void)
{
	const struct cudaChannelFormatDesc desc = { 32, 0, 0, 0, cudaChannelFormatKindFloat };
	struct cudaArrayMemoryRequirements wants = { 0 };
	struct cudaArraySparseProperties sparse;
	cudaMipmappedArray_t mipmap;
	cudaArray_t array, plane;

	CUDA(cudaMallocArray(&array, &desc, 64, 64, cudaArrayDefault));
	CUDA(cudaMallocMipmappedArray(&mipmap, &desc, (struct cudaExtent){ 64, 64, 0 }, 3, 0));
	/* Only of arrays whose memory is mapped later */
	SHOW(cudaArrayGetMemoryRequirements(&wants, array, 0));
	SHOW(cudaMipmappedArrayGetMemoryRequirements(&wants, mipmap, 0));
	SHOW(cudaArrayGetSparseProperties(&sparse, array));
	SHOW(cudaMipmappedArrayGetSparseProperties(&sparse, mipmap));
	EXPECT(cudaErrorInvalidValue, cudaArrayGetPlane(&plane, array, 0));
	EXPECT(cudaErrorInvalidValue, cudaArrayGetPlane(NULL, array, 0));
	cudaGetLastError();
	CUDA(cudaFreeArray(array));
	CUDA(cudaFreeMipmappedArray(mipmap));
}

static void pools(void)
{
	struct cudaMemLocation here = { cudaMemLocationTypeDevice, 0 };
	struct cudaMemPoolProps props = { .allocType = cudaMemAllocationTypePinned,
					  .location = { cudaMemLocationTypeDevice, 0 } };
	cudaMemPool_t first, said, mine;

	CUDA(cudaMemGetDefaultMemPool(&first, &here, cudaMemAllocationTypePinned));
	CUDA(cudaDeviceGetDefaultMemPool(&said, 0));
	CHECK(first == said);
	CUDA(cudaMemPoolCreate(&mine, &props));
	CUDA(cudaMemSetMemPool(&here, cudaMemAllocationTypePinned, mine));
	CUDA(cudaMemGetMemPool(&said, &here, cudaMemAllocationTypePinned));
	CHECK(said == mine);
	CUDA(cudaDeviceGetMemPool(&said, 0));
	CHECK(said == mine);
	CUDA(cudaMemSetMemPool(&here, cudaMemAllocationTypePinned, first));
	CUDA(cudaMemPoolDestroy(mine));
	EXPECT(cudaErrorInvalidValue,
	       cudaMemGetDefaultMemPool(NULL, &here, cudaMemAllocationTypePinned));
	cudaGetLastError();
}

static void ranges(void)
{
	enum cudaMemRangeAttribute attributes[] = { cudaMemRangeAttributeReadMostly,
						    cudaMemRangeAttributePreferredLocation };
	int mostly = 7, preferred = 7;
	void *data[] = { &mostly, &preferred };
	size_t sizes[] = { sizeof(int), sizeof(int) };
	void *managed;

	CUDA(cudaMallocManaged(&managed, 1 << 16, cudaMemAttachGlobal));
	CUDA(cudaMemRangeGetAttributes(data, sizes, attributes, 2, managed, 1 << 16));
	CHECK(mostly == 0 && preferred == cudaInvalidDeviceId);
	EXPECT(cudaErrorInvalidValue,
	       cudaMemRangeGetAttributes(data, sizes, attributes, 0, managed, 1 << 16));
	cudaGetLastError();
	CUDA(cudaFree(managed));
}

int main(void)
{
	CUDA(cudaFree(0));
	arrays();
	pools();
	ranges();
	return finish();
}
