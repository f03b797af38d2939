/* SPDX-License-Identifier: MIT */
/* A cooperative launch: every block meets every other at the grid's barrier */
#include "check.h"
#include <cooperative_groups.h>

__global__ void rotate(unsigned *p, unsigned n, int rounds)
{
	cooperative_groups::grid_group grid = cooperative_groups::this_grid();
	unsigned i = blockIdx.x * blockDim.x + threadIdx.x, x;

	for (int r = 0; r < rounds; r++) {
		x = p[(i + 1) % n];
		grid.sync();
		p[i] = x + i;
		grid.sync();
	}
}

int main()
{
	unsigned n = 8 * 64, model[512], next[512], got[512], *dev;
	int rounds = 10, can;
	void *params[] = { &dev, &n, &rounds };

	CUDA(cudaDeviceGetAttribute(&can, cudaDevAttrCooperativeLaunch, 0));
	if (!can)
		skip("the device has no cooperative launch");
	rng_fill(model, sizeof(model));
	CUDA(cudaMalloc(&dev, sizeof(model)));
	CUDA(cudaMemcpy(dev, model, sizeof(model), cudaMemcpyHostToDevice));
	CUDA(cudaLaunchCooperativeKernel((const void *)rotate, 8, 64, params, 0, NULL));
	CUDA(cudaMemcpy(got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	for (int r = 0; r < rounds; r++) {
		for (unsigned i = 0; i < n; i++)
			next[i] = model[(i + 1) % n] + i;
		memcpy(model, next, sizeof(model));
	}
	CHECK_SAME(got, model, sizeof(model));
	EXPECT(cudaErrorCooperativeLaunchTooLarge,
	       cudaLaunchCooperativeKernel((const void *)rotate, 1000000, 64, params, 0, NULL));
	CUDA(cudaFree(dev));
	return finish();
}
