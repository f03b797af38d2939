/* SPDX-License-Identifier: MIT */
/* cudaMemcpy2D between rows of different pitch, in every direction */
#include "check.h"

#define WIDTH 133
#define HEIGHT 41
#define HOST_PITCH 150

int main(void)
{
	unsigned char *host = rng_bytes(HOST_PITCH * HEIGHT), *got = rng_bytes(HOST_PITCH * HEIGHT);
	unsigned char *want = malloc(HOST_PITCH * HEIGHT), *one, *two;
	size_t pitch_one, pitch_two, y;

	CHECK(want);
	memcpy(want, got, HOST_PITCH * HEIGHT);
	CUDA(cudaMallocPitch((void **)&one, &pitch_one, WIDTH, HEIGHT));
	CUDA(cudaMallocPitch((void **)&two, &pitch_two, WIDTH + 1000, HEIGHT));
	CUDA(cudaMemcpy2D(one, pitch_one, host, HOST_PITCH, WIDTH, HEIGHT, cudaMemcpyHostToDevice));
	CUDA(cudaMemcpy2D(two + 7, pitch_two, one, pitch_one, WIDTH, HEIGHT,
			  cudaMemcpyDeviceToDevice));
	CUDA(cudaMemcpy2D(got, HOST_PITCH, two + 7, pitch_two, WIDTH, HEIGHT,
			  cudaMemcpyDeviceToHost));
	for (y = 0; y < HEIGHT; y++)
		memcpy(want + y * HOST_PITCH, host + y * HOST_PITCH, WIDTH);
	CHECK_SAME(got, want, HOST_PITCH * HEIGHT);
	EXPECT(cudaErrorInvalidPitchValue, cudaMemcpy2D(one, WIDTH - 1, host, HOST_PITCH, WIDTH,
							HEIGHT, cudaMemcpyHostToDevice));
	EXPECT(cudaErrorInvalidPitchValue, cudaMemcpy2D(got, WIDTH - 1, one, pitch_one, WIDTH,
							HEIGHT, cudaMemcpyDeviceToHost));
	CUDA(cudaFree(one));
	CUDA(cudaFree(two));
	free(host);
	free(got);
	free(want);
	return finish();
}
