/* SPDX-License-Identifier: MIT */
/*
 * Two processes take turns on one word of device memory, ordered by two events on the device
 * alone: neither waits for its own kernels before it tells the other that an event is recorded.
 */
#include "parts/process.h"

#define ROUNDS 300

struct shared {
	cudaIpcMemHandle_t memory;
	cudaIpcEventHandle_t mine, yours;	/* recorded by the first process, by the second */
};

/* @words[0] counts turns; @words[1] how many of them were not the right one's */
__global__ void turn(unsigned *words, unsigned expected)
{
	unsigned before = words[0];

	for (int i = 0; i < 1000; i++)
		__threadfence_system();
	words[0] = before + 1;
	words[1] += before != expected;
}

static void second(int socket)
{
	struct shared shared;
	cudaEvent_t mine, yours;
	unsigned *words;

	hear(socket, &shared, sizeof(shared));
	CUDA(cudaIpcOpenMemHandle((void **)&words, shared.memory, cudaIpcMemLazyEnablePeerAccess));
	CUDA(cudaIpcOpenEventHandle(&mine, shared.yours));
	CUDA(cudaIpcOpenEventHandle(&yours, shared.mine));
	for (unsigned i = 0; i < ROUNDS; i++) {
		hear_ready(socket);
		CUDA(cudaStreamWaitEvent(0, yours, 0));
		turn<<<1, 1>>>(words, 2 * i + 1);
		CUDA(cudaEventRecord(mine, 0));
		tell_ready(socket);
	}
	CUDA(cudaDeviceSynchronize());
	CUDA(cudaEventDestroy(mine));
	CUDA(cudaEventDestroy(yours));
	CUDA(cudaIpcCloseMemHandle(words));
	tell_ready(socket);
}

static void first(int socket)
{
	const unsigned flags = cudaEventInterprocess | cudaEventDisableTiming;
	unsigned *words, counts[2];
	struct shared shared;
	cudaEvent_t mine, yours;

	CUDA(cudaMalloc((void **)&words, 2 * sizeof(*words)));
	CUDA(cudaMemset(words, 0, 2 * sizeof(*words)));
	CUDA(cudaEventCreateWithFlags(&mine, flags));
	CUDA(cudaEventCreateWithFlags(&yours, flags));
	CUDA(cudaIpcGetMemHandle(&shared.memory, words));
	CUDA(cudaIpcGetEventHandle(&shared.mine, mine));
	CUDA(cudaIpcGetEventHandle(&shared.yours, yours));
	CUDA(cudaDeviceSynchronize());
	tell(socket, &shared, sizeof(shared));
	for (unsigned i = 0; i < ROUNDS; i++) {
		turn<<<1, 1>>>(words, 2 * i);
		CUDA(cudaEventRecord(mine, 0));
		tell_ready(socket);
		hear_ready(socket);
		CUDA(cudaStreamWaitEvent(0, yours, 0));
	}
	CUDA(cudaMemcpy(counts, words, sizeof(counts), cudaMemcpyDeviceToHost));
	printf("%u turns, %u out of order\n", counts[0], counts[1]);
	CHECK(counts[0] == 2 * ROUNDS && counts[1] == 0);
	hear_ready(socket);
}

int main(int argc, char **argv)
{
	struct process other;

	if (process_role(argc, argv) >= 0) {
		second(process_role(argc, argv));
		return finish();
	}
	other = process_start();
	first(other.socket);
	process_end(other);
	return finish();
}
