/* SPDX-License-Identifier: MIT */
/* cudaMallocPitch and cudaMemset2D: rows are set, the padding between them is not */
#include "check.h"

#define WIDTH 333
#define HEIGHT 57

int main(void)
{
	unsigned char *dev, *got, *want;
	size_t pitch, y;

	CUDA(cudaMallocPitch((void **)&dev, &pitch, WIDTH, HEIGHT));
	CHECK(pitch >= WIDTH && pitch % 32 == 0);
	got = malloc(pitch * HEIGHT);
	want = malloc(pitch * HEIGHT);
	CHECK(got && want);
	CUDA(cudaMemset(dev, 0x11, pitch * HEIGHT));
	CUDA(cudaMemset2D(dev + 3, pitch, 0xee, WIDTH - 10, HEIGHT - 1));
	memset(want, 0x11, pitch * HEIGHT);
	for (y = 0; y < HEIGHT - 1; y++)
		memset(want + 3 + y * pitch, 0xee, WIDTH - 10);
	CUDA(cudaMemcpy(got, dev, pitch * HEIGHT, cudaMemcpyDeviceToHost));
	CHECK_SAME(got, want, pitch * HEIGHT);
	CUDA(cudaFree(dev));
	free(got);
	free(want);
	return finish();
}
