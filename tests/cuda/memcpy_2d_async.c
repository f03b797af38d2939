/* SPDX-License-Identifier: MIT */
/* cudaMemcpy2DAsync in a stream between two plain copies */
#include "check.h"

#define PITCH 512
#define ROWS 100

int main(void)
{
	unsigned char *host, *out, *want = malloc(PITCH * ROWS), *dev;
	cudaStream_t stream;
	size_t y;

	CHECK(want);
	CUDA(cudaMallocHost((void **)&host, PITCH * ROWS));
	CUDA(cudaMallocHost((void **)&out, PITCH * ROWS));
	CUDA(cudaMalloc((void **)&dev, PITCH * ROWS));
	CUDA(cudaStreamCreate(&stream));
	rng_fill(host, PITCH * ROWS);
	CUDA(cudaMemsetAsync(dev, 0, PITCH * ROWS, stream));
	CUDA(cudaMemcpy2DAsync(dev + 1, PITCH, host, 100, 99, ROWS, cudaMemcpyHostToDevice, stream));
	CUDA(cudaMemcpyAsync(out, dev, PITCH * ROWS, cudaMemcpyDeviceToHost, stream));
	CUDA(cudaStreamSynchronize(stream));
	memset(want, 0, PITCH * ROWS);
	for (y = 0; y < ROWS; y++)
		memcpy(want + y * PITCH + 1, host + y * 100, 99);
	CHECK_SAME(out, want, PITCH * ROWS);
	CUDA(cudaStreamDestroy(stream));
	CUDA(cudaFree(dev));
	CUDA(cudaFreeHost(host));
	CUDA(cudaFreeHost(out));
	free(want);
	return finish();
}
