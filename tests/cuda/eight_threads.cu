/* SPDX-License-Identifier: MIT */
/* Eight threads of one program, each with its memory, streams, kernels and errors */
#include "check.h"
#include <pthread.h>

#define THREADS 8
#define N 20000

__global__ void step(unsigned *p, unsigned n, unsigned x)
{
	unsigned i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		p[i] = p[i] * 5 + x;
}

static void *thread(void *data)
{
	unsigned id = (unsigned)(uintptr_t)data;
	unsigned *host, *dev, *want = (unsigned *)malloc(N * 4);
	cudaStream_t stream;

	CUDA(cudaStreamCreate(&stream));
	for (unsigned round = 0; round < 10; round++) {
		unsigned n = N - id * 100 - round;

		CUDA(cudaMallocHost(&host, n * 4));
		CUDA(cudaMalloc(&dev, n * 4));
		for (unsigned i = 0; i < n; i++) {
			host[i] = i * id + round;
			want[i] = host[i] * 5 + id;
		}
		CUDA(cudaMemcpyAsync(dev, host, n * 4, cudaMemcpyHostToDevice, stream));
		step<<<(n + 255) / 256, 256, 0, stream>>>(dev, n, id);
		CUDA(cudaGetLastError());
		CUDA(cudaMemcpyAsync(host, dev, n * 4, cudaMemcpyDeviceToHost, stream));
		CUDA(cudaStreamSynchronize(stream));
		CHECK_SAME(host, want, n * 4);
		CHECK(cudaFree((void *)0x40) == cudaErrorInvalidValue);
		CHECK(cudaGetLastError() == cudaErrorInvalidValue);
		CUDA(cudaFree(dev));
		CUDA(cudaFreeHost(host));
	}
	CUDA(cudaStreamDestroy(stream));
	free(want);
	return NULL;
}

int main()
{
	pthread_t threads[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, thread, (void *)i));
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return finish();
}
