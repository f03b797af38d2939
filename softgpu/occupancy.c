/* SPDX-License-Identifier: MIT */
/*
 * occupancy.c - cuOccupancy*: how many blocks fit on a multiprocessor
 *
 * By the published limits of the compute capability: threads, blocks, registers (given
 * out to warps in units of 256) and shared memory (in units of 128 or 256 bytes, plus what the
 * system keeps per block from 8.0 on).
 */
#include <limits.h>

#include "softgpu/driver.h"
#include "softgpu/module.h"

static int least(int a, int b)
{
	return a < b ? a : b;
}

static size_t round_up(size_t value, size_t unit)
{
	return (value + unit - 1) / unit * unit;
}

static int by_registers(const struct function *function, int warps)
{
	size_t per_warp = round_up((size_t)function->info.registers * DEVICE_WARP, 256);

	return per_warp ? (int)(DEVICE_REGISTERS / per_warp) / warps : INT_MAX;
}

static int by_shared(const struct function *function, const struct arch *arch, size_t dynamic)
{
	size_t unit = arch->major >= 8 ? 128 : 256, reserved = arch->major >= 8 ? 1024 : 0;
	size_t bytes = round_up(function->info.static_shared + dynamic + reserved, unit);

	return bytes ? (int)((size_t)arch->shared_per_sm / bytes) : INT_MAX;
}

int function_blocks_per_sm(const struct function *function, int threads, size_t dynamic_shared)
{
	const struct arch *arch = function->module->context->device->arch;
	int warps = (threads + DEVICE_WARP - 1) / DEVICE_WARP;
	int blocks = arch->blocks_per_sm;

	if (threads > (int)function->info.max_threads ||
	    dynamic_shared > (size_t)arch->shared_optin)
		return 0;
	blocks = least(blocks, arch->threads_per_sm / (warps * DEVICE_WARP));
	blocks = least(blocks, by_registers(function, warps));
	return least(blocks, by_shared(function, arch, dynamic_shared));
}

/* enter() - the function of a handle in the current context, with a reference */
static CUresult enter(CUfunction value, struct function **function)
{
	struct context *context;
	CUresult result = context_enter(&context);

	return result ? result : function_resolve(value, context, function);
}

CUresult cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *numBlocks, CUfunction func,
							      int blockSize, size_t dynamicSMemSize,
							      unsigned int flags)
{
	struct function *function;
	CUresult result = enter(func, &function);

	if (result)
		return result;
	if (!numBlocks || blockSize <= 0 ||
	    flags & ~(unsigned int)CU_OCCUPANCY_DISABLE_CACHING_OVERRIDE)
		result = CUDA_ERROR_INVALID_VALUE;
	else
		*numBlocks = function_blocks_per_sm(function, blockSize, dynamicSMemSize);
	function_put(function);
	return result;
}

CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int *numBlocks, CUfunction func,
						     int blockSize, size_t dynamicSMemSize)
{
	return cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(numBlocks, func, blockSize,
								    dynamicSMemSize, 0);
}

/* best_block() - the largest block size with the most resident threads, and blocks per SM of it */
static int best_block(const struct function *function, CUoccupancyB2DSize shared_of,
		      size_t shared, int limit, int *blocks)
{
	int best = 0, most = 0;

	*blocks = 0;
	for (int threads = limit; threads > 0;
	     threads = threads % DEVICE_WARP ? threads - threads % DEVICE_WARP :
					       threads - DEVICE_WARP) {
		size_t dynamic = shared_of ? shared_of(threads) : shared;
		int fit = function_blocks_per_sm(function, threads, dynamic);

		if (fit * threads > most) {
			most = fit * threads;
			best = threads;
			*blocks = fit;
		}
	}
	return best;
}

CUresult cuOccupancyMaxPotentialBlockSizeWithFlags(int *minGridSize, int *blockSize,
						   CUfunction func,
						   CUoccupancyB2DSize blockSizeToDynamicSMemSize,
						   size_t dynamicSMemSize, int blockSizeLimit,
						   unsigned int flags)
{
	struct function *function;
	int limit, blocks;
	CUresult result = enter(func, &function);

	if (result)
		return result;
	limit = (int)function->info.max_threads;
	if (blockSizeLimit > 0)
		limit = least(limit, blockSizeLimit);
	if (!minGridSize || !blockSize || blockSizeLimit < 0 ||
	    flags & ~(unsigned int)CU_OCCUPANCY_DISABLE_CACHING_OVERRIDE) {
		result = CUDA_ERROR_INVALID_VALUE;
	} else {
		*blockSize = best_block(function, blockSizeToDynamicSMemSize, dynamicSMemSize,
					limit, &blocks);
		*minGridSize = blocks * DEVICE_SMS;
	}
	function_put(function);
	return result;
}

