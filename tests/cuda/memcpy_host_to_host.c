/* SPDX-License-Identifier: MIT */
/* cudaMemcpyHostToHost copies, from and to pageable and pinned memory */
#include "check.h"

#define BYTES 123457

int main(void)
{
	unsigned char *pageable = rng_bytes(BYTES), *other = malloc(BYTES), *pinned;

	CHECK(other);
	CUDA(cudaMallocHost((void **)&pinned, BYTES));
	CUDA(cudaMemcpy(pinned, pageable, BYTES, cudaMemcpyHostToHost));
	CHECK_SAME(pinned, pageable, BYTES);
	CUDA(cudaMemcpy(other, pinned, BYTES, cudaMemcpyHostToHost));
	CHECK_SAME(other, pageable, BYTES);
	rng_fill(pageable, BYTES);
	CUDA(cudaMemcpy(other + 1, pageable, BYTES - 1, cudaMemcpyHostToHost));
	CHECK_SAME(other + 1, pageable, BYTES - 1);
	CUDA(cudaFreeHost(pinned));
	free(pageable);
	free(other);
	return finish();
}
