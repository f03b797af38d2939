/* SPDX-License-Identifier: MIT */
/*
 * A kernel runs until the host tells it to end, and the host does so after copies of pageable
 * memory: of addresses that are mapped anew each time, by two threads, and of more buffers than
 * anybody will keep in mind.  None of them waits for the kernel.
 */
#include <pthread.h>

#include "pageable.h"

#define BYTES (2 * MIB)
#define ROUNDS 8
#define BUFFERS 1100
#define SMALL ((size_t)16 << 10)

static __global__ void wait_for_host(volatile unsigned int *flag, unsigned int *seen)
{
	while (!*flag)
		;
	*seen = *flag;
}

struct copier {
	pthread_t thread;
	unsigned char *dev, *back;
	cudaStream_t stream;
};

static void copier_init(struct copier *c)
{
	CUDA(cudaMalloc((void **)&c->dev, BYTES));
	CUDA(cudaStreamCreateWithFlags(&c->stream, cudaStreamNonBlocking));
	c->back = (unsigned char *)malloc(BYTES);
	CHECK(c->back);
}

static void copier_finish(struct copier *c)
{
	CUDA(cudaStreamDestroy(c->stream));
	CUDA(cudaFree(c->dev));
	free(c->back);
}

/* There and back, several times, for then it may be worth remembering where it lies */
static void copy(struct copier *c, unsigned char *p, size_t bytes)
{
	for (int i = 0; i < 3; i++) {
		p[bytes / 3] ^= 0x55;
		CUDA(cudaMemcpyAsync(c->dev, p, bytes, cudaMemcpyHostToDevice, c->stream));
		CUDA(cudaStreamSynchronize(c->stream));
		CUDA(cudaMemcpyAsync(c->back, c->dev, bytes, cudaMemcpyDeviceToHost, c->stream));
		CUDA(cudaStreamSynchronize(c->stream));
		CHECK_SAME(c->back, p, bytes);
	}
}

static void *map_copy_unmap(void *argument)
{
	struct copier *c = (struct copier *)argument;

	for (int round = 0; round < ROUNDS; round++) {
		unsigned char *p = map_at(NULL, BYTES);

		memset(p, round + 1, BYTES);
		copy(c, p, BYTES);
		CHECK(!munmap(p, BYTES));
	}
	return NULL;
}

static void copy_many(struct copier *c)
{
	unsigned char *all = map_at(NULL, BUFFERS * 2 * SMALL);
	unsigned char *large = map_at(NULL, BUFFERS / 100 * MIB);

	memset(all, 3, BUFFERS * 2 * SMALL);
	memset(large, 4, BUFFERS / 100 * MIB);
	for (int i = 0; i < BUFFERS; i++) {
		copy(c, all + i * 2 * SMALL, SMALL);
		if (i % 100 == 99)
			copy(c, large + i / 100 * MIB, MIB);
	}
	CHECK(!munmap(all, BUFFERS * 2 * SMALL) && !munmap(large, BUFFERS / 100 * MIB));
}

int main(void)
{
	struct copier copiers[2];
	unsigned int *flag, *seen, *flag_dev, result = 0;
	cudaStream_t stream;

	CUDA(cudaHostAlloc((void **)&flag, sizeof(*flag), cudaHostAllocMapped));
	CUDA(cudaHostGetDevicePointer((void **)&flag_dev, flag, 0));
	CUDA(cudaMalloc((void **)&seen, sizeof(*seen)));
	CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
	for (int i = 0; i < 2; i++)
		copier_init(&copiers[i]);
	*(volatile unsigned int *)flag = 0;
	wait_for_host<<<1, 1, 0, stream>>>(flag_dev, seen);
	CUDA(cudaGetLastError());
	for (int i = 0; i < 2; i++)
		CHECK(!pthread_create(&copiers[i].thread, NULL, map_copy_unmap, &copiers[i]));
	for (int i = 0; i < 2; i++)
		CHECK(!pthread_join(copiers[i].thread, NULL));
	copy_many(&copiers[0]);
	EXPECT(cudaErrorNotReady, cudaStreamQuery(stream));
	*(volatile unsigned int *)flag = 7;
	CUDA(cudaStreamSynchronize(stream));
	CUDA(cudaMemcpy(&result, seen, sizeof(result), cudaMemcpyDeviceToHost));
	CHECK(result == 7);
	for (int i = 0; i < 2; i++)
		copier_finish(&copiers[i]);
	CUDA(cudaStreamDestroy(stream));
	CUDA(cudaFree(seen));
	CUDA(cudaFreeHost(flag));
	return finish();
}
