/* SPDX-License-Identifier: MIT */
/*
 * A pipeline over several streams: while one part of the data is worked on, the next is copied to
 * the device and the one before back.  An event after every part makes a last stream wait, which
 * adds up all results.
 */
#include "program.h"

#define STREAMS 3
#define PARTS 12
#define ROUNDS 50

__host__ __device__ inline unsigned work(unsigned x)
{
	for (int i = 0; i < ROUNDS; i++)
		x = x * 1664525u + 1013904223u;
	return x;
}

__global__ void work_all(unsigned *data, int n)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		data[i] = work(data[i]);
}

__global__ void add_up(const unsigned *data, int n, unsigned *sum)
{
	unsigned mine = 0;

	for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
		mine += data[i];
	atomicAdd(sum, mine);
}

int main(int argc, char **argv)
{
	const int part = program_size(argc, argv, 5000), n = part * PARTS;
	const size_t bytes = part * sizeof(unsigned);
	unsigned *host, *dev = device_array<unsigned>(n), *sum, want = 0, got;
	cudaStream_t streams[STREAMS], last;
	cudaEvent_t done[PARTS];
	std::vector<unsigned> in;

	CUDA(cudaMallocHost(&host, n * sizeof(unsigned)));
	rng_fill(host, n * sizeof(unsigned));
	in.assign(host, host + n);
	sum = to_device(std::vector<unsigned>(1, 0));
	for (cudaStream_t &s : streams)
		CUDA(cudaStreamCreate(&s));
	CUDA(cudaStreamCreateWithFlags(&last, cudaStreamNonBlocking));

	for (int p = 0; p < PARTS; p++) {
		cudaStream_t s = streams[p % STREAMS];
		unsigned *there = dev + p * part, *here = host + p * part;

		CUDA(cudaMemcpyAsync(there, here, bytes, cudaMemcpyHostToDevice, s));
		work_all<<<blocks_for(part, 128), 128, 0, s>>>(there, part);
		CUDA(cudaMemcpyAsync(here, there, bytes, cudaMemcpyDeviceToHost, s));
		CUDA(cudaEventCreateWithFlags(&done[p], cudaEventDisableTiming));
		CUDA(cudaEventRecord(done[p], s));
		CUDA(cudaStreamWaitEvent(last, done[p], 0));
	}
	add_up<<<8, 128, 0, last>>>(dev, n, sum);
	CUDA(cudaMemcpyAsync(&got, sum, sizeof(got), cudaMemcpyDeviceToHost, last));
	CUDA(cudaStreamSynchronize(last));

	for (int i = 0; i < n; i++) {
		CHECK(host[i] == work(in[i]));
		want += host[i];
	}
	CHECK(got == want);
	printf("sum %u\n", got);
	for (cudaEvent_t e : done)
		CUDA(cudaEventDestroy(e));
	for (cudaStream_t s : streams)
		CUDA(cudaStreamDestroy(s));
	CUDA(cudaStreamDestroy(last));
	CUDA(cudaFreeHost(host));
	release(dev, sum);
	return finish();
}
