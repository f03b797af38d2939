/* SPDX-License-Identifier: MIT */
/* 200 small registrations at once, some of them neighbours in a page, undone in another order */
#include "check.h"

#define PIECES 200
#define STEP 3000 /* so that most pages hold the end of one piece and the start of the next */

int main(void)
{
	unsigned char *host = aligned_alloc(4096, 4096 * PIECES), *model = rng_bytes(STEP * PIECES);
	unsigned char *dev, *got = malloc(STEP);
	int i, j;

	CHECK(host && got);
	memcpy(host, model, STEP * PIECES);
	CUDA(cudaMalloc((void **)&dev, STEP * PIECES));
	for (i = 0; i < PIECES; i++)
		CUDA(cudaHostRegister(host + i * STEP, 100 + i, cudaHostRegisterDefault));
	for (i = 0; i < PIECES; i++)
		CUDA(cudaMemcpyAsync(dev + i * STEP, host + i * STEP, 100 + i,
				     cudaMemcpyHostToDevice, 0));
	CUDA(cudaDeviceSynchronize());
	for (i = 0; i < PIECES; i++) {
		j = i * 7 % PIECES;
		CUDA(cudaHostUnregister(host + j * STEP));
		CUDA(cudaMemcpy(got, dev + j * STEP, 100 + j, cudaMemcpyDeviceToHost));
		CHECK_SAME(got, model + j * STEP, 100 + j);
	}
	CHECK_SAME(host, model, STEP * PIECES);
	CUDA(cudaFree(dev));
	free(host);
	free(model);
	free(got);
	return finish();
}
