/* SPDX-License-Identifier: MIT */
/* A kernel with clusters of its own is launched cooperatively: its grid synchronises, its clusters share */
#include <cooperative_groups.h>

#include "check.h"

namespace cg = cooperative_groups;

#define BLOCKS	8
#define THREADS	64

/* Each block adds what its neighbour in the cluster has to what all blocks have written */
__global__ void __cluster_dims__(2, 1, 1) add(unsigned *values, unsigned *sums)
{
	__shared__ unsigned own;
	cg::cluster_group cluster = cg::this_cluster();
	cg::grid_group grid = cg::this_grid();
	unsigned sum = 0;

	if (!grid.is_valid()) {
		sums[blockIdx.x] = 0xbad;
		return;
	}
	if (!threadIdx.x)
		own = values[blockIdx.x] += blockIdx.x;
	cluster.sync();
	grid.sync();
	if (!threadIdx.x) {
		for (unsigned i = 0; i < gridDim.x; i++)
			sum += values[i];
		sums[blockIdx.x] = sum + 1000 * *cluster.map_shared_rank(&own, cluster.block_rank() ^ 1);
	}
	cluster.sync();
}

static unsigned *values, *sums;

static cudaError_t by_call(void)
{
	void *params[] = { &values, &sums };

	return cudaLaunchCooperativeKernel((const void *)add, BLOCKS, THREADS, params, 0, NULL);
}

/* @clusters: the launch says them, too */
static cudaError_t by_attributes(bool clusters)
{
	cudaLaunchAttribute attributes[2] = {};
	cudaLaunchConfig_t config = {};

	attributes[0].id = cudaLaunchAttributeCooperative;
	attributes[0].val.cooperative = 1;
	attributes[1].id = cudaLaunchAttributeClusterDimension;
	attributes[1].val.clusterDim.x = 2;
	attributes[1].val.clusterDim.y = attributes[1].val.clusterDim.z = 1;
	config.gridDim = BLOCKS;
	config.blockDim = THREADS;
	config.attrs = attributes;
	config.numAttrs = clusters ? 2 : 1;
	return cudaLaunchKernelEx(&config, add, values, sums);
}

static void check(cudaError_t launched, const unsigned *before)
{
	unsigned got[BLOCKS], want[BLOCKS], total = 0;

	CUDA(launched);
	for (unsigned i = 0; i < BLOCKS; i++)
		total += before[i] + i;
	for (unsigned i = 0; i < BLOCKS; i++)
		want[i] = total + 1000 * (before[i ^ 1] + (i ^ 1));
	CUDA(cudaMemcpy(got, sums, sizeof(got), cudaMemcpyDeviceToHost));
	CHECK_SAME(got, want, sizeof(got));
}

int main()
{
	unsigned before[BLOCKS];
	int clusters;

	/* Where softgpu is in this process */
	setenv("QCUDA_SOFTGPU_CC", "9.0", 0);
	CUDA(cudaDeviceGetAttribute(&clusters, cudaDevAttrClusterLaunch, 0));
	if (!clusters)
		skip("the device has no clusters");
	CUDA(cudaMalloc((void **)&values, sizeof(before)));
	CUDA(cudaMalloc((void **)&sums, sizeof(before)));
	for (int way = 0; way < 3; way++) {
		for (unsigned &x : before)
			x = (unsigned)rng() % 1000;
		CUDA(cudaMemcpy(values, before, sizeof(before), cudaMemcpyHostToDevice));
		check(way ? by_attributes(way == 2) : by_call(), before);
	}
	CUDA(cudaFree(sums));
	CUDA(cudaFree(values));
	return finish();
}
