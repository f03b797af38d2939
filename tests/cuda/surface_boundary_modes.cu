/* SPDX-License-Identifier: MIT */
/* Outside of a surface: zero reads 0 and drops writes, clamp takes the nearest, trap is fatal */
#include "textures.h"

#define W 16
#define H 8

__global__ void read_around(cudaSurfaceObject_t s, int *zero, int *clamp)
{
	int x = threadIdx.x - 4, y = blockIdx.x - 2, i = blockIdx.x * blockDim.x + threadIdx.x;

	zero[i] = surf2Dread<int>(s, x * 4, y, cudaBoundaryModeZero);
	clamp[i] = surf2Dread<int>(s, x * 4, y, cudaBoundaryModeClamp);
}

__global__ void write_around(cudaSurfaceObject_t s)
{
	int x = threadIdx.x - 4, y = blockIdx.x - 2;

	surf2Dwrite(x < 0 || x >= W || y < 0 || y >= H ? -1 : 100 * y + x, s, x * 4, y,
		    cudaBoundaryModeZero);
}

__global__ void read_outside(cudaSurfaceObject_t s, int *out)
{
	*out = surf2Dread<int>(s, W * 4, 0, cudaBoundaryModeTrap);
}

static int clamped(int i, int n)
{
	return i < 0 ? 0 : i >= n ? n - 1 : i;
}

int main(void)
{
	const struct cudaExtent extent = make_cudaExtent(W, H, 0);
	const int threads = W + 8, blocks = H + 4;
	int host[W * H], want[W * H], got[W * H];
	int zero[(W + 8) * (H + 4)], clamp[(W + 8) * (H + 4)], *dev_zero, *dev_clamp;
	cudaSurfaceObject_t surface;
	cudaArray_t array;

	rng_fill(host, sizeof(host));
	array = array_make<int>(extent, cudaArraySurfaceLoadStore, host);
	surface = surface_make(array);
	CUDA(cudaMalloc(&dev_zero, sizeof(zero)));
	CUDA(cudaMalloc(&dev_clamp, sizeof(clamp)));
	read_around<<<blocks, threads>>>(surface, dev_zero, dev_clamp);
	CUDA(cudaMemcpy(zero, dev_zero, sizeof(zero), cudaMemcpyDeviceToHost));
	CUDA(cudaMemcpy(clamp, dev_clamp, sizeof(clamp), cudaMemcpyDeviceToHost));
	for (int i = 0; i < threads * blocks; i++) {
		int x = i % threads - 4, y = i / threads - 2;
		bool inside = x >= 0 && x < W && y >= 0 && y < H;

		CHECK(zero[i] == (inside ? host[y * W + x] : 0));
		CHECK(clamp[i] == host[clamped(y, H) * W + clamped(x, W)]);
	}
	write_around<<<blocks, threads>>>(surface);
	CUDA(cudaDeviceSynchronize());
	for (int i = 0; i < W * H; i++)
		want[i] = 100 * (i / W) + i % W;
	array_read(array, extent, sizeof(int), got);
	CHECK_SAME(got, want, sizeof(got));
	read_outside<<<1, 1>>>(surface, dev_zero);
	CHECK(cudaDeviceSynchronize() != cudaSuccess);
	CHECK(cudaFree(dev_zero) != cudaSuccess);
	puts("trapped");
	return finish();
}
