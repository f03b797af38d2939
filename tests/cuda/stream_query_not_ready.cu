/* SPDX-License-Identifier: MIT */
/* cudaStreamQuery tells a busy stream from an idle one, and never waits */
#include "gate.h"

int main()
{
	struct gate gate = gate_create();
	cudaStream_t busy, idle;

	CUDA(cudaStreamCreateWithFlags(&busy, cudaStreamNonBlocking));
	CUDA(cudaStreamCreateWithFlags(&idle, cudaStreamNonBlocking));
	EXPECT(cudaSuccess, cudaStreamQuery(busy));
	gate_shut(gate, busy);
	EXPECT(cudaErrorNotReady, cudaStreamQuery(busy));
	EXPECT(cudaSuccess, cudaStreamQuery(idle));
	EXPECT(cudaErrorNotReady, cudaStreamQuery(busy));
	gate_open(gate);
	EXPECT(cudaSuccess, cudaStreamSynchronize(busy));
	EXPECT(cudaSuccess, cudaStreamQuery(busy));
	CUDA(cudaStreamDestroy(busy));
	CUDA(cudaStreamDestroy(idle));
	gate_destroy(gate);
	return finish();
}
