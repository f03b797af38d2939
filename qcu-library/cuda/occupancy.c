/* SPDX-License-Identifier: MIT */
/*
 * occupancy.c - which block size keeps a multiprocessor busiest
 *
 * The host knows how many blocks of a size fit; the search over sizes is here,
 * because it asks the program how much shared memory each size needs.
 */
#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/device.h"
#include "qcu-library/cuda/function.h"
#include "qcu-library/cuda/remote.h"

static int least(int a, int b)
{
	return a < b ? a : b;
}

struct best {
	int threads;		/* per multiprocessor */
	int block, blocks;	/* size of a block, blocks per multiprocessor */
};

static CUresult try_size(CUfunction func, int block, size_t shared, unsigned int flags,
			 struct best *best)
{
	int blocks;
	CUresult rc = cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(&blocks, func, block,
									   shared, flags);

	/* Of sizes that do as well the largest, which is tried first */
	if (rc == CUDA_SUCCESS && blocks * block > best->threads)
		*best = (struct best){ blocks * block, block, blocks };
	return rc;
}

CUresult CUDAAPI cuOccupancyMaxPotentialBlockSizeWithFlags(
	int *minGridSize, int *blockSize, CUfunction func,
	CUoccupancyB2DSize blockSizeToDynamicSMemSize, size_t dynamicSMemSize, int blockSizeLimit,
	unsigned int flags)
{
	const struct layout *layout;
	struct best best = { 0 };
	CUresult rc = context_check();
	int warp, limit, full;

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!minGridSize || !blockSize || blockSizeLimit < 0)
		return CUDA_ERROR_INVALID_VALUE;
	layout = function_layout((uint64_t)func, &rc);
	if (!layout)
		return rc;
	warp = device_attribute(layout->device, CU_DEVICE_ATTRIBUTE_WARP_SIZE);
	full = device_attribute(layout->device,
				CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR);
	limit = least(layout->info.max_threads_per_block,
		      device_attribute(layout->device, CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK));
	if (blockSizeLimit)
		limit = least(limit, blockSizeLimit);
	if (warp <= 0)
		return CUDA_ERROR_UNKNOWN;
	for (int top = (limit + warp - 1) / warp * warp; top > 0; top -= warp) {
		int block = least(top, limit);

		if (blockSizeToDynamicSMemSize)
			dynamicSMemSize = blockSizeToDynamicSMemSize(block);
		rc = try_size(func, block, dynamicSMemSize, flags, &best);
		if (rc != CUDA_SUCCESS)
			return rc;
		if (best.threads == full)
			break;
	}
	*blockSize = best.block;
	*minGridSize = best.blocks * device_attribute(layout->device,
						      CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuOccupancyMaxPotentialBlockSize(int *minGridSize, int *blockSize,
						  CUfunction func,
						  CUoccupancyB2DSize blockSizeToDynamicSMemSize,
						  size_t dynamicSMemSize, int blockSizeLimit)
{
	return cuOccupancyMaxPotentialBlockSizeWithFlags(minGridSize, blockSize, func,
							 blockSizeToDynamicSMemSize,
							 dynamicSMemSize, blockSizeLimit, 0);
}

static CUresult clusters(int *result, CUfunction func, const CUlaunchConfig *config,
			 bool potential)
{
	struct wire_launch shape;
	CUresult rc = context_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!result || !config || (config->numAttrs && !config->attrs))
		return CUDA_ERROR_INVALID_VALUE;
	shape = (struct wire_launch){
		.grid = { config->gridDimX, config->gridDimY, config->gridDimZ },
		.block = { config->blockDimX, config->blockDimY, config->blockDimZ },
		.dynamic_shared = config->sharedMemBytes,
	};
	return send_occupancy_clusters(func, config->hStream, shape, config->numAttrs,
				       config->attrs, potential, result);
}

CUresult CUDAAPI cuOccupancyMaxActiveClusters(int *numClusters, CUfunction func,
					      const CUlaunchConfig *config)
{
	return clusters(numClusters, func, config, false);
}

CUresult CUDAAPI cuOccupancyMaxPotentialClusterSize(int *clusterSize, CUfunction func,
						    const CUlaunchConfig *config)
{
	return clusters(clusterSize, func, config, true);
}
