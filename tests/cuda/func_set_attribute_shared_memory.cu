/* SPDX-License-Identifier: MIT */
/* More than 48 KiB of dynamic shared memory is there for a kernel that asks, and only for it */
#include "check.h"
#include "parts/invalid_launch.h"

#define BYTES (60 * 1024)

extern __shared__ unsigned char memory[];

__global__ void reverse(const unsigned char *in, unsigned char *out, int n)
{
	for (int i = threadIdx.x; i < n; i += blockDim.x)
		memory[i] = in[i];
	__syncthreads();
	for (int i = threadIdx.x; i < n; i += blockDim.x)
		out[i] = memory[n - 1 - i];
}

int main()
{
	unsigned char *in, *out, *host = (unsigned char *)rng_bytes(BYTES), got[BYTES];
	int optin;

	CUDA(cudaDeviceGetAttribute(&optin, cudaDevAttrMaxSharedMemoryPerBlockOptin, 0));
	if (optin < BYTES)
		skip("blocks have at most 48 KiB of shared memory on this device");
	CUDA(cudaMalloc(&in, BYTES));
	CUDA(cudaMalloc(&out, BYTES));
	CUDA(cudaMemcpy(in, host, BYTES, cudaMemcpyHostToDevice));
	reverse<<<1, 256, BYTES>>>(in, out, BYTES);
	EXPECT(cudaErrorInvalidValue, cudaGetLastError());
	CUDA(cudaFuncSetAttribute(reverse, cudaFuncAttributeMaxDynamicSharedMemorySize, BYTES));
	reverse<<<1, 256, BYTES>>>(in, out, BYTES);
	EXPECT(cudaSuccess, cudaGetLastError());
	CUDA(cudaMemcpy(got, out, BYTES, cudaMemcpyDeviceToHost));
	for (int i = 0; i < BYTES; i++)
		CHECK(got[i] == host[BYTES - 1 - i]);
	EXPECT(cudaErrorInvalidValue,
	       cudaFuncSetAttribute(reverse, cudaFuncAttributeMaxDynamicSharedMemorySize, optin + 1));
	EXPECT_NO_KERNEL(cudaFuncSetAttribute((const void *)main, cudaFuncAttributeMaxDynamicSharedMemorySize,
				    1));
	CUDA(cudaFree(in));
	CUDA(cudaFree(out));
	free(host);
	return finish();
}
