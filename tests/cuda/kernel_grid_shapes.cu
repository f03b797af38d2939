/* SPDX-License-Identifier: MIT */
/* Every thread of one-, two- and three-dimensional grids and blocks runs once, with its index */
#include "check.h"

__global__ void mark(unsigned *seen, uint3 *sizes)
{
	unsigned long long block =
		blockIdx.x + (unsigned long long)gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
	unsigned thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);

	atomicAdd(&seen[block * (blockDim.x * blockDim.y * blockDim.z) + thread], 1);
	if (block == 0 && thread == 0) {
		sizes[0] = make_uint3(gridDim.x, gridDim.y, gridDim.z);
		sizes[1] = make_uint3(blockDim.x, blockDim.y, blockDim.z);
	}
}

int main()
{
	static const unsigned shapes[][6] = {
		{ 1, 1, 1, 1, 1, 1 },	 { 7, 1, 1, 33, 1, 1 },	  { 3, 5, 2, 4, 3, 5 },
		{ 1, 9, 1, 1, 32, 2 },	 { 70000, 1, 1, 2, 1, 1 }, { 2, 3, 11, 1, 1, 64 },
		{ 1, 1, 3, 1024, 1, 1 }, { 5, 1, 1, 31, 33, 1 },
	};
	unsigned *seen, *got;
	uint3 *sizes, size[2];

	CUDA(cudaMalloc(&sizes, sizeof(size)));
	for (unsigned s = 0; s < ARRAY_SIZE(shapes); s++) {
		const unsigned *g = shapes[s], *b = shapes[s] + 3;
		size_t n = (size_t)g[0] * g[1] * g[2] * b[0] * b[1] * b[2];

		CUDA(cudaMalloc(&seen, n * 4));
		CUDA(cudaMemset(seen, 0, n * 4));
		mark<<<dim3(g[0], g[1], g[2]), dim3(b[0], b[1], b[2])>>>(seen, sizes);
		CUDA(cudaGetLastError());
		got = (unsigned *)malloc(n * 4);
		CUDA(cudaMemcpy(got, seen, n * 4, cudaMemcpyDeviceToHost));
		for (size_t i = 0; i < n; i++)
			CHECK(got[i] == 1);
		CUDA(cudaMemcpy(size, sizes, sizeof(size), cudaMemcpyDeviceToHost));
		CHECK(size[0].x == g[0] && size[0].y == g[1] && size[0].z == g[2]);
		CHECK(size[1].x == b[0] && size[1].y == b[1] && size[1].z == b[2]);
		CUDA(cudaFree(seen));
		free(got);
	}
	CUDA(cudaFree(sizes));
	return finish();
}
