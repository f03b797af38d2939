/* SPDX-License-Identifier: MIT */
/* cudaMallocMipmappedArray: each level is half as large, and holds what is copied to it */
#include "check.h"
#include <cuda_runtime.h>

#define W 50
#define H 20

static void fill_and_read(cudaArray_t level, size_t width, size_t height)
{
	size_t row = width * sizeof(uint16_t);
	void *host = rng_bytes(row * height), *got = malloc(row * height);

	CHECK(got);
	CUDA(cudaMemcpy2DToArray(level, 0, 0, host, row, row, height, cudaMemcpyHostToDevice));
	CUDA(cudaMemcpy2DFromArray(got, row, level, 0, 0, row, height, cudaMemcpyDeviceToHost));
	CHECK_SAME(got, host, row * height);
	free(host);
	free(got);
}

int main(void)
{
	struct cudaChannelFormatDesc desc = { 16, 0, 0, 0, cudaChannelFormatKindUnsigned };
	struct cudaExtent extent;
	cudaMipmappedArray_t mipmap;
	cudaArray_t level;
	unsigned int i;

	/* more levels than there can be are as many as there can be: 50, 25, 12, 6, 3, 1 */
	CUDA(cudaMallocMipmappedArray(&mipmap, &desc, make_cudaExtent(W, H, 0), 20, 0));
	for (i = 0; i < 6; i++) {
		size_t width = W >> i, height = H >> i ? H >> i : 1;

		CUDA(cudaGetMipmappedArrayLevel(&level, mipmap, i));
		CUDA(cudaArrayGetInfo(NULL, &extent, NULL, level));
		CHECK(extent.width == width && extent.height == height && extent.depth == 0);
		fill_and_read(level, width, height);
	}
	EXPECT(cudaErrorInvalidValue, cudaGetMipmappedArrayLevel(&level, mipmap, 6));
	CUDA(cudaFreeMipmappedArray(mipmap));
	CUDA(cudaFreeMipmappedArray(NULL));
	EXPECT(cudaErrorInvalidValue,
	       cudaMallocMipmappedArray(&mipmap, &desc, make_cudaExtent(0, 0, 0), 1, 0));
	return finish();
}
