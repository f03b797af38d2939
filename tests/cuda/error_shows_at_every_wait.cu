/* SPDX-License-Identifier: MIT */
/* A kernel that fails in a stream: event, stream, query and copy all report it */
#include "gate.h"

__global__ void store(int *p)
{
	*p = 1;
}

int main()
{
	struct gate gate = gate_create();
	cudaStream_t stream;
	cudaEvent_t event;
	int *dev, value;

	CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
	CUDA(cudaEventCreate(&event));
	CUDA(cudaMalloc(&dev, sizeof(*dev)));
	store<<<1, 1, 0, stream>>>(dev);
	gate_shut(gate, stream);
	store<<<1, 1, 0, stream>>>((int *)0x8);
	CUDA(cudaEventRecord(event, stream));
	gate_open(gate);
	EXPECT(cudaErrorIllegalAddress, cudaEventSynchronize(event));
	EXPECT(cudaErrorIllegalAddress, cudaStreamSynchronize(stream));
	EXPECT(cudaErrorIllegalAddress, cudaStreamQuery(stream));
	EXPECT(cudaErrorIllegalAddress, cudaEventQuery(event));
	EXPECT(cudaErrorIllegalAddress, cudaMemcpy(&value, dev, 4, cudaMemcpyDeviceToHost));
	EXPECT_CU(CUDA_ERROR_ILLEGAL_ADDRESS, cuCtxSynchronize());
	EXPECT_CU(CUDA_ERROR_ILLEGAL_ADDRESS, cuMemcpyHtoD((CUdeviceptr)dev, &value, 4));
	return finish();
}
