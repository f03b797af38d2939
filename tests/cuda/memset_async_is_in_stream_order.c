/* SPDX-License-Identifier: MIT */
/* cudaMemsetAsync keeps its place between copies in a stream */
#include "check.h"

#define BYTES 200001

int main(void)
{
	unsigned char *host, *out, *dev, *want = malloc(BYTES);
	cudaStream_t stream;

	CHECK(want);
	CUDA(cudaMallocHost((void **)&host, BYTES));
	CUDA(cudaMallocHost((void **)&out, 2 * BYTES));
	CUDA(cudaMalloc((void **)&dev, BYTES));
	CUDA(cudaStreamCreate(&stream));
	rng_fill(host, BYTES);
	CUDA(cudaMemcpyAsync(dev, host, BYTES, cudaMemcpyHostToDevice, stream));
	CUDA(cudaMemsetAsync(dev + 11, 0xa5, 1000, stream));
	CUDA(cudaMemcpyAsync(out, dev, BYTES, cudaMemcpyDeviceToHost, stream));
	CUDA(cudaMemsetAsync(dev, 0x5a, BYTES, stream));
	CUDA(cudaMemcpyAsync(out + BYTES, dev, BYTES, cudaMemcpyDeviceToHost, stream));
	CUDA(cudaStreamSynchronize(stream));
	memcpy(want, host, BYTES);
	memset(want + 11, 0xa5, 1000);
	CHECK_SAME(out, want, BYTES);
	memset(want, 0x5a, BYTES);
	CHECK_SAME(out + BYTES, want, BYTES);
	CUDA(cudaStreamDestroy(stream));
	CUDA(cudaFree(dev));
	CUDA(cudaFreeHost(host));
	CUDA(cudaFreeHost(out));
	free(want);
	return finish();
}