CUresult cuOccupancyMaxPotentialBlockSize(int *minGridSize, int *blockSize, CUfunction func,
					  CUoccupancyB2DSize blockSizeToDynamicSMemSize,
					  size_t dynamicSMemSize, int blockSizeLimit)
{
	return cuOccupancyMaxPotentialBlockSizeWithFlags(minGridSize, blockSize, func,
							 blockSizeToDynamicSMemSize,
							 dynamicSMemSize, blockSizeLimit, 0);
}

CUresult cuOccupancyAvailableDynamicSMemPerBlock(size_t *dynamicSmemSize, CUfunction func,
						 int numBlocks, int blockSize)
{
	const struct arch *arch;
	struct function *function;
	size_t unit, reserved, share, taken;
	CUresult result = enter(func, &function);

	if (result)
		return result;
	arch = function->module->context->device->arch;
	if (!dynamicSmemSize || numBlocks <= 0 || blockSize <= 0 ||
	    function_blocks_per_sm(function, blockSize, 0) < numBlocks) {
		result = CUDA_ERROR_INVALID_VALUE;
	} else {
		unit = arch->major >= 8 ? 128 : 256;
		reserved = arch->major >= 8 ? 1024 : 0;
		share = (size_t)arch->shared_per_sm / (size_t)numBlocks / unit * unit;
		taken = function->info.static_shared + reserved;
		share = share > taken ? share - taken : 0;
		taken = (size_t)arch->shared_optin - function->info.static_shared;
		*dynamicSmemSize = share < taken ? share : taken;
	}
	function_put(function);
	return result;
}

/* cluster_blocks() - how many blocks the clusters of a launch have, 1 without */
static unsigned int cluster_blocks(const CUlaunchConfig *config, const struct function *function)
{
	unsigned int own[3], blocks = 1;

	if (function_cluster(function, own))
		blocks = own[0] * own[1] * own[2];

	for (unsigned int i = 0; i < config->numAttrs; i++) {
		const CUlaunchAttribute *attribute = &config->attrs[i];

		if (attribute->id == CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION)
			blocks = attribute->value.clusterDim.x * attribute->value.clusterDim.y *
				 attribute->value.clusterDim.z;
	}
	return blocks;
}

/* enter_clusters() - a function and how many blocks of a launch fit on all multiprocessors at once */
static CUresult enter_clusters(const void *out, CUfunction func, const CUlaunchConfig *config,
			       struct function **function, int *fit)
{
	CUresult result = enter(func, function);
	uint64_t threads;

	if (result)
		return result;
	if (!out || !config || (config->numAttrs && !config->attrs)) {
		result = CUDA_ERROR_INVALID_VALUE;
	} else if ((*function)->module->context->device->arch->major < 9) {
		result = CUDA_ERROR_NOT_SUPPORTED;
	} else {
		threads = (uint64_t)config->blockDimX * config->blockDimY * config->blockDimZ;
		*fit = !threads || threads > DEVICE_MAX_THREADS ? 0 :
		       DEVICE_SMS * function_blocks_per_sm(*function, (int)threads, config->sharedMemBytes);
	}
	if (result)
		function_put(*function);
	return result;
}

CUresult cuOccupancyMaxPotentialClusterSize(int *clusterSize, CUfunction func,
					    const CUlaunchConfig *config)
{
	struct function *function;
	int fit;
	CUresult result = enter_clusters(clusterSize, func, config, &function, &fit);

	if (result)
		return result;
	*clusterSize = least(fit, function_cluster_blocks(function));
	function_put(function);
	return CUDA_SUCCESS;
}

CUresult cuOccupancyMaxActiveClusters(int *numClusters, CUfunction func, const CUlaunchConfig *config)
{
	struct function *function;
	unsigned int blocks;
	int fit;
	CUresult result = enter_clusters(numClusters, func, config, &function, &fit);

	if (result)
		return result;
	blocks = cluster_blocks(config, function);
	if (!blocks || blocks > (unsigned int)function_cluster_blocks(function))
		result = CUDA_ERROR_INVALID_CLUSTER_SIZE;
	else
		*numClusters = fit / (int)blocks;
	function_put(function);
	return result;
}
