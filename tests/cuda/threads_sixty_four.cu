/* SPDX-License-Identifier: MIT */
/* 64 threads at once, each with streams and events of its own: none disturbs another's chain of work */
#include "check.h"
#include <pthread.h>

#define THREADS 64
#define STREAMS 4
#define N 500
#define ROUNDS 20

static pthread_barrier_t barrier;

__global__ void step(unsigned *p, unsigned x)
{
	unsigned i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < N)
		p[i] = p[i] * 5 + x;
}

/* Round after round on the next stream, each of which waits for the one before */
static void *thread(void *data)
{
	unsigned id = (unsigned)(uintptr_t)data, *host, *dev, *want = (unsigned *)calloc(N, 4);
	cudaStream_t stream[STREAMS];
	cudaEvent_t event[STREAMS];

	for (int s = 0; s < STREAMS; s++) {
		CUDA(cudaStreamCreateWithFlags(&stream[s], cudaStreamNonBlocking));
		CUDA(cudaEventCreateWithFlags(&event[s], cudaEventDisableTiming));
	}
	CUDA(cudaMalloc(&dev, N * 4));
	CUDA(cudaMallocHost(&host, N * 4));
	pthread_barrier_wait(&barrier);
	CUDA(cudaMemsetAsync(dev, 0, N * 4, stream[0]));
	for (unsigned round = 0; round < ROUNDS; round++) {
		int now = round % STREAMS, next = (round + 1) % STREAMS;

		step<<<(N + 127) / 128, 128, 0, stream[now]>>>(dev, id + round);
		CUDA(cudaGetLastError());
		CUDA(cudaEventRecord(event[now], stream[now]));
		CUDA(cudaStreamWaitEvent(stream[next], event[now], 0));
		for (int i = 0; i < N; i++)
			want[i] = want[i] * 5 + id + round;
		if (round % 5 == 4) {
			CUDA(cudaMemcpyAsync(host, dev, N * 4, cudaMemcpyDeviceToHost, stream[next]));
			CUDA(cudaStreamSynchronize(stream[next]));
			CHECK_SAME(host, want, N * 4);
		}
	}
	for (int s = 0; s < STREAMS; s++) {
		CUDA(cudaStreamDestroy(stream[s]));
		CUDA(cudaEventDestroy(event[s]));
	}
	CUDA(cudaFree(dev));
	CUDA(cudaFreeHost(host));
	free(want);
	return NULL;
}

int main()
{
	pthread_t threads[THREADS];

	CHECK(!pthread_barrier_init(&barrier, NULL, THREADS));
	for (uintptr_t i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, thread, (void *)i));
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	return finish();
}
