/* SPDX-License-Identifier: MIT */
/* Clusters that a program requires of a kernel at run time, and those of a kernel launched cooperatively */
#include <cooperative_groups.h>

#include "check.h"

namespace cg = cooperative_groups;

#define BLOCKS	24
#define THREADS	64

/* The number of blocks of each block's cluster, and the first of them, as this one's shared memory says */
__global__ void neighbours(unsigned *out)
{
	__shared__ unsigned block;
	cg::cluster_group cluster = cg::this_cluster();

	if (!threadIdx.x)
		block = blockIdx.x;
	cluster.sync();
	if (!threadIdx.x)
		out[blockIdx.x] = cluster.num_blocks() * 100 + *cluster.map_shared_rank(&block, 0);
	cluster.sync();
}

/* Each pair of blocks adds what it has, then every block adds what all pairs have */
__global__ void __cluster_dims__(2, 1, 1) sums(unsigned *pairs, unsigned *out)
{
	__shared__ unsigned value;
	cg::cluster_group cluster = cg::this_cluster();
	cg::grid_group grid = cg::this_grid();

	if (!threadIdx.x)
		value = blockIdx.x + 1;
	cluster.sync();
	if (!threadIdx.x && !cluster.block_rank())
		pairs[blockIdx.x / 2] = value + *cluster.map_shared_rank(&value, 1);
	grid.sync();
	if (!threadIdx.x) {
		unsigned sum = 0;

		for (unsigned i = 0; i < gridDim.x / 2; i++)
			sum += pairs[i];
		out[blockIdx.x] = grid.is_valid() ? sum * 10 + cluster.num_blocks() : 0;
	}
	cluster.sync();
}

static cudaError_t launch_with(unsigned blocks, unsigned cluster, unsigned *out)
{
	cudaLaunchAttribute attribute = {};
	cudaLaunchConfig_t config = {};

	attribute.id = cudaLaunchAttributeClusterDimension;
	attribute.val.clusterDim.x = cluster;
	attribute.val.clusterDim.y = attribute.val.clusterDim.z = 1;
	config.gridDim = blocks;
	config.blockDim = THREADS;
	config.attrs = &attribute;
	config.numAttrs = 1;
	return cudaLaunchKernelEx(&config, neighbours, out);
}

static void require(unsigned width, unsigned others)
{
	CUDA(cudaFuncSetAttribute(neighbours, cudaFuncAttributeRequiredClusterWidth, width));
	CUDA(cudaFuncSetAttribute(neighbours, cudaFuncAttributeRequiredClusterHeight, others));
	CUDA(cudaFuncSetAttribute(neighbours, cudaFuncAttributeRequiredClusterDepth, others));
}

static void check_neighbours(unsigned *dev, unsigned cluster)
{
	unsigned got[BLOCKS];

	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDefault));
	for (unsigned i = 0; i < BLOCKS; i++)
		CHECK(got[i] == cluster * 100 + i / cluster * cluster);
	CUDA(cudaMemset(dev, 0, sizeof(got)));
}

static void check_required(unsigned *dev)
{
	cudaFuncAttributes attributes;

	neighbours<<<BLOCKS, THREADS>>>(dev);
	check_neighbours(dev, 1);
	for (unsigned width : { 2u, 4u, 3u, 8u }) {
		require(width, 1);
		neighbours<<<BLOCKS, THREADS>>>(dev);
		CUDA(cudaGetLastError());
		check_neighbours(dev, width);
		CUDA(launch_with(BLOCKS, width, dev));
		check_neighbours(dev, width);
	}
	CUDA(cudaFuncGetAttributes(&attributes, neighbours));
	printf("neighbours: %d, %d x %d x %d\n", attributes.clusterDimMustBeSet,
	       attributes.requiredClusterWidth, attributes.requiredClusterHeight,
	       attributes.requiredClusterDepth);
	/* Another than is required, and no whole number of them */
	SHOW(launch_with(BLOCKS, 4, dev));
	SHOW(cudaGetLastError());
	neighbours<<<BLOCKS - 1, THREADS>>>(dev);
	SHOW(cudaGetLastError());
	require(0, 0);
	neighbours<<<BLOCKS, THREADS>>>(dev);
	CUDA(cudaGetLastError());
	check_neighbours(dev, 1);
	CUDA(launch_with(BLOCKS, 4, dev));
	check_neighbours(dev, 4);
}

static void check_cooperative(unsigned *dev)
{
	unsigned got[BLOCKS], *pairs = dev + BLOCKS;
	void *params[] = { &pairs, &dev };

	CUDA(cudaLaunchCooperativeKernel((const void *)sums, BLOCKS, THREADS, params, 0, 0));
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDefault));
	for (unsigned i = 0; i < BLOCKS; i++)
		CHECK(got[i] == BLOCKS * (BLOCKS + 1) / 2 * 10 + 2);
}

int main()
{
	unsigned *dev;
	int clusters;

	/* Where softgpu is in this process */
	setenv("QCUDA_SOFTGPU_CC", "9.0", 0);
	CUDA(cudaDeviceGetAttribute(&clusters, cudaDevAttrClusterLaunch, 0));
	if (!clusters)
		skip("the device has no clusters");
	CUDA(cudaMalloc(&dev, 2 * BLOCKS * sizeof(*dev)));
	check_required(dev);
	check_cooperative(dev);
	/* What it has at compile time stays */
	CUDA(cudaFuncSetAttribute(sums, cudaFuncAttributeRequiredClusterWidth, 2));
	EXPECT(cudaErrorInvalidValue,
	       cudaFuncSetAttribute(sums, cudaFuncAttributeRequiredClusterWidth, 4));
	cudaGetLastError();
	CUDA(cudaFree(dev));
	return finish();
}
