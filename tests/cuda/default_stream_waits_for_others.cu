/* SPDX-License-Identifier: MIT */
/* The legacy default stream comes after what blocking streams had, and before what they get next */
#include "gate.h"

__global__ void append(unsigned *value, unsigned digit)
{
	*value = *value * 10 + digit;
}

int main()
{
	struct gate gate = gate_create();
	cudaStream_t one, two;
	unsigned *dev, got = 0;

	CUDA(cudaStreamCreate(&one));
	CUDA(cudaStreamCreate(&two));
	CUDA(cudaMalloc(&dev, sizeof(*dev)));
	append<<<1, 1>>>(dev, 0);
	CUDA(cudaMemset(dev, 0, sizeof(*dev)));
	CUDA(cudaDeviceSynchronize());
	gate_shut(gate, one);
	append<<<1, 1, 0, one>>>(dev, 1);
	append<<<1, 1>>>(dev, 2);
	append<<<1, 1, 0, two>>>(dev, 3);
	EXPECT(cudaErrorNotReady, cudaStreamQuery(two));
	EXPECT(cudaErrorNotReady, cudaStreamQuery(cudaStreamLegacy));
	gate_open(gate);
	CUDA(cudaMemcpy(&got, dev, sizeof(got), cudaMemcpyDeviceToHost));
	printf("%u\n", got);
	CHECK(got == 123);
	CUDA(cudaStreamDestroy(one));
	CUDA(cudaStreamDestroy(two));
	CUDA(cudaFree(dev));
	gate_destroy(gate);
	return finish();
}
