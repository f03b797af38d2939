/* SPDX-License-Identifier: MIT */
/* A sparse array has no memory but that which cuMemMapArrayAsync gives to some of its tiles */
#include "ptx.h"

#define SIDE	2048	/* elements */
#define TILE	65536	/* bytes of a tile, on every device that has them */

static CUarray array;
static CUarrayMapInfo maps[2];

static void copy(void *host, size_t x, size_t y, size_t width, size_t height, int to_array)
{
	CUDA_MEMCPY2D copy = { .WidthInBytes = width * 4, .Height = height };

	copy.srcMemoryType = to_array ? CU_MEMORYTYPE_HOST : CU_MEMORYTYPE_ARRAY;
	copy.dstMemoryType = to_array ? CU_MEMORYTYPE_ARRAY : CU_MEMORYTYPE_HOST;
	copy.srcHost = copy.dstHost = host;
	copy.srcPitch = copy.dstPitch = width * 4;
	copy.srcArray = copy.dstArray = array;
	if (to_array) {
		copy.dstXInBytes = x * 4;
		copy.dstY = y;
	} else {
		copy.srcXInBytes = x * 4;
		copy.srcY = y;
	}
	CU(cuMemcpy2D(&copy));
}

/* Tile (x, y), counted in tiles, to memory at @offset */
static CUarrayMapInfo tile(const CUDA_ARRAY_SPARSE_PROPERTIES *sparse, unsigned int x, unsigned int y,
			   CUmemGenericAllocationHandle memory, size_t offset)
{
	return (CUarrayMapInfo){
		.resourceType = CU_RESOURCE_TYPE_ARRAY, .resource.array = array,
		.subresourceType = CU_ARRAY_SPARSE_SUBRESOURCE_TYPE_SPARSE_LEVEL,
		.subresource.sparseLevel = {
			.offsetX = x * sparse->tileExtent.width,
			.offsetY = y * sparse->tileExtent.height,
			.extentWidth = sparse->tileExtent.width,
			.extentHeight = sparse->tileExtent.height, .extentDepth = 1,
		},
		.memOperationType = CU_MEM_OPERATION_TYPE_MAP,
		.memHandleType = CU_MEM_HANDLE_TYPE_GENERIC,
		.memHandle.memHandle = memory, .offset = offset, .deviceBitMask = 1,
	};
}

int main(void)
{
	const CUDA_ARRAY3D_DESCRIPTOR descriptor = {
		.Width = SIDE, .Height = SIDE, .Format = CU_AD_FORMAT_UNSIGNED_INT32,
		.NumChannels = 1, .Flags = CUDA_ARRAY3D_SPARSE,
	};
	const CUmemAllocationProp prop = {
		.type = CU_MEM_ALLOCATION_TYPE_PINNED,
		.location = { CU_MEM_LOCATION_TYPE_DEVICE, 0 },
		.allocFlags = { .usage = CU_MEM_CREATE_USAGE_TILE_POOL },
	};
	CUDA_ARRAY_SPARSE_PROPERTIES sparse;
	CUmemGenericAllocationHandle memory;
	uint32_t *sent[2], *got;
	size_t granularity, n;
	CUstream stream;
	int supported;

	ptx_context();
	CU(cuDeviceGetAttribute(&supported, CU_DEVICE_ATTRIBUTE_SPARSE_CUDA_ARRAY_SUPPORTED, 0));
	if (!supported)
		skip("the device has no sparse arrays");
	CU(cuArray3DCreate(&array, &descriptor));
	CU(cuArrayGetSparseProperties(&sparse, array));
	n = (size_t)sparse.tileExtent.width * sparse.tileExtent.height;
	printf("tiles of %u x %u x %u\n", sparse.tileExtent.width, sparse.tileExtent.height,
	       sparse.tileExtent.depth);
	CHECK(n * 4 == TILE && sparse.tileExtent.depth == 1);
	CU(cuMemGetAllocationGranularity(&granularity, &prop, CU_MEM_ALLOC_GRANULARITY_MINIMUM));
	CU(cuMemCreate(&memory, granularity, &prop, 0));
	CU(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));

	maps[0] = tile(&sparse, 0, 1, memory, 0);
	maps[1] = tile(&sparse, 2, 3, memory, TILE);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuMemMapArrayAsync(NULL, 2, stream));
	CU(cuMemMapArrayAsync(maps, 2, stream));
	CU(cuStreamSynchronize(stream));
	got = malloc(n * 4);
	for (int i = 0; i < 2; i++) {
		sent[i] = rng_bytes(n * 4);
		copy(sent[i], maps[i].subresource.sparseLevel.offsetX,
		     maps[i].subresource.sparseLevel.offsetY, sparse.tileExtent.width,
		     sparse.tileExtent.height, 1);
	}
	for (int i = 0; i < 2; i++) {
		copy(got, maps[i].subresource.sparseLevel.offsetX,
		     maps[i].subresource.sparseLevel.offsetY, sparse.tileExtent.width,
		     sparse.tileExtent.height, 0);
		CHECK_SAME(got, sent[i], n * 4);
	}
	/* The second tile's memory shows in another place */
	maps[0] = tile(&sparse, 1, 0, memory, TILE);
	CU(cuMemMapArrayAsync(maps, 1, stream));
	CU(cuStreamSynchronize(stream));
	copy(got, sparse.tileExtent.width, 0, sparse.tileExtent.width, sparse.tileExtent.height, 0);
	CHECK_SAME(got, sent[1], n * 4);
	for (int i = 0; i < 2; i++) {
		maps[i].memOperationType = CU_MEM_OPERATION_TYPE_UNMAP;
		maps[i].memHandle.memHandle = 0;
		maps[i].offset = 0;
	}
	CU(cuMemMapArrayAsync(maps, 2, stream));
	CU(cuStreamSynchronize(stream));
	CU(cuMemRelease(memory));
	CU(cuStreamDestroy(stream));
	CU(cuArrayDestroy(array));
	return finish();
}
