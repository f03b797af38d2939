/* SPDX-License-Identifier: MIT */
/* Clusters of blocks: by the launch's attribute and by the kernel's, and what a launch may not ask for */
#include <cooperative_groups.h>

#include "check.h"

namespace cg = cooperative_groups;

#define BLOCKS	24
#define THREADS	64

/* Every block counts its thread's numbers into the shared memory of the block that owns the number */
__global__ void histogram(const unsigned *in, unsigned n, unsigned *out, unsigned bins)
{
	extern __shared__ unsigned mine[];
	cg::cluster_group cluster = cg::this_cluster();
	unsigned blocks = cluster.num_blocks(), each = bins / blocks;
	unsigned first = blockIdx.x / blocks * blocks * THREADS + threadIdx.x + cluster.block_rank() * THREADS;

	for (unsigned i = threadIdx.x; i < each; i += THREADS)
		mine[i] = 0;
	cluster.sync();
	for (unsigned i = first; i < n; i += gridDim.x * THREADS) {
		unsigned bin = in[i] % bins;

		atomicAdd(cluster.map_shared_rank(mine, bin / each) + bin % each, 1);
	}
	cluster.sync();
	for (unsigned i = threadIdx.x; i < each; i += THREADS)
		atomicAdd(&out[cluster.block_rank() * each + i], mine[i]);
}

/* Each pair of blocks adds what the other has */
__global__ void __cluster_dims__(2, 1, 1) pairs(unsigned *out)
{
	__shared__ unsigned value;
	cg::cluster_group cluster = cg::this_cluster();

	if (!threadIdx.x)
		value = 100 + blockIdx.x;
	cluster.sync();
	if (!threadIdx.x)
		out[blockIdx.x] = value * 1000 + *cluster.map_shared_rank(&value, cluster.block_rank() ^ 1);
	cluster.sync();
}

template <typename... T>
static cudaError_t launch(void (*kernel)(T...), dim3 grid, dim3 cluster, size_t shared, T... values)
{
	cudaLaunchAttribute attribute = {};
	cudaLaunchConfig_t config = {};

	attribute.id = cudaLaunchAttributeClusterDimension;
	attribute.val.clusterDim.x = cluster.x;
	attribute.val.clusterDim.y = cluster.y;
	attribute.val.clusterDim.z = cluster.z;
	config.gridDim = grid;
	config.blockDim = THREADS;
	config.dynamicSmemBytes = shared;
	config.attrs = &attribute;
	config.numAttrs = 1;
	return cudaLaunchKernelEx(&config, kernel, values...);
}

static void check_histogram(unsigned cluster)
{
	enum { N = 10000, BINS = 480 };
	unsigned in[N], want[BINS] = {}, got[BINS], *dev_in, *dev_out;

	for (unsigned &x : in) {
		x = (unsigned)rng();
		want[x % BINS]++;
	}
	CUDA(cudaMalloc(&dev_in, sizeof(in)));
	CUDA(cudaMalloc(&dev_out, sizeof(got)));
	CUDA(cudaMemcpy(dev_in, in, sizeof(in), cudaMemcpyDefault));
	CUDA(cudaMemset(dev_out, 0, sizeof(got)));
	CUDA(launch(histogram, BLOCKS, cluster, BINS * 4, (const unsigned *)dev_in, (unsigned)N, dev_out,
		    (unsigned)BINS));
	CUDA(cudaMemcpy(got, dev_out, sizeof(got), cudaMemcpyDefault));
	CHECK_SAME(got, want, sizeof(got));
	CUDA(cudaFree(dev_in));
	CUDA(cudaFree(dev_out));
}

static void check_pairs(void)
{
	unsigned got[BLOCKS], *dev;

	CUDA(cudaMalloc(&dev, sizeof(got)));
	pairs<<<BLOCKS, THREADS>>>(dev);
	CUDA(cudaGetLastError());
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDefault));
	for (unsigned i = 0; i < BLOCKS; i++)
		CHECK(got[i] == (100 + i) * 1000 + (100 + (i ^ 1)));
	CUDA(cudaMemset(dev, 0, sizeof(got)));
	CUDA(launch(pairs, 8, dim3(2), 0, dev));
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDefault));
	CHECK(got[7] == 107106 && got[0] == 100101);
	/* Not what the kernel was made for */
	SHOW(launch(pairs, 8, dim3(4), 0, dev));
	SHOW(cudaGetLastError());
	CUDA(cudaFree(dev));
}

static void check_attributes(void)
{
	cudaFuncAttributes attributes;

	CUDA(cudaFuncGetAttributes(&attributes, pairs));
	printf("pairs: %d, %d x %d x %d\n", attributes.clusterDimMustBeSet, attributes.requiredClusterWidth,
	       attributes.requiredClusterHeight, attributes.requiredClusterDepth);
	CUDA(cudaFuncGetAttributes(&attributes, histogram));
	printf("histogram: %d, %d x %d x %d\n", attributes.clusterDimMustBeSet, attributes.requiredClusterWidth,
	       attributes.requiredClusterHeight, attributes.requiredClusterDepth);
}

static void check_occupancy(void)
{
	cudaLaunchAttribute attribute = {};
	cudaLaunchConfig_t config = {};
	int size = 0, count = 0;

	attribute.id = cudaLaunchAttributeClusterDimension;
	attribute.val.clusterDim.x = 4;
	attribute.val.clusterDim.y = attribute.val.clusterDim.z = 1;
	config.gridDim = BLOCKS;
	config.blockDim = THREADS;
	EXPECT(cudaSuccess, cudaOccupancyMaxPotentialClusterSize(&size, histogram, &config));
	CHECK(size == 8);
	config.attrs = &attribute;
	config.numAttrs = 1;
	EXPECT(cudaSuccess, cudaOccupancyMaxActiveClusters(&count, histogram, &config));
	CHECK(count > 0);
}

int main()
{
	unsigned *none = NULL;
	int clusters;

	/* Where softgpu is in this process */
	setenv("QCUDA_SOFTGPU_CC", "9.0", 0);
	CUDA(cudaDeviceGetAttribute(&clusters, cudaDevAttrClusterLaunch, 0));
	if (!clusters)
		skip("the device has no clusters");
	for (unsigned cluster = 1; cluster <= 8; cluster *= 2)
		check_histogram(cluster);
	check_histogram(3);
	check_pairs();
	check_attributes();
	check_occupancy();
	/* More blocks than every device has room for; no whole number of clusters; no block */
	SHOW(launch(histogram, 32, dim3(16), 0, (const unsigned *)none, 0u, none, 16u));
	SHOW(cudaGetLastError());
	SHOW(launch(histogram, 7, dim3(2), 0, (const unsigned *)none, 0u, none, 16u));
	SHOW(cudaGetLastError());
	SHOW(launch(histogram, 8, dim3(0), 0, (const unsigned *)none, 0u, none, 16u));
	SHOW(cudaGetLastError());
	pairs<<<7, THREADS>>>(none);
	SHOW(cudaGetLastError());
	CUDA(cudaDeviceSynchronize());
	CUDA(cudaFuncSetAttribute(histogram, cudaFuncAttributeNonPortableClusterSizeAllowed, 1));
	check_histogram(12);
	return finish();
}
