/* SPDX-License-Identifier: MIT */
/* cudaMemcpyDefault finds the direction by the pointers: device, pinned, pageable */
#include "check.h"

#define BYTES 100003

int main(void)
{
	unsigned char *pageable = rng_bytes(BYTES), *back = malloc(BYTES), *pinned, *one, *two;

	CHECK(back);
	CUDA(cudaMallocHost((void **)&pinned, BYTES));
	CUDA(cudaMalloc((void **)&one, BYTES));
	CUDA(cudaMalloc((void **)&two, BYTES));
	CUDA(cudaMemcpy(one, pageable, BYTES, cudaMemcpyDefault));
	CUDA(cudaMemcpy(two, one, BYTES, cudaMemcpyDefault));
	CUDA(cudaMemcpy(pinned, two, BYTES, cudaMemcpyDefault));
	CHECK_SAME(pinned, pageable, BYTES);
	CUDA(cudaMemcpy(back, two, BYTES, cudaMemcpyDefault));
	CHECK_SAME(back, pageable, BYTES);
	rng_fill(pinned, BYTES);
	CUDA(cudaMemcpy(one, pinned, BYTES, cudaMemcpyDefault));
	CUDA(cudaMemcpy(back, one, BYTES, cudaMemcpyDefault));
	CHECK_SAME(back, pinned, BYTES);
	CUDA(cudaMemcpy(pageable, pinned, BYTES, cudaMemcpyDefault));
	CHECK_SAME(pageable, pinned, BYTES);
	CUDA(cudaMemcpyAsync(two, pinned, BYTES, cudaMemcpyDefault, 0));
	CUDA(cudaMemset(two, 0, 10));
	CUDA(cudaMemcpyAsync(pinned + 10, two + 10, BYTES - 10, cudaMemcpyDefault, 0));
	CUDA(cudaDeviceSynchronize());
	CHECK_SAME(pinned, pageable, BYTES);
	CUDA(cudaFree(one));
	CUDA(cudaFree(two));
	CUDA(cudaFreeHost(pinned));
	free(pageable);
	free(back);
	return finish();
}
