/* SPDX-License-Identifier: MIT */
/*
 * Threads map, copy and unmap memory of their own, each at addresses that another has just given
 * up, while one more thread forks.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "pageable.h"

#define THREADS 4
#define ROUNDS 40
#define MOST (MIB + 200 * 4096)

static atomic_int working = THREADS;

static void *map_copy_unmap(void *argument)
{
	unsigned int seed = (unsigned int)(uintptr_t)argument;
	unsigned char *dev, *back = (unsigned char *)malloc(MOST);
	cudaStream_t stream;

	CHECK(back);
	CUDA(cudaMalloc((void **)&dev, MOST));
	CUDA(cudaStreamCreate(&stream));
	for (int round = 0; round < ROUNDS; round++) {
		size_t bytes = 50000 + rand_r(&seed) % (MOST - 50000);
		unsigned char *p = map_at(NULL, bytes);
		int times = 1 + rand_r(&seed) % 3;

		for (int i = 0; i < times; i++) {
			memset(p, rand_r(&seed), bytes);
			p[bytes / 2] = (unsigned char)i;
			if (rand_r(&seed) % 2)
				CUDA(cudaMemcpyAsync(dev, p, bytes, cudaMemcpyHostToDevice, stream));
			else
				CUDA(cudaMemcpy(dev, p, bytes, cudaMemcpyHostToDevice));
			CUDA(cudaStreamSynchronize(stream));
			CUDA(cudaMemcpyAsync(back, dev, bytes, cudaMemcpyDeviceToHost, stream));
			CUDA(cudaStreamSynchronize(stream));
			CHECK_SAME(back, p, bytes);
			memset(p, 0, bytes);
			CUDA(cudaMemcpy(p, dev, bytes, cudaMemcpyDeviceToHost));
			CHECK_SAME(p, back, bytes);
		}
		CHECK(!munmap(p, bytes));
	}
	CUDA(cudaStreamDestroy(stream));
	CUDA(cudaFree(dev));
	free(back);
	working--;
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	CUDA(cudaFree(NULL));
	fflush(stdout);
	for (uintptr_t i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, map_copy_unmap, (void *)(i + 1)));
	while (working) {
		pid_t child = fork();

		CHECK(child >= 0);
		if (!child)
			_exit(0);
		CHECK(waitpid(child, NULL, 0) == child);
		usleep(5000);
	}
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	return finish();
}
