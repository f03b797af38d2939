/* SPDX-License-Identifier: MIT */
/*
 * Threads that change between two devices: each thread has its own current device, streams and
 * events belong to the device they were made on, and an event orders streams of both
 */
#include <pthread.h>
#include "check.h"

#define THREADS 6
#define ROUNDS 8

static const unsigned n = 4001, bytes = n * 4;

__global__ void step(unsigned *p, unsigned count, unsigned by)
{
	unsigned i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < count)
		p[i] = p[i] * 5 + by;
}

struct worker {
	pthread_t thread;
	unsigned number, *host, *got;
};

/* There and back again: each round on the other device, ordered by events alone */
static void *work(void *p)
{
	struct worker *worker = (struct worker *)p;
	unsigned *on[2], device = worker->number % 2;
	cudaStream_t stream[2];
	cudaEvent_t done[2];
	int current = -1;

	CUDA(cudaGetDevice(&current));
	CHECK(current == 0);
	for (int d = 0; d < 2; d++) {
		CUDA(cudaSetDevice(d));
		CUDA(cudaMalloc(&on[d], bytes));
		CUDA(cudaStreamCreateWithFlags(&stream[d], cudaStreamNonBlocking));
		CUDA(cudaEventCreateWithFlags(&done[d], cudaEventDisableTiming));
	}
	CUDA(cudaSetDevice(device));
	CUDA(cudaMemcpyAsync(on[device], worker->host, bytes, cudaMemcpyDefault, stream[device]));
	for (unsigned r = 0; r < ROUNDS; r++, device = !device) {
		CUDA(cudaSetDevice(device));
		step<<<(n + 127) / 128, 128, 0, stream[device]>>>(on[device], n, r);
		CUDA(cudaMemcpyPeerAsync(on[!device], !device, on[device], device, bytes,
					 stream[device]));
		CUDA(cudaEventRecord(done[device], stream[device]));
		/* A stream may wait for an event of another device, whichever is current */
		CUDA(cudaStreamWaitEvent(stream[!device], done[device], 0));
		CUDA(cudaGetDevice(&current));
		CHECK(current == (int)device);
	}
	CUDA(cudaMemcpyAsync(worker->got, on[device], bytes, cudaMemcpyDefault, stream[device]));
	CUDA(cudaStreamSynchronize(stream[device]));
	for (int d = 0; d < 2; d++) {
		CUDA(cudaEventDestroy(done[d]));
		CUDA(cudaStreamDestroy(stream[d]));
		CUDA(cudaFree(on[d]));
	}
	return NULL;
}

/* What belongs to a device that is not current */
static void of_another(void)
{
	struct cudaPointerAttributes is;
	cudaEvent_t event[2], timed;
	cudaStream_t stream;
	unsigned *memory, *pinned;
	float ms;

	CUDA(cudaSetDevice(1));
	CUDA(cudaStreamCreate(&stream));
	CUDA(cudaEventCreate(&event[1]));
	CUDA(cudaMalloc(&memory, bytes));
	CUDA(cudaSetDevice(0));
	CUDA(cudaEventCreate(&event[0]));
	CUDA(cudaEventCreate(&timed));
	CUDA(cudaMallocHost(&pinned, bytes));

	/* The guide says that this fails; an H200 does as cuLaunchKernel() says, the stream decides */
	step<<<1, 32, 0, stream>>>(memory, 32, 1);
	EXPECT(cudaSuccess, cudaGetLastError());
	EXPECT(cudaErrorInvalidResourceHandle, cudaEventRecord(event[0], stream));
	cudaGetLastError();
	EXPECT(cudaSuccess, cudaEventRecord(event[1], stream));
	EXPECT(cudaSuccess, cudaStreamSynchronize(stream));
	EXPECT(cudaSuccess, cudaStreamQuery(stream));
	EXPECT(cudaSuccess, cudaEventSynchronize(event[1]));
	CUDA(cudaEventRecord(timed, 0));
	CUDA(cudaEventSynchronize(timed));
	EXPECT(cudaErrorInvalidResourceHandle, cudaEventElapsedTime(&ms, event[1], timed));
	cudaGetLastError();

	/* One address space: a pointer says whose it is, and pinned memory is everybody's */
	CUDA(cudaPointerGetAttributes(&is, memory));
	CHECK(is.type == cudaMemoryTypeDevice && is.device == 1);
	CUDA(cudaPointerGetAttributes(&is, pinned));
	CHECK(is.type == cudaMemoryTypeHost && is.devicePointer == pinned);
	/* But to fill it, or to use it in a kernel, the current device must have access to it */
	EXPECT(cudaErrorInvalidValue, cudaMemset(memory, 0x5a, bytes));
	EXPECT(cudaErrorInvalidValue, cudaMemsetAsync(memory, 0x5a, bytes, 0));
	cudaGetLastError();
	CUDA(cudaSetDevice(1));
	CUDA(cudaMemset(memory, 0x5a, bytes));
	CUDA(cudaSetDevice(0));
	CUDA(cudaMemcpy(pinned, memory, bytes, cudaMemcpyDefault));
	CHECK(pinned[0] == 0x5a5a5a5a && pinned[n - 1] == 0x5a5a5a5a);
	CUDA(cudaSetDevice(1));
	step<<<(n + 127) / 128, 128>>>(pinned, n, 3);
	CUDA(cudaDeviceSynchronize());
	CHECK(pinned[n - 1] == 0x5a5a5a5au * 5 + 3);
	CUDA(cudaSetDevice(0));
	EXPECT(cudaSuccess, cudaFree(memory));
	EXPECT(cudaSuccess, cudaStreamDestroy(stream));
	EXPECT(cudaSuccess, cudaEventDestroy(event[1]));
	CUDA(cudaEventDestroy(event[0]));
	CUDA(cudaEventDestroy(timed));
	CUDA(cudaFreeHost(pinned));
}

int main()
{
	struct worker workers[THREADS];
	int count;

	CUDA(cudaGetDeviceCount(&count));
	if (count < 2)
		skip("there is one device only");
	for (unsigned t = 0; t < THREADS; t++) {
		struct worker *worker = &workers[t];

		worker->number = t;
		worker->host = (unsigned *)rng_bytes(bytes);
		worker->got = (unsigned *)malloc(bytes);
		CHECK(worker->got);
		CHECK(!pthread_create(&worker->thread, NULL, work, worker));
	}
	for (unsigned t = 0; t < THREADS; t++) {
		CHECK(!pthread_join(workers[t].thread, NULL));
		for (unsigned i = 0; i < n; i++) {
			unsigned want = workers[t].host[i];

			for (unsigned r = 0; r < ROUNDS; r++)
				want = want * 5 + r;
			CHECK(workers[t].got[i] == want);
		}
	}
	of_another();
	return finish();
}
