/* SPDX-License-Identifier: MIT */
/* cudaIpcGetEventHandle: one process waits for what the other has recorded, on host and device */
#include "gate.h"
#include "parts/process.h"

struct shared {
	cudaIpcEventHandle_t event;
};

/* While the other's gate is shut: not ready, here too, and a stream that waits for it waits. */
static void wait_for_other(int socket, cudaEvent_t event)
{
	cudaStream_t stream;

	CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
	hear_ready(socket);
	EXPECT(cudaErrorNotReady, cudaEventQuery(event));
	CUDA(cudaStreamWaitEvent(stream, event, 0));
	EXPECT(cudaErrorNotReady, cudaStreamQuery(stream));
	cudaGetLastError();
	tell_ready(socket);
	CUDA(cudaEventSynchronize(event));
	EXPECT(cudaSuccess, cudaEventQuery(event));
	CUDA(cudaStreamSynchronize(stream));
	CUDA(cudaStreamDestroy(stream));
	tell_ready(socket);
}

static void hold_other(int socket, cudaEvent_t event)
{
	struct gate gate = gate_create();
	cudaStream_t stream;

	CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
	gate_shut(gate, stream);
	CUDA(cudaEventRecord(event, stream));
	tell_ready(socket);
	hear_ready(socket);
	gate_open(gate);
	hear_ready(socket);
	CUDA(cudaStreamSynchronize(stream));
	CUDA(cudaStreamDestroy(stream));
	gate_destroy(gate);
}

static int importer(int socket)
{
	struct shared shared;
	cudaEvent_t event;
	float ms;

	hear(socket, &shared, sizeof(shared));
	CUDA(cudaIpcOpenEventHandle(&event, shared.event));
	EXPECT(cudaSuccess, cudaEventQuery(event));
	EXPECT(cudaErrorInvalidResourceHandle, cudaEventElapsedTime(&ms, event, event));
	cudaGetLastError();
	tell_ready(socket);
	wait_for_other(socket, event);
	hold_other(socket, event);
	CUDA(cudaEventDestroy(event));
	tell_ready(socket);
	return finish();
}

int main(int argc, char **argv)
{
	struct process other;
	struct shared shared;
	cudaEvent_t event;

	if (process_role(argc, argv) >= 0)
		return importer(process_role(argc, argv));
	other = process_start();
	CUDA(cudaEventCreateWithFlags(&event, cudaEventInterprocess | cudaEventDisableTiming));
	EXPECT(cudaSuccess, cudaEventQuery(event));
	CUDA(cudaIpcGetEventHandle(&shared.event, event));
	tell(other.socket, &shared, sizeof(shared));
	hear_ready(other.socket);
	hold_other(other.socket, event);
	wait_for_other(other.socket, event);
	hear_ready(other.socket);
	CUDA(cudaEventRecord(event, 0));
	CUDA(cudaEventSynchronize(event));
	CUDA(cudaEventDestroy(event));
	process_end(other);
	return finish();
}
