/* SPDX-License-Identifier: MIT */
/* 10,000 streams at once, each used: creating, using and destroying one costs what it did with few */
#include "growth.h"

#define STREAMS 10000

static cudaStream_t streams[STREAMS];
static unsigned char *device;

static void create(int i)
{
	CUDA(cudaStreamCreateWithFlags(&streams[i], i % 2 ? cudaStreamNonBlocking : cudaStreamDefault));
}

static void use(int i)
{
	CUDA(cudaMemsetAsync(device + i, i % 251, 1, streams[i]));
}

static void wait_for(int i)
{
	CUDA(cudaStreamSynchronize(streams[i]));
}

/* The default stream waits for those that are not non-blocking: all of them are idle by now */
static void use_default(int i)
{
	CUDA(cudaMemsetAsync(device + i, i % 241, 1, 0));
}

static void destroy(int i)
{
	CUDA(cudaStreamDestroy(streams[i]));
}

static void check(int modulus)
{
	static unsigned char got[STREAMS];

	CUDA(cudaMemcpy(got, device, STREAMS, cudaMemcpyDeviceToHost));
	for (int i = 0; i < STREAMS; i++)
		CHECK(got[i] == i % modulus);
}

int main(void)
{
	growth_begin();
	CUDA(cudaMalloc((void **)&device, STREAMS));
	growth_of("uses of the only stream", STREAMS, use_default);
	/* For which the non-blocking ones do not wait */
	CUDA(cudaDeviceSynchronize());
	growth_of("streams created", STREAMS, create);
	growth_of("streams used", STREAMS, use);
	growth_of("streams waited for", STREAMS, wait_for);
	CUDA(cudaDeviceSynchronize());
	check(251);
	growth_of("uses of the default stream again", STREAMS, use_default);
	CUDA(cudaDeviceSynchronize());
	check(241);
	growth_of("streams destroyed", STREAMS, destroy);
	CUDA(cudaFree(device));
	growth_end();
	return finish();
}
