/* SPDX-License-Identifier: MIT */
/* cudaMemcpyPeer from a device to itself is a copy */
#include "check.h"

#define BYTES 54321

int main(void)
{
	unsigned char *host = rng_bytes(BYTES), *got = malloc(BYTES), *one, *two;

	CHECK(got);
	CUDA(cudaMalloc((void **)&one, BYTES));
	CUDA(cudaMalloc((void **)&two, BYTES));
	CUDA(cudaMemcpy(one, host, BYTES, cudaMemcpyHostToDevice));
	CUDA(cudaMemcpyPeer(two, 0, one, 0, BYTES));
	CUDA(cudaMemcpy(got, two, BYTES, cudaMemcpyDeviceToHost));
	CHECK_SAME(got, host, BYTES);
	EXPECT(cudaErrorInvalidDevice, cudaMemcpyPeer(two, 99, one, 0, BYTES));
	CUDA(cudaFree(one));
	CUDA(cudaFree(two));
	free(host);
	free(got);
	return finish();
}
