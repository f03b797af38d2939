/* SPDX-License-Identifier: MIT */
/* An event is not ready while its stream is busy, ready after; recording it again starts over */
#include "gate.h"

int main()
{
	struct gate gate = gate_create();
	cudaStream_t stream;
	cudaEvent_t event;

	CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
	CUDA(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
	for (int round = 0; round < 2; round++) {
		EXPECT(cudaSuccess, cudaEventQuery(event));
		gate_shut(gate, stream);
		CUDA(cudaEventRecord(event, stream));
		EXPECT(cudaErrorNotReady, cudaEventQuery(event));
		gate_open(gate);
		CUDA(cudaEventSynchronize(event));
		EXPECT(cudaSuccess, cudaEventQuery(event));
	}
	CUDA(cudaEventDestroy(event));
	CUDA(cudaStreamDestroy(stream));
	gate_destroy(gate);
	return finish();
}
