/* SPDX-License-Identifier: MIT */
/* cudaMemcpyPeer, its asynchronous form and cudaMemcpyDefault between two devices, in stream order */
#include "check.h"

__global__ void increment(unsigned *p, unsigned n)
{
	unsigned i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		p[i]++;
}

int main()
{
	const unsigned n = 100003, bytes = n * 4, blocks = (n + 255) / 256;
	unsigned *on[2], *want = (unsigned *)rng_bytes(bytes), *got = (unsigned *)malloc(bytes);
	struct cudaPointerAttributes is;
	cudaStream_t stream[2];
	cudaEvent_t sent;
	int count, current;

	CUDA(cudaGetDeviceCount(&count));
	if (count < 2)
		skip("there is one device only");
	for (int d = 0; d < 2; d++) {
		CUDA(cudaSetDevice(d));
		CUDA(cudaMalloc(&on[d], bytes));
		CUDA(cudaMemset(on[d], 0, bytes));
		CUDA(cudaStreamCreate(&stream[d]));
		CUDA(cudaPointerGetAttributes(&is, on[d]));
		CHECK(is.device == d && is.type == cudaMemoryTypeDevice);
	}
	CUDA(cudaMemcpy(on[0], want, bytes, cudaMemcpyDefault));
	CUDA(cudaMemcpyPeer(on[1], 1, on[0], 0, bytes));
	CUDA(cudaMemcpy(got, on[1], bytes, cudaMemcpyDefault));
	CHECK_SAME(got, want, bytes);

	/* There, one more, and back; the other stream waits for it */
	CUDA(cudaEventCreateWithFlags(&sent, cudaEventDisableTiming));
	increment<<<blocks, 256, 0, stream[1]>>>(on[1], n);
	CUDA(cudaMemcpyPeerAsync(on[0], 0, on[1], 1, bytes, stream[1]));
	CUDA(cudaEventRecord(sent, stream[1]));
	CUDA(cudaSetDevice(0));
	CUDA(cudaStreamWaitEvent(stream[0], sent, 0));
	increment<<<blocks, 256, 0, stream[0]>>>(on[0], n);
	CUDA(cudaMemcpyAsync(on[1], on[0], bytes, cudaMemcpyDefault, stream[0]));
	CUDA(cudaStreamSynchronize(stream[0]));
	CUDA(cudaMemcpy(got, on[1], bytes, cudaMemcpyDefault));
	for (unsigned i = 0; i < n; i++)
		CHECK(got[i] == want[i] + 2);
	CUDA(cudaGetDevice(&current));
	CHECK(current == 0);
	EXPECT(cudaErrorInvalidDevice, cudaMemcpyPeer(on[1], count, on[0], 0, bytes));
	return finish();
}
