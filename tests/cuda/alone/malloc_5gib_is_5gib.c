/* SPDX-License-Identifier: MIT */
/* Sizes are 64 bits wide: 5 GiB are 5 GiB, and the byte at 4 GiB is not the one at 0 */
#include "check.h"

int main(void)
{
	static const size_t at[] = { 0, 1, GIB - 1, 2 * GIB, 4 * GIB - 1, 4 * GIB, 4 * GIB + 1, 5 * GIB - 1 };
	size_t before, after, total, size;
	unsigned char byte, *dev;
	CUdeviceptr base;
	unsigned i;

	CUDA(cudaMemGetInfo(&before, &total));
	if (before < 5 * GIB + 256 * MIB)
		skip("the device has less than 5.25 GiB free");
	CUDA(cudaMalloc((void **)&dev, 5 * GIB));
	CUDA(cudaMemGetInfo(&after, &total));
	CHECK(before - after >= 5 * GIB);
	CU(cuMemGetAddressRange(&base, &size, (CUdeviceptr)(dev + 4 * GIB + 5)));
	CHECK(base == (CUdeviceptr)dev && size == 5 * GIB);
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		byte = 100 + i;
		CUDA(cudaMemcpy(dev + at[i], &byte, 1, cudaMemcpyHostToDevice));
	}
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		CUDA(cudaMemcpy(&byte, dev + at[i], 1, cudaMemcpyDeviceToHost));
		CHECK(byte == 100 + i);
	}
	CUDA(cudaMemset(dev + 4 * GIB - 1, 7, 2));
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		CUDA(cudaMemcpy(&byte, dev + at[i], 1, cudaMemcpyDeviceToHost));
		CHECK(byte == (i == 4 || i == 5 ? 7 : 100 + i));
	}
	CUDA(cudaFree(dev));
	return finish();
}
