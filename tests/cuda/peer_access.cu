/* SPDX-License-Identifier: MIT */
/* Two devices: a kernel on one reads and writes the other's memory once peer access is enabled */
#include "check.h"

__global__ void add_to(unsigned *to, const unsigned *from, unsigned n)
{
	unsigned i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		to[i] += from[i];
}

int main()
{
	const unsigned n = 5000;
	unsigned *on[2], *a = (unsigned *)rng_bytes(n * 4), *b = (unsigned *)rng_bytes(n * 4);
	unsigned *got = (unsigned *)malloc(n * 4);
	int count, can[2];

	CUDA(cudaGetDeviceCount(&count));
	if (count < 2)
		skip("there is one device only");
	for (int d = 0; d < 2; d++)
		CUDA(cudaDeviceCanAccessPeer(&can[d], d, !d));
	if (!can[0] || !can[1])
		skip("devices 0 and 1 are no peers");
	for (int d = 0; d < 2; d++) {
		CUDA(cudaSetDevice(d));
		CUDA(cudaMalloc(&on[d], n * 4));
		CUDA(cudaMemcpy(on[d], d ? b : a, n * 4, cudaMemcpyHostToDevice));
	}
	CUDA(cudaSetDevice(0));
	EXPECT(cudaErrorPeerAccessUnsupported, cudaDeviceEnablePeerAccess(0, 0));
	EXPECT(cudaErrorInvalidValue, cudaDeviceEnablePeerAccess(1, 1));
	EXPECT(cudaErrorPeerAccessNotEnabled, cudaDeviceDisablePeerAccess(1));
	EXPECT(cudaSuccess, cudaDeviceEnablePeerAccess(1, 0));
	EXPECT(cudaErrorPeerAccessAlreadyEnabled, cudaDeviceEnablePeerAccess(1, 0));
	cudaGetLastError();
	add_to<<<(n + 255) / 256, 256>>>(on[1], on[0], n);
	CUDA(cudaDeviceSynchronize());
	CUDA(cudaMemcpy(got, on[1], n * 4, cudaMemcpyDefault));
	for (unsigned i = 0; i < n; i++)
		CHECK(got[i] == a[i] + b[i]);
	EXPECT(cudaSuccess, cudaDeviceDisablePeerAccess(1));
	add_to<<<(n + 255) / 256, 256>>>(on[1], on[0], n);
	EXPECT(cudaErrorIllegalAddress, cudaDeviceSynchronize());
	return finish();
}
